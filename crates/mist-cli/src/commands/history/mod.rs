//! `mist history`: the releases of a stack or of all stacks, and one of them.

mod filter;
mod moved;
mod name;
mod show;
mod table;

use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    error::Error,
    names::StackName,
    ports::{History as _, Locks as _},
    release::{history::PastRelease, state::StackState},
};
use serde_json::json;

use self::filter::Ended;
pub(super) use self::{moved::made_live, name::what};
use crate::{
    account,
    arguments::{History, HistoryCommand, HistoryList},
    failure::Failure,
    output::{self, Format, counted, note},
    side_by_side::side_by_side,
    stacks,
};

/// The most releases of a stack that are searched.
const SEARCHED: u32 = 1000;

/// The number of releases that are read besides those to show, since some may be left out.
const LEFT_OUT: u32 = 50;

/// Shows releases, newest first. An item that cannot be read is an error that names it.
pub(crate) async fn run(aws: &Aws, arguments: History, format: Format) -> Result<(), Failure> {
    match arguments.command {
        Some(HistoryCommand::Show { release, stack }) => {
            show(aws, &release, stack.as_ref(), format).await
        }
        None => list(aws, &arguments.list, format).await,
    }
}

async fn list(aws: &Aws, list: &HistoryList, format: Format) -> Result<(), Failure> {
    let read = if filter::is_filtered(list) { SEARCHED } else { list.most + LEFT_OUT };
    let found = read_of(aws, list.stack.as_ref(), read).await?;
    // A stack that was removed keeps its history.
    if let Some(stack) = &list.stack
        && found.is_empty()
    {
        stacks::require(aws, stack).await?;
    }
    let (mut shown, left_out) = chosen(list, found);
    if format == Format::Table {
        say_who_waits(aws, &mut shown).await;
    }
    match format {
        Format::Json => output::json(&json!({ "stack": list.stack, "releases": shown })),
        Format::Table if shown.is_empty() => {
            let of = list.stack.as_ref().map(|it| format!(" of stack {it}")).unwrap_or_default();
            note(format!("there are no such releases{of}"));
        }
        Format::Table => {
            output::table(&mut table::of(&shown, list.stack.is_none(), Timestamp::now()));
        }
    }
    if left_out > 0 {
        note(format!(
            "{} left out, which changed nothing; --refused shows them",
            counted(left_out, "release")
        ));
    }
    Ok(())
}

/// The releases among `found` that `list` asks for, and the number of those that it leaves out.
fn chosen(list: &HistoryList, mut found: Vec<PastRelease>) -> (Vec<PastRelease>, u64) {
    found.retain(|release| filter::fits(list, release));
    let (most, refused) =
        (usize::try_from(list.most).unwrap_or(usize::MAX), filter::asks_for_refused(list));
    let mut left_out = 0;
    let mut shown = Vec::new();
    for release in found {
        if shown.len() == most {
            break;
        }
        if !refused && Ended::of(&release).is_left_out() {
            left_out += 1;
        } else {
            shown.push(release);
        }
    }
    (shown, left_out)
}

/// Gives the releases among `shown` that wait for the lock their place in the queue, in place of their verdict. A queue
/// that cannot be read changes nothing.
async fn say_who_waits(aws: &Aws, shown: &mut [PastRelease]) {
    for release in shown.iter_mut().filter(|it| it.verdict == PastRelease::RUNNING) {
        let Ok(stack) = release.stack.parse() else { continue };
        let Ok(state) = aws.locks().state(&stack).await else { continue };
        if let Some(place) = place_in_queue(&state, &release.execution) {
            release.verdict = place;
        }
    }
}

/// What `execution` waits for in the queue of `state`; `None` if it does not wait there.
fn place_in_queue(state: &StackState, execution: &str) -> Option<String> {
    let ahead = state.queue.iter().position(|queued| queued.execution == execution)?;
    let holder = state.lease.as_ref().map(|lease| format!(": {}", lease.reason));
    let ahead = if ahead == 0 { String::new() } else { format!("; {ahead} ahead of it") };
    Some(format!("waits for the lock{}{ahead}", holder.unwrap_or_default()))
}

/// The newest `most` releases of `stack`, or of each stack, newest first.
async fn read_of(
    aws: &Aws,
    stack: Option<&StackName>,
    most: u32,
) -> Result<Vec<PastRelease>, Failure> {
    let names = match stack {
        Some(stack) => vec![stack.clone()],
        None => aws.stacks().names().await?,
    };
    let read = |name| {
        let aws = aws.clone();
        async move { aws.history().releases(&name, most).await }
    };
    let mut found = Vec::new();
    for read in side_by_side(names, read).await {
        found.extend(read?.into_iter().collect::<Result<Vec<_>, Error>>()?);
    }
    found.sort_by(|one: &PastRelease, other| {
        (other.started_at, &other.id).cmp(&(one.started_at, &one.id))
    });
    Ok(found)
}

/// The release that `named` means, of `stack` or of all stacks.
pub(super) async fn named(
    aws: &Aws,
    named: &str,
    stack: Option<&StackName>,
) -> Result<PastRelease, Failure> {
    let all = read_of(aws, stack, SEARCHED).await?;
    the_one(named, &all).cloned()
}

async fn show(
    aws: &Aws,
    named: &str,
    stack: Option<&StackName>,
    format: Format,
) -> Result<(), Failure> {
    if let Some(stack) = stack {
        stacks::require(aws, stack).await?;
    }
    let release = self::named(aws, named, stack).await?;
    match format {
        Format::Json => output::json(&release),
        Format::Table => {
            let page = account::page(aws, &release.execution);
            for line in show::lines(&release, &page, Timestamp::now()) {
                output::result(line);
            }
        }
    }
    Ok(())
}

/// The release among `all` that `named` means. A version means its newest release.
fn the_one<'a>(named: &str, all: &'a [PastRelease]) -> Result<&'a PastRelease, Failure> {
    let found = name::find(named, all);
    match found.as_slice() {
        [] => Err(Failure::Usage(format!(
            "there is no release `{named}`; `mist history --all` lists the releases"
        ))),
        [one] => Ok(one),
        [newest, ..] if newest.version.as_deref() == Some(named) => {
            let others = found.iter().skip(1).map(|it| name::short(it)).collect::<Vec<_>>();
            note(format!("the newest release of {named}; the others: {}", others.join(", ")));
            Ok(newest)
        }
        several => {
            let names = several.iter().take(5).map(|it| name::short(it)).collect::<Vec<_>>();
            Err(Failure::Usage(format!(
                "`{named}` means {}, such as {}",
                counted(u64::try_from(several.len()).unwrap_or_default(), "release"),
                names.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests;
