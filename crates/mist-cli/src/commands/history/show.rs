//! One release, with all that the history has of it.

use jiff::Timestamp;
use mist_core::release::history::{ArtifactNote, PastRelease};

use super::{
    moved::moved,
    name::{self, what},
};
use crate::{
    output::{ago, moment, took, wrapped},
    report::steps::place,
};

/// The columns before the values.
const VALUES: usize = 13;

/// The lines about `release` at `now`. `page` is where people look at its execution.
pub(super) fn lines(release: &PastRelease, page: &str, now: Timestamp) -> Vec<String> {
    let PastRelease { stack, started_at, ended_at, verdict, reason, artifact, steps, .. } = release;
    let mut lines = vec![format!("stack {stack}: {}", what(release))];
    let mut add = |name: &str, value: &str| {
        lines.push(format!("  {name:<9}  {}", wrapped(value, VALUES, VALUES)));
    };
    if let Some(message) = &release.message {
        add("message", message);
    }
    add("started", &format!("{} ({} ago)", moment(*started_at), ago(*started_at, now)));
    if let Some(ended) = ended_at {
        add("ended", &format!("{}, after {}", moment(*ended), took(*started_at, *ended)));
    }
    add("verdict", verdict);
    if let Some(reason) = reason {
        add("reason", reason);
    }
    add("live", &moved(release));
    if let Some(ArtifactNote { key, size, .. }) = artifact {
        add("bundle", &format!("{key}, {size} bytes"));
    }
    let mut steps: Vec<_> = steps.iter().collect();
    steps.sort_by_key(|(step, _)| place(step));
    for (index, (step, seconds)) in steps.into_iter().enumerate() {
        add(if index == 0 { "steps" } else { "" }, &format!("{step:<18} {seconds:>7.1} s"));
    }
    add("execution", page);
    add("again", &format!("mist watch {}", name::name(release)));
    lines
}

#[cfg(test)]
mod tests {
    use mist_testkit::{START, opened};

    use super::*;

    #[test]
    fn a_release_has_all_that_is_known_of_it() {
        let at = |seconds: i64| Timestamp::from_second(START + seconds).unwrap();
        let release = PastRelease {
            started_at: at(0),
            ended_at: Some(at(65)),
            verdict: "Mist.WarmFailed".to_owned(),
            message: Some("hotfix for the checkout".to_owned()),
            reason: Some(
                "Warm up: `Demo-QA-B` did not warm up:\n`/` answered 502, not 200".to_owned(),
            ),
            version: Some("v2".to_owned()),
            steps: [
                ("Warm up".to_owned(), 5.0),
                ("Plan".to_owned(), 0.25),
                ("Other".to_owned(), 1.0),
            ]
            .into(),
            ..opened("1", "arn:aws:states:eu-west-1:123456789012:execution:mist:QA-1")
        };
        insta::assert_snapshot!(lines(&release, "https://example.com/QA-1", at(185)).join("\n"));
    }
}
