//! The site of one environment, which passes requests to its instances.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::HeaderName;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::time::Instant;

use crate::clock::pause;
use crate::connection::Cut;
use crate::faults::{Fault, Target};
use crate::host::Application;
use crate::shared_world::SharedWorld;
use crate::world::{Environment, Instance, Requests, World};

const ENVIRONMENT: HeaderName = HeaderName::from_static("x-environment-name");
const VERSION: HeaderName = HeaderName::from_static("x-application-version");

/// The site of one environment.
#[derive(Debug, Clone)]
pub(super) struct Front {
    world: Weak<SharedWorld>,
    environment_id: String,
    /// The number of requests so far, which selects the instance.
    turn: Arc<AtomicUsize>,
}

/// The instance and the faults for the next request.
struct Next {
    environment: String,
    upstream: Option<Upstream>,
    disturbance: Disturbance,
}

/// The instance that serves a request.
struct Upstream {
    version: String,
    application: Option<Arc<Application>>,
    /// The port of the instance that gets the traffic.
    port: u16,
    requests: Arc<Requests>,
}

/// The effect of faults on a request.
#[derive(Default)]
struct Disturbance {
    status: Option<StatusCode>,
    reset: bool,
    delay: Duration,
}

impl Front {
    pub(super) fn new(world: &Arc<SharedWorld>, environment_id: &str) -> Self {
        Self {
            world: Arc::downgrade(world),
            environment_id: environment_id.to_owned(),
            turn: Arc::default(),
        }
    }

    pub(super) fn router(self) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    fn next(&self, world: &SharedWorld) -> Option<Next> {
        let mut world = world.hold();
        let environment = world.environment(&self.environment_id)?;
        let hidden = world.faults.zero_instances(&environment.target());
        let instance = if hidden { None } else { self.instance(environment) };
        let running = instance.map_or(&environment.release, |instance| &instance.running);
        let (name, version) = (environment.name.clone(), running.version.clone());
        let upstream = instance.map(|instance| Upstream::of(environment, instance));
        let target = Target { version: version.as_deref(), ..Target::environment(&name) };
        let disturbance = Disturbance::of(&mut world, &target);
        Some(Next { environment: name, upstream, disturbance })
    }

    fn instance<'a>(&self, environment: &'a Environment) -> Option<&'a Instance> {
        environment.serving(self.turn.fetch_add(1, Ordering::Relaxed))
    }
}

impl Upstream {
    fn of(environment: &Environment, instance: &Instance) -> Self {
        Self {
            version: instance.running.label().to_owned(),
            application: instance.application.clone(),
            port: environment.traffic_port(),
            requests: Arc::clone(&instance.requests),
        }
    }
}

impl Disturbance {
    /// The faults that apply. Faults of a version apply to the instances that run it.
    fn of(world: &mut World, target: &Target<'_>) -> Self {
        let resets = |fault: &Fault| matches!(fault, Fault::ResetConnections { .. }).then_some(());
        let reset = world.faults.take(target, resets).is_some();
        let status = world.faults.find(target, |fault| {
            if let Fault::AnswerWith { status } = fault { as_answer(*status) } else { None }
        });
        let seconds = world.faults.find(target, |fault| {
            if let Fault::AnswerAfter { seconds } = fault { Some(*seconds) } else { None }
        });
        let delay = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Self { status, reset, delay: delay.unwrap_or_default() }
    }
}

async fn answer(
    State(front): State<Front>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    let Some(world) = front.world.upgrade() else { return unavailable() };
    let Some(next) = front.next(&world) else { return unavailable() };
    if next.disturbance.reset {
        cut.cut();
    }
    let began = Instant::now();
    pause(next.disturbance.delay).await;
    let Some(upstream) = next.upstream else { return unavailable() };
    let mut response = match (next.disturbance.status, &upstream.application) {
        (Some(status), _) => bare(status),
        (None, Some(application)) => application.answer(upstream.port, request).await,
        // The proxy server of the instance has no process to pass the request to.
        (None, None) => StatusCode::BAD_GATEWAY.into_response(),
    };
    let moment = world.hold().clock.moment();
    upstream.requests.record(moment, response.status().as_u16(), began.elapsed());
    name_yourself(response.headers_mut(), &next.environment, &upstream.version);
    response
}

/// The status, if an answer can have it.
fn as_answer(status: u16) -> Option<StatusCode> {
    StatusCode::from_u16(status).ok().filter(|status| !status.is_informational())
}

/// An answer with its status as the body, if the status allows a body.
fn bare(status: StatusCode) -> Response {
    let silent = [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];
    if silent.contains(&status) {
        return status.into_response();
    }
    (status, status.to_string()).into_response()
}

/// Adds headers with the environment and the version, unless the application sets them.
fn name_yourself(headers: &mut HeaderMap, environment: &str, version: &str) {
    for (name, value) in [(ENVIRONMENT, environment), (VERSION, version)] {
        // A label that is not a valid header value is left out.
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            headers.entry(name).or_insert(value);
        }
    }
}

fn unavailable() -> Response {
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}
