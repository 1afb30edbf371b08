//! `mist history`: the releases of a stack.

use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use jiff::Timestamp;
use mist_aws::Aws;
use mist_core::{
    ports::History as _,
    release::history::{PastRelease, SideVersion},
};
use serde_json::json;

use crate::{
    arguments::History,
    failure::Failure,
    output::{self, Format, note},
    stacks,
};

/// Shows the newest releases of a stack. An item that cannot be read is an error that names it.
pub(crate) async fn run(aws: &Aws, arguments: History, format: Format) -> Result<(), Failure> {
    let History { stack, most } = arguments;
    let releases = aws.history().releases(&stack, most).await?;
    let releases: Vec<_> = releases.into_iter().collect::<Result<_, _>>()?;
    // A stack that was removed keeps its history.
    if releases.is_empty() {
        stacks::require(aws, &stack).await?;
    }
    match format {
        Format::Json => output::json(&json!({ "stack": stack, "releases": releases })),
        Format::Table if releases.is_empty() => {
            note(format!("stack {stack} has no releases yet"));
        }
        Format::Table => {
            output::table(&mut table(&releases));
            if releases.iter().any(|release| release.reason.is_some()) {
                note(format!("`mist history -s {stack} -o json` shows why a release failed"));
            }
        }
    }
    Ok(())
}

fn table(releases: &[PastRelease]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(["when", "version", "operation", "by", "from → to", "took", "verdict"]);
    for release in releases {
        table.add_row([
            output::moment(release.started_at),
            release.version.clone().unwrap_or_else(|| "–".to_owned()),
            release.operation.clone(),
            release.started_by.clone(),
            format!("{} → {}", place(release.from.as_ref()), place(release.to.as_ref())),
            took(release.started_at, release.ended_at),
            release.verdict.clone(),
        ]);
    }
    table
}

fn place(side: Option<&SideVersion>) -> String {
    match side {
        Some(SideVersion { side, version: Some(version), .. }) => format!("{side} {version}"),
        Some(SideVersion { side, version: None, .. }) => side.to_string(),
        None => "–".to_owned(),
    }
}

fn took(started: Timestamp, ended: Option<Timestamp>) -> String {
    let Some(ended) = ended else { return "–".to_owned() };
    let seconds = ended.duration_since(started).as_secs().max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min {seconds} s"),
        (_, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use mist_core::stack::side::Side;
    use serde_json::json;

    use super::*;
    use crate::testing;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_323_045 + seconds).unwrap()
    }

    fn release(id: &str, verdict: &str, ended: Option<i64>) -> PastRelease {
        let side = |side: Side, version: &str| SideVersion {
            side,
            environment: format!("Demo-QA-{side}"),
            version: Some(version.to_owned()),
        };
        PastRelease {
            format_version: PastRelease::FORMAT,
            stack: "QA".to_owned(),
            id: id.to_owned(),
            execution: format!("arn:{id}"),
            operation: "deploy".to_owned(),
            started_by: "ada".to_owned(),
            started_at: at(0),
            ended_at: ended.map(at),
            verdict: verdict.to_owned(),
            reason: None,
            version: Some("v2".to_owned()),
            from: Some(side(Side::A, "v1")),
            to: Some(side(Side::B, "v2")),
            artifact: None,
            accepted_drift: None,
            steps: [("Swap".to_owned(), 1.5)].into(),
        }
    }

    #[test]
    fn releases_are_a_table() {
        let early = PastRelease {
            version: None,
            from: None,
            to: None,
            ..release("3", "Mist.Drift", Some(4))
        };
        let releases = [
            release("1", PastRelease::RUNNING, None),
            release("2", PastRelease::DONE, Some(65)),
            early,
        ];
        insta::assert_snapshot!(table(&releases));
    }

    #[tokio::test]
    async fn a_stack_that_does_not_exist_has_no_empty_history() {
        let aws = testing::aws(testing::parameters(&[("QA", "{}")])).await;
        let arguments = |stack: &str| History { stack: stack.parse().unwrap(), most: 20 };
        run(&aws, arguments("QA"), Format::Json).await.unwrap();
        let failure = run(&aws, arguments("qa"), Format::Json).await.unwrap_err();
        assert_eq!((failure.name(), failure.code()), (Some("Mist.UnknownStack"), 2));
    }

    #[test]
    fn a_duration_is_in_seconds_minutes_or_hours() {
        let shown = |seconds| took(at(0), Some(at(seconds)));
        assert_eq!([shown(4), shown(65), shown(7265)], ["4 s", "1 min 5 s", "2 h 1 min"]);
        assert_eq!(shown(-3), "0 s", "clocks differ");
        assert_eq!(took(at(0), None), "–");
    }

    #[test]
    fn json_output_has_the_items_unchanged() {
        let items = serde_json::to_value([release("2", "done", Some(65))]).unwrap();
        let expected = json!([{
            "formatVersion": 1, "stack": "QA", "id": "2", "execution": "arn:2",
            "operation": "deploy", "startedBy": "ada", "startedAt": "2026-01-02T03:04:05Z",
            "endedAt": "2026-01-02T03:05:10Z", "verdict": "done", "reason": null,
            "version": "v2", "artifact": null, "steps": { "Swap": 1.5 },
            "from": { "side": "A", "environment": "Demo-QA-A", "version": "v1" },
            "to": { "side": "B", "environment": "Demo-QA-B", "version": "v2" },
        }]);
        assert_eq!(items, expected);
    }
}
