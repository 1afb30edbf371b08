//! Waits for the lock of a stack that another run holds, or says why a run no longer has it.
//!
//! The state machine takes, renews and releases the lock by itself. This is for everything that needs more
//! than one condition: who is next, who may be superseded, who waited for too long.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    Error, Holder, LockSettings, StackName,
    lock::{self, Answer, Wish},
    ports::{self, Clock, Ledger},
};
use serde::{Deserialize, Serialize};

/// A run that wants the lock, or had it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The stack.
    pub stack: StackName,
    /// The ARN of the run.
    pub run: String,
    /// What to do.
    pub step: Step,
}

/// What a call does.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Step {
    /// Takes the lock, or waits for it.
    #[serde(rename_all = "camelCase")]
    Take {
        /// What the run does: `deploy`, `swap` …
        operation: String,
        /// The same for a person.
        reason: String,
        /// When the upload that started it was made.
        uploaded_at: Option<Timestamp>,
        /// When the run began to want the lock.
        since: Timestamp,
        /// For how many seconds it needs it at first.
        lease_seconds: i64,
        /// How it gets along with others.
        settings: LockSettings,
    },
    /// Says why the run no longer has the lock.
    Explain {
        /// The number that it got with the lock.
        fence: u64,
    },
}

/// The run has the lock.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// What later checks of the lock are made with.
    pub fence: u64,
}

/// Looks once. [`Error::NotReady`] asks to look again later; every other error is the end.
pub async fn run(
    ledger: &impl Ledger,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, run, step } = request;
    match step {
        Step::Take { operation, reason, uploaded_at, since, lease_seconds, settings } => {
            let stack_name = stack.to_string();
            let wish = Wish {
                stack: stack_name,
                run,
                operation,
                reason,
                uploaded_at,
                since,
                lease_seconds,
                settings,
            };
            take(ledger, clock, &stack, &wish).await
        }
        Step::Explain { fence } => {
            let state = ledger.state(&stack).await?;
            state.check_holder(&Holder { run, fence }, clock.now().as_second())?;
            Ok(Response { fence })
        }
    }
}

async fn take(
    ledger: &impl Ledger,
    clock: &impl Clock,
    stack: &StackName,
    wish: &Wish,
) -> Result<Response, Error> {
    // A wait makes many calls, and a call that fails is only one look less.
    let later = |error: Error| match error {
        Error::Throttled { .. } | Error::ServiceUnavailable { .. } => {
            busy(stack, error.to_string())
        }
        error => error,
    };
    let looked = ports::change(ledger, stack, |state| {
        let look = lock::look(state, wish, clock.now());
        Ok((look.write, look.answer))
    });
    match looked.await.map_err(later)? {
        Answer::Taken { fence } => {
            tracing::info!(stack.name = %stack, "{} has the lock of `{stack}`", wish.reason);
            Ok(Response { fence })
        }
        Answer::Waits { status } => Err(busy(stack, status)),
        Answer::Refused(error) => Err(error),
    }
}

fn busy(stack: &StackName, status: String) -> Error {
    Error::NotReady { what: format!("the lock of stack `{stack}`"), status }
}
