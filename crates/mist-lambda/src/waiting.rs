//! Functions whose task waits: one call parks the task, and a later one ends the wait.

use lambda_runtime::{LambdaEvent, service_fn};
use mist_core::{error::Error, ports::Tasks, release::state::TaskToken};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::runtime::{ServeError, diagnostic, log, parse, start_logging};

/// Serves a function whose task waits until the Lambda runtime ends the sandbox.
///
/// The state machine calls it with `{"token": …, "request": …}`. `park` returns an output, an error, or nothing: then
/// the task keeps waiting. Step Functions ignores what such a function returns, so output and error are sent with the
/// token.
///
/// A queue calls it with messages (`Records`). `look` then ends the waits that are over. The content of a message does
/// not matter: it only triggers the look, which decides from the current state.
pub async fn serve_waiting<I, O>(
    tasks: &impl Tasks,
    park: impl AsyncFn(TaskToken, I) -> Result<Option<O>, Error>,
    look: impl AsyncFn() -> Result<(), Error>,
) -> Result<(), ServeError>
where
    I: DeserializeOwned,
    O: Serialize,
{
    start_logging();
    let (park, look) = (&park, &look);
    lambda_runtime::run(service_fn(async move |event: LambdaEvent<Value>| {
        let answer = match Call::read(event.payload) {
            Ok(Call::Look { messages }) => {
                tracing::debug!("woken by {messages} messages");
                Box::pin(look()).await
            }
            Ok(Call::Park { token, request }) => {
                let parked = match parse(request) {
                    Ok(request) => Box::pin(park(token.clone(), request)).await,
                    Err(error) => Err(error),
                };
                end(tasks, &token, parked).await
            }
            Err(error) => Err(error),
        };
        answer.map(|()| json!({})).map_err(|error| diagnostic(&error))
    }))
    .await
}

/// Serves a function whose task waits, and whose wait another function ends.
pub async fn serve_task<I, O>(
    tasks: &impl Tasks,
    park: impl AsyncFn(TaskToken, I) -> Result<Option<O>, Error>,
) -> Result<(), ServeError>
where
    I: DeserializeOwned,
    O: Serialize,
{
    let no_look = async || {
        let problem = "Records: this function has no queue".to_owned();
        Err(Error::InvalidInput { problem })
    };
    serve_waiting(tasks, park, no_look).await
}

/// A call of a function whose task waits.
enum Call {
    /// A call by the state machine.
    Park { token: TaskToken, request: Value },
    /// A call by a queue.
    Look { messages: usize },
}

impl Call {
    fn read(mut payload: Value) -> Result<Self, Error> {
        if let Some(records) = payload.get("Records").and_then(Value::as_array) {
            return Ok(Self::Look { messages: records.len() });
        }
        let token = payload.get("token").and_then(Value::as_str).filter(|it| !it.is_empty());
        let Some(token) = token.map(TaskToken::from) else {
            let problem = "token: missing, or not a text".to_owned();
            return Err(Error::InvalidInput { problem });
        };
        let request = payload.get_mut("request").map(Value::take).unwrap_or_default();
        Ok(Self::Park { token, request })
    }
}

/// Ends the wait with `parked`, unless that is nothing.
async fn end<O: Serialize>(
    tasks: &impl Tasks,
    token: &TaskToken,
    parked: Result<Option<O>, Error>,
) -> Result<(), Error> {
    let waited = match parked {
        Ok(None) => return Ok(()),
        Ok(Some(output)) => {
            let output = serde_json::to_value(output).unwrap_or_default();
            tasks.succeed(token, &output).await?
        }
        Err(error) => {
            log(&error);
            tasks.fail(token, &error).await?
        }
    };
    if !waited {
        tracing::warn!("the task no longer waits: it timed out, or its execution ended");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_the_state_machine_has_a_token() {
        let call = Call::read(json!({"token": "t1", "request": {"stack": "QA"}})).unwrap();
        let Call::Park { token, request } = call else { panic!("no park") };
        assert_eq!((token.expose(), &request["stack"]), ("t1", &json!("QA")));
        for bad in [json!({}), json!({"token": 7}), json!({"token": ""}), json!(null), json!([1])] {
            let error = Call::read(bad.clone()).err().map(|error| error.to_string());
            let expected = "invalid input: token: missing, or not a text";
            assert_eq!(error.as_deref(), Some(expected), "{bad}");
        }
    }

    #[test]
    fn every_message_of_a_queue_is_a_wake_up() {
        for record in [json!({"body": "{}"}), json!({"body": "no JSON"}), json!(null)] {
            let call = Call::read(json!({ "Records": [record, record] })).unwrap();
            assert!(matches!(call, Call::Look { messages: 2 }));
        }
    }
}
