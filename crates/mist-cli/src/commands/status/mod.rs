//! `mist status`: all stacks at a glance.

pub(crate) mod read;
mod table;

use jiff::Timestamp;
use mist_core::release::stack_status::StackStatus;
use serde_json::json;

use crate::{
    account::Place,
    arguments::Status,
    failure::Failure,
    output::{self, Format},
    stacks,
};

/// Shows all stacks, or the one of `-s`. It starts no execution. A stack that cannot be read is shown with the reason,
/// and is a failure.
pub(crate) async fn run(
    place: Place<'_>,
    arguments: Status,
    format: Format,
) -> Result<(), Failure> {
    let aws = place.open().await?;
    let names = match arguments.stack {
        Some(stack) => {
            stacks::require(&aws, &stack).await?;
            vec![stack]
        }
        None => aws.stacks().names().await?,
    };
    if names.is_empty() {
        return Err(Failure::Setup(
            "no stack is stored in this account and region; `mist config push` stores those of mist.yaml"
                .to_owned(),
        ));
    }
    place
        .announce(&aws, &output::counted(u64::try_from(names.len()).unwrap_or_default(), "stack"))
        .await?;
    let found = read::all(&aws, names, 1).await;
    let found: Vec<_> = found.into_iter().map(|found| found.status).collect();
    match format {
        Format::Json => output::json(&json!({ "stacks": found })),
        Format::Table => {
            output::table(&mut table::of(&found, Timestamp::now()));
            for line in table::remarks(&found) {
                output::result(line);
            }
        }
    }
    outcome(&found)
}

fn outcome(found: &[StackStatus]) -> Result<(), Failure> {
    let unread: Vec<_> =
        found.iter().filter(|it| it.problem.is_some()).map(|it| it.stack.as_str()).collect();
    if unread.is_empty() {
        return Ok(());
    }
    Err(Failure::Setup(format!("not everything could be read of {}", unread.join(", "))))
}
