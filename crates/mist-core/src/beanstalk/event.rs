//! Events of environments, and the texts by which Beanstalk reports how an update ended.

use jiff::Timestamp;

/// The text of an update that ended with success. No other text proves that: "New application version was deployed …"
/// is also reported of deployments that failed.
const COMPLETED: &str = "Environment update completed successfully.";

/// The beginnings of other texts after which the environment runs the version of its label, with new instances.
const RENEWED: [&str; 2] =
    ["Successfully launched environment:", "rebuildEnvironment completed successfully."];

/// The beginnings of texts about an update that ended with a failure.
const FAILED: [&str; 2] =
    ["Failed to deploy application.", "Update environment operation is complete, but with"];

/// The beginning of the text that follows the end of a deployment that failed.
const AFTERMATH: &str = "During an aborted deployment, some instances may have deployed";

/// The beginning of the text about a change of the health.
const TRANSITION: &str = "Environment health has";

/// An event of an environment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Event {
    /// Its time.
    pub time: Timestamp,
    /// Its severity.
    pub severity: Severity,
    /// Its text, by Beanstalk.
    pub message: String,
    /// The request that caused it; `None` for an observation of Beanstalk, such as a change of the health.
    pub request_id: Option<String>,
}

/// The severity of an event, least severe first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// `TRACE` and `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`.
    Warn,
    /// `ERROR` and `FATAL`.
    Error,
}

impl Event {
    /// Whether an update ended with success.
    pub fn completes_update(&self) -> bool {
        self.message == COMPLETED
    }

    /// Whether an update ended with a failure.
    pub fn fails_update(&self) -> bool {
        FAILED.iter().any(|beginning| self.message.starts_with(beginning))
    }

    /// Whether it only describes the environment after a deployment that failed. Beanstalk may add it late.
    pub fn is_aftermath(&self) -> bool {
        self.message.starts_with(AFTERMATH)
    }

    /// Whether the health changed.
    pub fn changes_health(&self) -> bool {
        self.message.starts_with(TRANSITION)
    }
}

/// The failure of the last update in `events`, oldest first; `None` if it succeeded, or if the instances are new since. A
/// deployment that completes "with errors" changes the label of the environment all the same, and one that was aborted
/// may have changed some instances.
pub fn last_failure(events: &[Event]) -> Option<&Event> {
    let renewed =
        |event: &Event| RENEWED.iter().any(|beginning| event.message.starts_with(beginning));
    let failed = |event: &Event| event.fails_update() || event.is_aftermath();
    let ends = |event: &&Event| event.completes_update() || renewed(event) || failed(event);
    events.iter().rfind(ends).filter(|event| failed(event))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: &str) -> Event {
        Event {
            time: Timestamp::UNIX_EPOCH,
            severity: Severity::Info,
            message: message.to_owned(),
            request_id: None,
        }
    }

    #[test]
    fn only_the_completion_text_proves_success() {
        assert!(event(COMPLETED).completes_update());
        for other in
            ["New application version was deployed to running EC2 instances.", "", FAILED[0]]
        {
            assert!(!event(other).completes_update(), "{other}");
        }
    }

    #[test]
    fn the_last_end_of_an_update_counts() {
        let with_errors = "Update environment operation is complete, but with errors.";
        for (messages, failed) in [
            (vec![], false),
            (vec!["Environment update is starting."], false),
            (vec![COMPLETED, with_errors], true),
            (vec![FAILED[0], "Environment health has transitioned from Ok to Info."], true),
            (vec![with_errors, COMPLETED], false),
            (vec![COMPLETED, AFTERMATH], true),
            (vec![FAILED[0], RENEWED[1]], false),
            (vec![FAILED[0], "Successfully launched environment: shop-b"], false),
        ] {
            let events: Vec<_> = messages.iter().map(|message| event(message)).collect();
            assert_eq!(last_failure(&events).is_some(), failed, "{messages:?}");
        }
    }

    #[test]
    fn health_and_aftermath_end_no_update() {
        let health = event("Environment health has transitioned from Ok to Severe.");
        let aftermath = event(&format!("{AFTERMATH} the new application version."));
        assert!(health.changes_health() && !aftermath.changes_health());
        assert!(aftermath.is_aftermath() && !health.is_aftermath());
        for event in [health, aftermath] {
            assert!(!event.completes_update() && !event.fails_update(), "{}", event.message);
        }
    }
}
