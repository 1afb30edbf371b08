//! What a release ends with: its output, or the cause of its failure.

use mist_core::{
    error::Error,
    names::EnvironmentName,
    release::{
        failure::{Cause, Failure},
        live::NO_SWAP_BACK,
    },
};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::Request;

/// The state that verifies a swap back.
const VERIFY_SWAP_BACK: &str = "Verify swap back";

/// A plan, as far as its end needs it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The plan in a few fields.
    pub summary: Summary,
    /// What a person should know.
    #[serde(default)]
    pub warnings: Vec<String>,
    /// The requests of the steps.
    #[serde(default)]
    pub steps: Value,
}

/// A plan in a few fields. All of them are shown at the end.
#[derive(Debug, Deserialize)]
pub struct Summary {
    /// The target.
    pub environment: EnvironmentName,
    /// The rest of it.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The answers of the steps, by step.
pub type Results = Map<String, Value>;

/// The output of a release that succeeded: the summary of its plan, the answer of each step, and `warnings`.
pub(crate) fn output(plan: &Plan, results: &Results, warnings: &[String]) -> Value {
    let mut output = plan.summary.rest.clone();
    output.insert("environment".to_owned(), plan.summary.environment.as_str().into());
    output.extend(results.iter().map(|(step, answer)| (step.clone(), answer.clone())));
    output.insert("warnings".to_owned(), warnings.into());
    Value::Object(output)
}

/// What a person should know about a release that succeeded.
pub(crate) fn warnings(plan: &Plan, results: &Results) -> Vec<String> {
    let mut warnings = plan.warnings.clone();
    let text = |step: &str, field: &str| {
        let answer = results.get(step).and_then(|answer| answer.get(field));
        answer.and_then(Value::as_str).map(str::to_owned)
    };
    let fetched = results.get("fetch").and_then(|fetch| fetch["warnings"].as_array());
    warnings.extend(fetched.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
    warnings.extend(text("matchCapacity", "problem"));
    let inconclusive = text("bake", "verdict").filter(|verdict| verdict == "inconclusive");
    let reason = inconclusive.and_then(|_| text("bake", "reason"));
    warnings.extend(reason.map(|reason| format!("the bake was inconclusive: {reason}")));
    warnings
}

/// The cause of a release that failed at `failure`.
///
/// A version that failed after the swap ends as `Mist.RolledBack` if the record was pointed back, and as
/// `Mist.Held` if it was not.
pub(crate) fn cause(request: &Request, failure: &Failure) -> Cause {
    let (step, problem) = (failure.step.clone(), failure.message());
    let other = request.plan.as_ref().and_then(|plan| plan.steps.pointer("/swapBack/environment"));
    let other = other.and_then(Value::as_str);
    let swapped_back = request.results.contains_key("verifySwapBack");
    let error = match (&request.plan, &request.swap_back_failure) {
        (Some(_), None) if swapped_back => {
            let environment = other.unwrap_or("the other environment").to_owned();
            Error::RolledBack { environment, problem }
        }
        (Some(plan), Some(back)) => {
            let environment = plan.summary.environment.to_string();
            let reason = match other {
                Some(other) if back.step == VERIFY_SWAP_BACK => {
                    format!("the record points to `{other}` again, but {}", back.message())
                }
                Some(_) => format!("cannot swap back: {} ({})", back.message(), back.name()),
                None => NO_SWAP_BACK.to_owned(),
            };
            Error::Held { environment, problem, reason }
        }
        _ => {
            let error = failure.name().to_owned();
            return Cause { step, error, message: problem, ..Cause::default() };
        }
    };
    let (error, message) = (error.code().to_owned(), error.to_string());
    Cause { step, error, message, swapped_back, ..Cause::default() }
}
