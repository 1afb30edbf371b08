//! The calls in the control API.

use jiff::Timestamp;
use serde::Deserialize;

use crate::journal::{Call, Outcome};
use crate::world::Environment;

/// The filter of calls. All conditions must hold.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Filter {
    operation: Option<String>,
    /// The name of the environment that a call names, by name or identifier.
    environment: Option<String>,
    access_key: Option<String>,
    /// The first date, inclusive.
    since: Option<Timestamp>,
    outcome: Option<Kind>,
    /// The most calls; the newest are kept.
    limit: Option<usize>,
}

/// The kinds of outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Pending,
    Success,
    AnswerLost,
    Reset,
    Error,
}

impl Filter {
    /// The matching calls, oldest first.
    pub(super) fn apply<'a>(
        &self,
        environments: &[Environment],
        calls: impl DoubleEndedIterator<Item = &'a Call>,
    ) -> Vec<Call> {
        let ids: Vec<_> = environments
            .iter()
            .filter(|environment| Some(&environment.name) == self.environment.as_ref())
            .map(|environment| environment.id.as_str())
            .collect();
        let newest_first = calls.rev().filter(|call| self.wants(&ids, call));
        let mut wanted: Vec<_> =
            newest_first.take(self.limit.unwrap_or(usize::MAX)).cloned().collect();
        wanted.reverse();
        wanted
    }

    fn wants(&self, ids: &[&str], call: &Call) -> bool {
        self.operation.as_ref().is_none_or(|operation| *operation == call.operation)
            && self.environment.as_ref().is_none_or(|name| concerns(call, name, ids))
            && (self.access_key.is_none() || self.access_key == call.access_key)
            && self.since.is_none_or(|since| call.at >= since)
            && self.outcome.is_none_or(|kind| kind == Kind::of(&call.outcome))
    }
}

impl Kind {
    fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Pending => Self::Pending,
            Outcome::Success => Self::Success,
            Outcome::AnswerLost => Self::AnswerLost,
            Outcome::Reset => Self::Reset,
            Outcome::Error { .. } => Self::Error,
        }
    }
}

fn concerns(call: &Call, environment: &str, ids: &[&str]) -> bool {
    call.parameters.iter().any(|(name, value)| {
        (name.contains("EnvironmentName") && value == environment)
            || (name.contains("EnvironmentId") && ids.contains(&value.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;

    fn call(operation: &str, environment: &str, outcome: Outcome) -> Call {
        let name = "EnvironmentNames.member.1".to_owned();
        Call {
            at: Timestamp::UNIX_EPOCH,
            operation: operation.to_owned(),
            parameters: Arc::new(BTreeMap::from([(name, environment.to_owned())])),
            access_key: Some("AKID".to_owned()),
            request_id: String::new(),
            status: None,
            outcome,
            answer: None,
        }
    }

    #[test]
    fn all_conditions_hold_and_the_newest_are_kept() {
        let calls = [
            call("DescribeEnvironments", "shop-a", Outcome::Success),
            call("DescribeEnvironments", "shop-b", Outcome::Reset),
            call("UpdateEnvironment", "shop-a", Outcome::Success),
        ];
        let operations = |filter: Filter| {
            let wanted = filter.apply(&[], calls.iter());
            wanted.into_iter().map(|call| call.operation).collect::<Vec<_>>().join(" ")
        };
        let environment = Some("shop-a".to_owned());
        for (filter, expected) in [
            (Filter { outcome: Some(Kind::Reset), ..Filter::default() }, "DescribeEnvironments"),
            (Filter { environment, ..Filter::default() }, "DescribeEnvironments UpdateEnvironment"),
            (Filter { limit: Some(1), ..Filter::default() }, "UpdateEnvironment"),
            (Filter { access_key: Some("OTHER".to_owned()), ..Filter::default() }, ""),
            (Filter { since: Some(Timestamp::MAX), ..Filter::default() }, ""),
        ] {
            let shown = format!("{filter:?}");
            assert_eq!(operations(filter), expected, "{shown}");
        }
    }
}
