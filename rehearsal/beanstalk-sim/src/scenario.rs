//! Scenarios: documents that schedule faults and actions.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Map, Value};
use serde_saphyr::{DuplicateKeyPolicy, Spanned};

use crate::api;
use crate::engine::Engine;
use crate::faults::{self, Fault, Members, Scope};
use crate::lifecycle::managed_action;

/// A schedule of faults and actions.
///
/// A scenario is a list in YAML or JSON. Every step has `after`, the simulated seconds since the start. A step sets a
/// fault with its scope, in the form of the control API, and optionally `for`, the seconds until it expires. Or it
/// has `do`, which is `terminate` or `managed_update`, and the name of an `environment`.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario(Vec<Step>);

/// The reason why a document is not a scenario.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The document is not a list of steps.
    #[error("the scenario cannot be read: {0}")]
    Document(String),
    /// A step is invalid.
    #[error("the scenario cannot be read: step {number}, at line {line}: {problem}")]
    Step {
        /// The number of the step, from 1.
        number: usize,
        /// The line on which the step begins, from 1.
        line: u64,
        /// The invalid member and the reason.
        problem: String,
    },
}

#[derive(Debug, Clone, PartialEq)]
struct Step {
    after: f64,
    event: Event,
}

#[derive(Debug, Clone, PartialEq)]
enum Event {
    Fault { scope: Scope, fault: Fault, lasting: Option<f64> },
    Terminate { environment: String },
    ManagedUpdate { environment: String },
}

impl Scenario {
    /// Reads a document. The error names the step, the line and the member.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        // Duplicate members are refused with the same message as in the control API.
        let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::PassThrough };
        let document: Vec<Spanned<Members>> = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| ScenarioError::Document(error.without_snippet().to_string()))?;
        if document.is_empty() {
            return Err(ScenarioError::Document("it has no steps".to_owned()));
        }
        let mut steps = Vec::new();
        for (index, members) in document.into_iter().enumerate() {
            let line = members.referenced.line();
            let step = Step::read(members.value.0);
            let wrong = |problem| ScenarioError::Step { number: index + 1, line, problem };
            steps.push(step.map_err(wrong)?);
        }
        steps.sort_by(|one, other| one.after.partial_cmp(&other.after).unwrap_or(Ordering::Equal));
        Ok(Self(steps))
    }

    /// Starts the scenario, which ends with the simulator or with its reset.
    pub(crate) fn play(self, engine: &Arc<Engine>) {
        let started = engine.clock.moment();
        let stage = Arc::clone(engine);
        engine.spawn(async move {
            for step in self.0 {
                stage.clock.until(started.plus(step.after)).await;
                step.event.happen(&stage).await;
            }
            Ok(())
        });
    }
}

impl Step {
    fn read(mut members: Map<String, Value>) -> Result<Self, String> {
        let after = seconds(&mut members, "after")?.ok_or("`after` is missing")?;
        let event = if let Some(action) = members.remove("do") {
            Event::read(&action, members)?
        } else {
            let lasting = seconds(&mut members, "for")?;
            let (scope, fault) = faults::read(members)?;
            Event::Fault { scope, fault, lasting }
        };
        Ok(Self { after, event })
    }
}

impl Event {
    fn read(action: &Value, mut members: Map<String, Value>) -> Result<Self, String> {
        let environment = match members.remove("environment") {
            Some(Value::String(name)) if !name.is_empty() => name,
            Some(other) => return Err(format!("`environment`: {other} is not a name")),
            None => return Err("`environment` is missing".to_owned()),
        };
        if let Some(unknown) = members.keys().next() {
            return Err(format!("`{unknown}`: `do` has no such member"));
        }
        match action.as_str() {
            Some("terminate") => Ok(Self::Terminate { environment }),
            Some("managed_update") => Ok(Self::ManagedUpdate { environment }),
            Some(_) | None => {
                Err(format!("`do`: {action} is unknown, expected `terminate` or `managed_update`"))
            }
        }
    }

    async fn happen(self, engine: &Arc<Engine>) {
        match self {
            Self::Fault { scope, fault, lasting } => {
                let lasting = lasting.or(fault.lifetime());
                engine.set_fault_for(scope, fault, lasting);
            }
            Self::ManagedUpdate { environment } => {
                if !managed_action::start_now(engine, &environment) {
                    tracing::warn!("the scenario cannot update `{environment}`: it is not ready");
                }
            }
            Self::Terminate { environment } => {
                if let Err(error) = api::terminate(engine, &environment).await {
                    tracing::warn!("the scenario cannot terminate `{environment}`: {error}");
                }
            }
        }
    }
}

fn seconds(members: &mut Map<String, Value>, name: &str) -> Result<Option<f64>, String> {
    let Some(value) = members.remove(name) else { return Ok(None) };
    match value.as_f64() {
        Some(seconds) if seconds.is_finite() && seconds >= 0.0 => Ok(Some(seconds)),
        Some(_) | None => Err(format!("`{name}`: {value} is not a finite number from 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_in_the_order_of_their_time() {
        let scenario = Scenario::parse(
            "
- after: 60
  do: terminate
  environment: shop-a
- after: 1.5
  for: 30
  fault: throttle
  calls: 3
  operation: UpdateEnvironment
- {after: 2, fault: fail_deploy, version: v2}
",
        )
        .unwrap();
        insta::assert_debug_snapshot!(scenario);
    }

    #[test]
    fn a_scenario_has_steps() {
        for text in ["[]", "", "# later", "---"] {
            let problem = Scenario::parse(text).unwrap_err().to_string();
            assert!(problem.starts_with("the scenario cannot be read: "), "{text}: {problem}");
        }
    }

    #[test]
    fn json_is_a_scenario_too() {
        assert_eq!(
            Scenario::parse(r#"[{"after": 1, "fault": "slow", "factor": 2}]"#).unwrap(),
            Scenario::parse("- after: 1\n  fault: slow\n  factor: 2").unwrap()
        );
    }

    #[test]
    fn a_bad_document_is_explained_with_its_place() {
        let good = "- {after: 0, fault: fail_deploy}\n";
        let problems: Vec<_> = [
            "after: 1",
            "- after: 1\n  after: 2",
            "- fault: fail_deploy",
            "- {after: -1, fault: fail_deploy}",
            "- {after: 1, for: soon, fault: fail_deploy}",
            "- {after: 1, fault: throttle, calls: many}",
            "- {after: 1, fault: earthqake}",
            "- {after: 1, do: dance, environment: shop-a}",
            "- {after: 1, do: terminate}",
            "- {after: 1, do: terminate, environment: shop-a, for: 3}",
        ]
        .into_iter()
        .map(|bad| Scenario::parse(&format!("{good}{bad}")).unwrap_err().to_string())
        .map(|problem| problem.lines().next().unwrap_or_default().to_owned())
        .collect();
        insta::assert_snapshot!(problems.join("\n"));
    }
}
