//! `mist report`: the page as one file.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use mist_aws::Aws;
use mist_core::{names::StackName, release::history::PastRelease};
use mist_page::{
    file,
    filter::{MOST_DAYS, USUAL_DAYS},
    model::Board,
};
use serde_json::json;

use super::history;
use crate::{
    account::Place,
    arguments::Report,
    failure::Failure,
    output::{self, Format, counted},
    page::Reader,
    stacks,
};

/// The most releases of a file whose steps it shows: each costs two calls of Step Functions.
const DETAILED: usize = 50;

/// Writes stacks, history and releases into one file, or only the release that is named.
pub(crate) async fn run(
    place: Place<'_>,
    arguments: Report,
    format: Format,
) -> Result<(), Failure> {
    let Report { release, stack, since, html } = arguments;
    let aws = place.open().await?;
    if let Some(stack) = &stack {
        stacks::require(&aws, stack).await?;
    }
    let reader = Reader::new(aws.clone());
    let shown = reader.place().await?;
    let report = match release {
        Some(named) => {
            let past = history::named(&aws, &named, stack.as_ref()).await?;
            let releases = reader.details(vec![past]).await;
            file::Report { title: format!("Release {named}"), releases, ..file::Report::default() }
        }
        None => everything(&aws, &reader, stack, since).await?,
    };
    write(&html, &file::document(&report, &shown, Timestamp::now()))?;
    let releases = report.history.as_ref().map_or(report.releases.len(), |it| it.0.items.len());
    match format {
        Format::Table => {
            let releases = counted(u64::try_from(releases).unwrap_or_default(), "release");
            output::result(format!("{}: {releases}", html.display()));
        }
        Format::Json => {
            output::json(&json!({ "file": html.display().to_string(), "releases": releases }));
        }
    }
    Ok(())
}

/// All stacks, or `stack`, with their releases since `since`.
async fn everything(
    aws: &Aws,
    reader: &Reader,
    stack: Option<StackName>,
    since: Option<Timestamp>,
) -> Result<file::Report, Failure> {
    let names = match &stack {
        Some(stack) => vec![stack.clone()],
        None => aws.stacks().names().await?,
    };
    let now = Timestamp::now();
    let usual = SignedDuration::from_hours(24 * i64::from(USUAL_DAYS));
    let since = since.unwrap_or_else(|| now.saturating_sub(usual).unwrap_or(Timestamp::MIN));
    let (stacks, history) =
        tokio::join!(reader.cards(names.clone()), reader.releases(names, since));
    let newest: Vec<PastRelease> = history.items.iter().flatten().take(DETAILED).cloned().collect();
    let releases = reader.details(newest).await;
    let title = stack.map_or_else(|| "Releases".to_owned(), |stack| format!("Releases of {stack}"));
    let board = Some(Board { stacks, problems: Vec::new() });
    Ok(file::Report { title, board, history: Some((history, days(since, now))), releases })
}

/// The number of days from `since` to `now`; a part of a day is one.
fn days(since: Timestamp, now: Timestamp) -> u32 {
    let seconds = now.duration_since(since).as_secs().max(1);
    u32::try_from((seconds - 1) / 86_400 + 1).unwrap_or(MOST_DAYS).min(MOST_DAYS)
}

/// Writes `text` into the file at `path`.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text)
        .map_err(|error| Failure::Setup(format!("cannot write {}: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_part_of_a_day_is_a_day() {
        let now = Timestamp::from_second(1_767_323_045).unwrap();
        let from = |seconds: i64| days(now - SignedDuration::from_secs(seconds), now);
        assert_eq!([from(1), from(86_400), from(86_401), from(0)], [1, 1, 2, 1]);
        assert_eq!(days(Timestamp::MIN, now), MOST_DAYS);
    }

    #[tokio::test]
    async fn a_file_has_every_stack_that_exists_and_a_folder_that_does_not_is_refused() {
        let aws = testing::aws(testing::parameters(&[("QA", "{}"), ("UAT", "{}")])).await;
        let reader = Reader::new(aws.clone());
        let report = everything(&aws, &reader, None, None).await.unwrap();
        let names: Vec<_> = report
            .board
            .iter()
            .flat_map(|it| &it.stacks)
            .map(|it| it.status.stack.as_str())
            .collect();
        assert_eq!(names, ["QA", "UAT"]);
        let text = file::document(&report, &mist_page::model::Place::default(), Timestamp::now());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        write(&path, &text).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let failure = write(&folder.path().join("none/report.html"), "").unwrap_err();
        assert!(failure.message().contains("none/report.html"), "{failure:?}");
    }
}
