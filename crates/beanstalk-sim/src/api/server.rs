//! From HTTP to an operation and back, with the faults that calls can meet on their way.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Form, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use uuid::Uuid;

use super::{Reply, Request, carry_out};
use crate::clock::pause;
use crate::connection::Cut;
use crate::engine::Engine;
use crate::faults::Fault;
use crate::journal::{Call, Outcome};
use crate::wire::{self, ApiError, Params};
use crate::world::World;

type Pairs = Vec<(String, String)>;

/// The API at `/`; the `Date` header comes from the HTTP server.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    Router::new().route("/", get(answer).post(answer)).with_state(engine)
}

async fn answer(
    State(engine): State<Arc<Engine>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    form: Result<Form<Pairs>, FormRejection>,
) -> Response {
    let mut pairs = Query::<Pairs>::try_from_uri(&uri).map(|query| query.0).unwrap_or_default();
    // On GET the form is the query.
    if method == Method::POST {
        pairs.extend(form.map(|form| form.0).unwrap_or_default());
    }
    let params = Params::from_pairs(pairs);
    let operation =
        params.text("Action").or(params.text("Operation")).unwrap_or_default().to_owned();
    let request = Request { engine, params, id: Uuid::new_v4().to_string() };
    let number = request.engine.journal().begin(Call {
        at: Timestamp::now(),
        operation: operation.clone(),
        parameters: request.params.clone().into_map(),
        access_key: access_key(&headers, &request.params),
        request_id: request.id.clone(),
        outcome: Outcome::Pending,
    });
    let reply = meet_faults_and_carry_out(&operation, &request).await;
    let lost = reply.is_ok()
        && take(&request, &operation, |fault| {
            if let Fault::LoseAnswers { operation, .. } = fault {
                Some((operation.clone(), ()))
            } else {
                None
            }
        })
        .is_some();
    request.engine.journal().finish(number, outcome(&reply, lost));
    if lost {
        cut.cut();
    }
    response(&operation, &request.id, reply)
}

async fn meet_faults_and_carry_out(operation: &str, request: &Request) -> Reply {
    let delay = take(request, operation, |fault| {
        if let Fault::DelayCalls { operation, seconds, .. } = fault {
            Some((operation.clone(), *seconds))
        } else {
            None
        }
    });
    if let Some(delay) = delay.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
        pause(delay).await;
    }
    let throttled = take(request, operation, |fault| {
        if let Fault::Throttle { operation, .. } = fault {
            Some((operation.clone(), ()))
        } else {
            None
        }
    });
    if throttled.is_some() {
        return Err(ApiError::throttling());
    }
    let broken = take(request, operation, |fault| {
        if let Fault::ServerError { operation, .. } = fault {
            Some((operation.clone(), ()))
        } else {
            None
        }
    });
    if broken.is_some() {
        return Err(ApiError::internal());
    }
    if operation.is_empty() {
        return Err(ApiError::sender(
            "MissingAction",
            "The request is missing an action or operation parameter.",
        ));
    }
    carry_out(operation, request).await
}

/// Uses up one of a fault that may be meant for one operation only.
fn take<T>(
    request: &Request,
    operation: &str,
    wanted: impl Fn(&Fault) -> Option<(Option<String>, T)>,
) -> Option<T> {
    let mut world = request.engine.world();
    let environment = concerned_environment(&world, &request.params);
    world.faults.take(&environment, |fault| {
        let (only, found) = wanted(fault)?;
        only.is_none_or(|only| only == operation).then_some(found)
    })
}

/// The name of the environment that a call is about; empty when there is none.
fn concerned_environment(world: &World, params: &Params) -> String {
    let by_id = |name| {
        params
            .text(name)
            .and_then(|id| world.environment(id))
            .map(|environment| environment.name.clone())
    };
    ["EnvironmentName", "SourceEnvironmentName", "EnvironmentNames.member.1"]
        .into_iter()
        .find_map(|name| params.owned(name))
        .or_else(|| {
            ["EnvironmentId", "SourceEnvironmentId", "EnvironmentIds.member.1"]
                .into_iter()
                .find_map(by_id)
        })
        .unwrap_or_default()
}

fn outcome(reply: &Reply, lost: bool) -> Outcome {
    match reply {
        Ok(_) if lost => Outcome::AnswerLost,
        Ok(_) => Outcome::Success,
        Err(error) => Outcome::Error {
            status: error.status,
            code: error.code.to_owned(),
            message: error.message.clone(),
        },
    }
}

fn response(operation: &str, request_id: &str, reply: Reply) -> Response {
    let (status, body) = match reply {
        Ok(result) => (StatusCode::OK, wire::success_body(operation, result.as_ref(), request_id)),
        Err(error) => {
            tracing::debug!("`{operation}` was refused: {error}");
            let status =
                StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, wire::error_body(&error, request_id))
        }
    };
    (status, [(CONTENT_TYPE.as_str(), "text/xml"), ("x-amzn-requestid", request_id)], body)
        .into_response()
}

/// The key of the caller's signature, in the header or, for a pre-signed address, in the query.
fn access_key(headers: &HeaderMap, params: &Params) -> Option<String> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let credential = header
        .and_then(|value| value.split_once("Credential="))
        .map(|(_, credential)| credential)
        .or(params.text("X-Amz-Credential"))
        .or(params.text("AWSAccessKeyId"))?;
    credential.split(['/', ',']).next().map(str::to_owned)
}
