//! The output of a release, or the cause of its failure.

use mist_core::{
    error::Error,
    release::{
        failure::{Cause, Failure},
        live::NO_SWAP_BACK,
    },
};
use serde_json::Value;

use crate::request::{Plan, Request, Results};

/// The state that verifies a swap back.
const VERIFY_SWAP_BACK: &str = "Verify swap back";

/// The output of a release that succeeded: the summary of its plan, the response of each step, and `warnings`.
pub(crate) fn output(plan: &Plan, results: &Results, warnings: &[String]) -> Value {
    let mut output = plan.summary.rest.clone();
    output.insert("environment".to_owned(), plan.summary.environment.as_str().into());
    output.extend(results.iter().map(|(step, answer)| (step.clone(), answer.clone())));
    output.insert("warnings".to_owned(), warnings.into());
    Value::Object(output)
}

/// The warnings of a release that succeeded, for people.
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
