//! What a release did to the live environment.

use mist_core::{
    error::Kind,
    release::history::{PastRelease, SideVersion},
};

/// The live environment before and after `release`, such as `A v1 → B v2`: one place if it did not move, and a dash if
/// that is unknown.
pub(super) fn moved(release: &PastRelease) -> String {
    let PastRelease { operation, verdict, from, to, steps, .. } = release;
    let (Some(from), Some(to)) = (from, to) else { return "–".to_owned() };
    let did = |step: &str| steps.contains_key(step);
    let (before, after) = (place(from), place(to));
    // The steps are noted a moment after the end. Until then, only a swap is known to have moved.
    let swaps = verdict == PastRelease::DONE && ["swap", "rollback"].contains(&operation.as_str());
    match () {
        () if did("Swap back") && Kind::of(verdict) == Kind::RolledBack => {
            format!("{before} → {after} → {before}")
        }
        // A step that failed is noted as well. `Verify` follows only a swap that succeeded.
        () if did("Swap back") || did("Swap") && !did("Verify") && verdict != PastRelease::DONE => {
            "–".to_owned()
        }
        () if did("Swap") || swaps && from.side != to.side => format!("{before} → {after}"),
        () if steps.is_empty() => "–".to_owned(),
        // A deployment in place.
        () if did("Deploy") && from.side == to.side && from.version != to.version => {
            if verdict == PastRelease::DONE {
                format!("{before} → {after}")
            } else {
                "–".to_owned()
            }
        }
        () => before,
    }
}

/// Whether `release` made its version live, and did not swap back.
pub(in crate::commands) fn made_live(release: &PastRelease) -> bool {
    let PastRelease { operation, from, to, steps, .. } = release;
    let did = |step: &str| steps.contains_key(step);
    let same_side = from.as_ref().map(|it| it.side) == to.as_ref().map(|it| it.side);
    let in_place = operation == "deploy" && same_side && did("Deploy");
    (did("Swap") || in_place) && !did("Swap back")
}

fn place(side: &SideVersion) -> String {
    match side {
        SideVersion { side, version: Some(version), .. } => format!("{side} {version}"),
        SideVersion { side, version: None, .. } => side.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use mist_core::stack::side::Side;
    use mist_testkit::opened;

    use super::*;

    fn on(side: Side, version: &str) -> SideVersion {
        let (environment, version) = (format!("Demo-QA-{side}"), Some(version.to_owned()));
        SideVersion { side, environment, version }
    }

    fn release(operation: &str, verdict: &str, steps: &[&str]) -> PastRelease {
        PastRelease {
            operation: operation.to_owned(),
            verdict: verdict.to_owned(),
            steps: steps.iter().map(|step| ((*step).to_owned(), 1.0)).collect(),
            from: Some(on(Side::A, "v1")),
            to: Some(on(Side::B, "v2")),
            ..opened("1", "arn:1")
        }
    }

    #[test]
    fn only_a_release_that_swapped_has_an_arrow() {
        for (operation, verdict, steps, expected) in [
            ("deploy", "done", &["Deploy", "Swap"][..], "A v1 → B v2"),
            ("deploy", "done", &["Deploy", "Warm up"], "A v1"),
            ("deploy", "Mist.WarmFailed", &["Deploy", "Warm up"], "A v1"),
            ("deploy", "Mist.RolledBack", &["Deploy", "Swap", "Swap back"], "A v1 → B v2 → A v1"),
            ("deploy", "Mist.Held", &["Deploy", "Swap", "Verify", "Bake"], "A v1 → B v2"),
            ("deploy", "Mist.Held", &["Deploy", "Swap", "Verify", "Swap back"], "–"),
            ("deploy", "Mist.RecordChanged", &["Deploy", "Swap"], "–"),
            ("deploy", "running", &[], "–"),
            ("deploy", "done", &[], "–"),
            ("swap", "done", &[], "A v1 → B v2"),
            ("stop", "done", &["Scale environment"], "A v1"),
        ] {
            assert_eq!(
                moved(&release(operation, verdict, steps)),
                expected,
                "{operation} {verdict} {steps:?}"
            );
        }
    }

    #[test]
    fn a_deployment_in_place_changes_the_version_of_its_side() {
        let in_place = |verdict: &str| {
            moved(&PastRelease {
                to: Some(on(Side::A, "v2")),
                ..release("deploy", verdict, &["Deploy"])
            })
        };
        assert_eq!(in_place("done"), "A v1 → A v2");
        assert_eq!(in_place("Mist.Unhealthy"), "–", "some instances may run either");
    }

    #[test]
    fn a_release_without_a_plan_has_a_dash() {
        assert_eq!(moved(&PastRelease { from: None, ..release("deploy", "Mist.Drift", &[]) }), "–");
    }
}
