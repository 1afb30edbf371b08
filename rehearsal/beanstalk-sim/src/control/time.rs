//! Time in the control API.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::clock::{CannotMove, Moment};
use crate::engine::Engine;

/// A command for time.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Command {
    // With braces, unknown members are refused.
    Stop {},
    Run {},
    /// Advances to the next due moment.
    Step {},
    Advance {
        seconds: f64,
    },
}

#[derive(Debug, Serialize)]
pub(super) struct Time {
    stopped: bool,
    /// Seconds since the start of the simulator.
    seconds: f64,
    date: Timestamp,
}

pub(super) async fn show(State(engine): State<Arc<Engine>>) -> Json<Time> {
    Json(now(&engine))
}

pub(super) async fn change(
    State(engine): State<Arc<Engine>>,
    body: Bytes,
) -> Result<Json<Time>, Problem> {
    let command = serde_json::from_slice(&body).map_err(|error| Problem::bad(error.to_string()))?;
    let clock = &engine.clock;
    match command {
        Command::Stop {} => clock.stand(true),
        Command::Run {} => clock.stand(false),
        Command::Step {} => drop(clock.step().await?),
        Command::Advance { seconds } if seconds.is_finite() && seconds >= 0.0 => {
            clock.advance(seconds).await?;
        }
        Command::Advance { seconds } => {
            return Err(Problem::bad(format!(
                "`seconds` must be a number of at least 0, not `{seconds}`"
            )));
        }
    }
    Ok(Json(now(&engine)))
}

fn now(engine: &Engine) -> Time {
    let clock = &engine.clock;
    Time {
        stopped: clock.stands(),
        seconds: clock.moment().since(Moment::default()),
        date: clock.date(),
    }
}

impl From<CannotMove> for Problem {
    fn from(error: CannotMove) -> Self {
        let status = match error {
            CannotMove::Running => StatusCode::CONFLICT,
            CannotMove::StillAtWork => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self { status, error: error.to_string() }
    }
}
