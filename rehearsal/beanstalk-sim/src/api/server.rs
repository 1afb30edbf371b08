//! The HTTP side of the API, with the faults that apply to calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::StreamExt;
use jiff::Timestamp;

use super::{caller, table};
use crate::auto_scaling;
use crate::clock::pause;
use crate::connection::Cut;
use crate::engine::Engine;
use crate::faults::{Fault, Faults, Target};
use crate::journal::{Call, Outcome};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, BEANSTALK_OPERATIONS, Format, Params, Service};
use crate::world::World;

/// The largest accepted body, in bytes.
const LARGEST_BODY: usize = 1024 * 1024;
/// The most bytes of a larger body that are read, so that its sender can read the refusal.
const MOST_READ: usize = 64 * LARGEST_BODY;

/// The API at `/`; the `Date` header comes from the HTTP server.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    Router::new().route("/", any(answer)).fallback(no_such_path).with_state(engine)
}

async fn answer(
    State(engine): State<Arc<Engine>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    http: axum::extract::Request,
) -> Response {
    let (parts, body) = http.into_parts();
    let read = read(&parts, body).await;
    let (params, refusal) = match read {
        Ok(params) => (params, None),
        Err(refusal) => (Params::default(), Some(refusal)),
    };
    let id = engine.request_id();
    let service = caller::service(&parts.headers, &params);
    let request = Request { engine, params, service, id };
    let number = request.engine.journal().begin(Call {
        at: Timestamp::now(),
        operation: operation(&request.params).to_owned(),
        parameters: Arc::clone(request.params.all()),
        access_key: caller::access_key(&parts.headers, &request.params),
        request_id: request.id.clone(),
        status: None,
        outcome: Outcome::Pending,
        answer: None,
    });
    let fate = match refusal.map_or_else(|| check(&parts.headers, &request), Err) {
        Ok(()) => meet_faults_and_carry_out(&request).await,
        Err(refusal) => Fate::Answered(Err(refusal)),
    };
    let (reply, arrives) = match fate {
        Fate::Answered(reply) => (reply, true),
        Fate::Lost(reply) => (reply, false),
        Fate::Reset => {
            request.engine.journal().finish(number, Outcome::Reset, None);
            cut.cut();
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let format = format(&parts.headers);
    let (status, body) = written(format, &request, &reply);
    let outcome = outcome(&reply, arrives);
    request.engine.journal().finish(number, outcome, Some((status.as_u16(), body.as_str())));
    if !arrives {
        cut.cut();
    }
    response(status, format, &request.id, body)
}

/// The answer for all other paths.
async fn no_such_path(State(engine): State<Arc<Engine>>, headers: HeaderMap) -> Response {
    let error = ApiError {
        status: 404,
        code: "UnknownOperationException",
        message: "The API is at `/`, and the control API under `/_sim/`.".to_owned(),
    };
    let (format, id) = (format(&headers), engine.request_id());
    response(
        StatusCode::NOT_FOUND,
        format,
        &id,
        format.error_body(Service::ElasticBeanstalk, &error, &id),
    )
}

/// The parameters of a call, in the query and, on POST, in the body.
async fn read(parts: &Parts, body: Body) -> Result<Params, ApiError> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let body = all_of(body).await?;
    match parts.method {
        Method::GET => Params::parse([query]),
        Method::POST => Params::parse([query, &body]),
        _ => Err(ApiError {
            status: 405,
            code: "MethodNotAllowed",
            message: "The specified method is not allowed against this resource.".to_owned(),
        }),
    }
}

async fn all_of(body: Body) -> Result<Vec<u8>, ApiError> {
    let (mut bytes, mut size) = (Vec::new(), 0);
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ApiError::malformed_query())?;
        size += chunk.len();
        if size <= LARGEST_BODY {
            bytes.extend_from_slice(&chunk);
        } else if size > MOST_READ {
            break;
        }
    }
    if size <= LARGEST_BODY {
        return Ok(bytes);
    }
    Err(ApiError {
        status: 413,
        code: "RequestEntityTooLarge",
        message: format!("Request size exceeded {LARGEST_BODY} bytes"),
    })
}

/// The operation of a call. Older clients name the parameter `Operation`.
fn operation(params: &Params) -> &str {
    params.text("Action").or(params.text("Operation")).unwrap_or_default()
}

/// Makes the checks that precede all operations.
fn check(headers: &HeaderMap, request: &Request) -> Result<(), ApiError> {
    let params = &request.params;
    let service = request.service;
    caller::check(headers, params, service, &request.engine.settings.region)?;
    let (operation, version) = (operation(params), params.text("Version"));
    if operation.is_empty() {
        return Err(ApiError::sender(
            "MissingAction",
            "The request is missing an action or operation parameter.",
        ));
    }
    let known = match service {
        Service::ElasticBeanstalk => BEANSTALK_OPERATIONS.contains(&operation),
        Service::AutoScaling => auto_scaling::OPERATIONS.contains(&operation),
    };
    if version == Some(service.version()) && known {
        return Ok(());
    }
    let version = version.unwrap_or("NO_VERSION_SPECIFIED");
    Err(ApiError::sender(
        "InvalidAction",
        format!("Could not find operation {operation} for version {version}"),
    ))
}

/// The outcome of a valid call.
enum Fate {
    Answered(Reply),
    /// The call has its effect, and the answer is dropped.
    Lost(Reply),
    /// The connection is cut before the call has an effect.
    Reset,
}

async fn meet_faults_and_carry_out(request: &Request) -> Fate {
    let obstacles = with_faults(request, Obstacles::find);
    if let Some(delay) = obstacles.delay {
        pause(delay).await;
    }
    if obstacles.reset {
        return Fate::Reset;
    }
    if let Some(refusal) = obstacles.refusal {
        return Fate::Answered(Err(refusal));
    }
    let operation = operation(&request.params);
    let reply = match request.service {
        Service::ElasticBeanstalk => table::carry_out(operation, request).await,
        Service::AutoScaling => auto_scaling::carry_out(operation, request),
    };
    let loses = |fault: &Fault| matches!(fault, Fault::LoseAnswers { .. }).then_some(());
    let lost = reply.is_ok()
        && with_faults(request, |faults, target| faults.take(target, loses)).is_some();
    if lost { Fate::Lost(reply) } else { Fate::Answered(reply) }
}

/// The faults that apply before a call has an effect.
#[derive(Default)]
struct Obstacles {
    delay: Option<Duration>,
    reset: bool,
    refusal: Option<ApiError>,
}

impl Obstacles {
    fn find(faults: &mut Faults, target: &Target<'_>) -> Self {
        let seconds = faults.take(target, |fault| {
            if let Fault::DelayCalls { seconds, .. } = fault { Some(*seconds) } else { None }
        });
        let reset = faults
            .take(target, |fault| matches!(fault, Fault::ResetCalls { .. }).then_some(()))
            .is_some();
        let refusal = if reset { None } else { Self::refusal(faults, target) };
        let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self { delay, reset, refusal }
    }

    fn refusal(faults: &mut Faults, target: &Target<'_>) -> Option<ApiError> {
        let throttles = |fault: &Fault| matches!(fault, Fault::Throttle { .. }).then_some(());
        let breaks = |fault: &Fault| matches!(fault, Fault::ServerError { .. }).then_some(());
        if faults.take(target, throttles).is_some() || !faults.admits(target, Instant::now()) {
            return Some(ApiError::throttling());
        }
        faults.take(target, breaks).map(|()| ApiError::internal())
    }
}

/// Runs a function on the faults that apply to a call, if any are set.
fn with_faults<T: Default>(
    request: &Request,
    look: impl FnOnce(&mut Faults, &Target<'_>) -> T,
) -> T {
    let mut world = request.engine.world();
    if world.faults.is_empty() {
        return T::default();
    }
    let environment = concerned_environment(&world, &request.params).map(str::to_owned);
    let target = Target {
        environment: environment.as_deref(),
        version: request.params.text("VersionLabel"),
        operation: Some(operation(&request.params)),
    };
    look(&mut world.faults, &target)
}

/// The name of the environment in a call, or of the first one.
fn concerned_environment<'a>(world: &'a World, params: &'a Params) -> Option<&'a str> {
    let by_id = |name| Some(world.environment(params.text(name)?)?.name.as_str());
    ["EnvironmentName", "SourceEnvironmentName", "EnvironmentNames.member.1"]
        .into_iter()
        .find_map(|name| params.text(name))
        .or_else(|| {
            ["EnvironmentId", "SourceEnvironmentId", "EnvironmentIds.member.1"]
                .into_iter()
                .find_map(by_id)
        })
}

fn outcome(reply: &Reply, arrives: bool) -> Outcome {
    match reply {
        Ok(_) if arrives => Outcome::Success,
        Ok(_) => Outcome::AnswerLost,
        Err(error) => Outcome::Error {
            status: error.status,
            code: error.code.to_owned(),
            message: error.message.clone(),
        },
    }
}

/// The format of answers: XML, unless the client accepts JSON.
fn format(headers: &HeaderMap) -> Format {
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepts.contains("application/json") { Format::Json } else { Format::Xml }
}

fn written(format: Format, request: &Request, reply: &Reply) -> (StatusCode, String) {
    let operation = operation(&request.params);
    match reply {
        Ok(result) => (
            StatusCode::OK,
            format.success_body(request.service, operation, result.as_ref(), &request.id),
        ),
        Err(error) => {
            tracing::debug!("`{operation}` was refused: {error}");
            let status = StatusCode::from_u16(error.status);
            let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, format.error_body(request.service, error, &request.id))
        }
    }
}

fn response(status: StatusCode, format: Format, request_id: &str, body: String) -> Response {
    let headers =
        [(CONTENT_TYPE.as_str(), format.content_type()), ("x-amzn-requestid", request_id)];
    let mut response = (status, headers, body).into_response();
    if status == StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST"));
    }
    response
}
