//! Walks through a small definition: the interpreter does as Step Functions does, and hides nothing.

use serde_json::{Value, json};

use super::{
    Definition,
    interpreter::{Answer, Call, End, walk},
    seeds::{good, sow},
};
use crate::project::Result;

/// The end of the small definition when its tasks answer so, with `value` put at `place`.
fn end(place: &str, value: Value, look: &[Answer], work: &[Answer]) -> Result<Result<End, String>> {
    let mut definition = good();
    // The interpreter does not wait.
    sow(&mut definition, "/States/Rest", json!({"Type": "Pass", "Next": "Park"}))?;
    if !place.is_empty() {
        sow(&mut definition, place, value)?;
    }
    let (mut look, mut work) = (look.iter(), work.iter());
    let mut answer = |call: &Call| match call.state.as_str() {
        "Look" => look.next().cloned(),
        "Park" => Some(Answer::Payload(json!({"more": {"token": call.payload["token"]}}))),
        _ => work.next().cloned(),
    };
    let walked = walk(&Definition::new(definition), json!({}), &mut answer);
    Ok(walked.map(|walk| walk.end))
}

fn found(good: bool) -> Answer {
    Answer::Payload(json!({"good": good, "version": "v1"}))
}

fn failure(error: &str) -> Answer {
    Answer::Failure { error: error.to_owned(), cause: None }
}

#[test]
fn a_choice_takes_the_first_rule_that_holds_and_else_the_default() -> Result {
    let short = end("", Value::Null, &[found(true)], &[])?;
    assert_eq!(short, Ok(End::Succeeded(json!({"good": true, "version": "v1"}))));
    let long = end("", Value::Null, &[found(false)], &[Answer::Payload(json!("done"))])?;
    assert_eq!(long, Ok(End::Succeeded(json!("done"))));
    Ok(())
}

#[test]
fn an_error_is_retried_if_a_retrier_matches_and_else_caught() -> Result {
    let failed = |error: &str| {
        let cause = format!("It is {error}");
        Ok(End::Failed { error: error.to_owned(), cause })
    };
    let again = end("", Value::Null, &[failure("Mist.NotReady"), found(true)], &[])?;
    assert!(matches!(again, Ok(End::Succeeded(_))), "{again:?}");
    assert_eq!(end("", Value::Null, &[failure("Mist.NotReady")], &[])?, failed("Mist.NotReady"));
    assert_eq!(end("", Value::Null, &[failure("Mist.Odd")], &[])?, failed("Mist.Odd"));
    let uncaught = end("/States/Look/Catch", json!([]), &[failure("Mist.Odd")], &[])?;
    let cause = String::new();
    assert_eq!(uncaught, Ok(End::Failed { error: "Mist.Odd".to_owned(), cause }));
    Ok(())
}

#[test]
fn a_task_that_waits_sends_its_token_and_ends_with_the_output_of_the_wait() -> Result {
    let work = [Answer::Payload(json!({}))];
    let ended = end("/States/Work/Assign", json!({}), &[found(false)], &work)?;
    let expected = json!({"good": false, "version": "v1", "token": "token-of-the-task"});
    assert_eq!(ended, Ok(End::Succeeded(expected)));
    let request = "/States/Work/Arguments/Payload/token";
    let elsewhere =
        end(request, json!("{% $states.context.Task.Token %}"), &[found(false)], &work)?;
    assert!(elsewhere.is_err_and(|error| error.contains("gives nothing")));
    Ok(())
}

#[test]
fn assign_and_output_read_what_was_before() -> Result {
    let assign = json!({"found": "{% {'good': true, 'old': $states.result.Payload.version} %}"});
    let first = end("/States/Look/Assign", assign, &[found(false)], &[])?;
    assert_eq!(first, Ok(End::Succeeded(json!({"good": true, "old": "v1"}))));
    let both = json!("{% $found.version %}");
    let work = end("/States/Work/Output", both, &[found(false)], &[found(true)])?;
    assert!(matches!(work, Ok(End::Succeeded(_))), "{work:?}");
    Ok(())
}

#[test]
fn whatever_step_functions_would_stumble_over_is_an_error() -> Result {
    let done = "/States/Done/Output";
    for (place, value, look, work, expected) in [
        (
            done,
            json!("{% $found.none %}"),
            vec![found(true)],
            vec![],
            "`Done` Output: `$found.none` gives",
        ),
        (done, json!("{% 1 + 'a' %}"), vec![found(true)], vec![], "`Done` Output: "),
        (
            "/States/Choose/Choices/0/Condition",
            json!("{% 1 %}"),
            vec![found(true)],
            vec![],
            "true or",
        ),
        (
            "/States/Failed/Cause",
            json!("{% 1 %}"),
            vec![failure("Mist.Odd")],
            vec![],
            "must be text",
        ),
        ("", Value::Null, vec![], vec![], "`Look`: has no answer left"),
        (
            "/States/Look/Next",
            json!("Nowhere"),
            vec![found(true)],
            vec![],
            "there is no state `Nowhere`",
        ),
    ] {
        let walked = end(place, value, &look, &work)?;
        assert!(walked.as_ref().is_err_and(|it| it.contains(expected)), "{expected}: {walked:?}");
    }
    Ok(())
}
