//! The site of one environment, as HTTP answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::content_type::content_type;
use crate::clock::pause;
use crate::connection::Cut;
use crate::engine::Engine;
use crate::faults::Fault;
use crate::world::Release;

const ENVIRONMENT: HeaderName = HeaderName::from_static("x-environment-name");
const VERSION: HeaderName = HeaderName::from_static("x-application-version");

/// What the sample application calls its version.
const SAMPLE: &str = "Sample Application";

/// Serves whatever the instances of one environment run at the moment.
#[derive(Debug, Clone)]
pub(super) struct Front {
    engine: Weak<Engine>,
    environment_id: String,
    /// Requests take turns among the instances.
    turn: Arc<AtomicUsize>,
}

/// What the next request meets.
struct Next {
    environment: String,
    release: Option<Release>,
    status: Option<StatusCode>,
    reset: bool,
    delay: Duration,
}

impl Front {
    pub(super) fn new(engine: &Arc<Engine>, environment_id: &str) -> Self {
        Self {
            engine: Arc::downgrade(engine),
            environment_id: environment_id.to_owned(),
            turn: Arc::default(),
        }
    }

    pub(super) fn router(self) -> Router {
        Router::new().route("/", get(home)).route("/{*path}", get(page)).with_state(self)
    }

    fn next(&self) -> Option<Next> {
        let engine = self.engine.upgrade()?;
        let mut world = engine.world();
        let name = world.environment(&self.environment_id)?.name.clone();
        let resets = |fault: &Fault| matches!(fault, Fault::ResetConnections { .. }).then_some(());
        let reset = world.faults.take(&name, resets).is_some();
        let environment = world.environment(&self.environment_id)?;
        let faults = &world.faults;
        let status = faults.find(&name, |fault| {
            if let Fault::AnswerWith { status } = fault {
                StatusCode::from_u16(*status).ok()
            } else {
                None
            }
        });
        let seconds = faults.find(&name, |fault| {
            if let Fault::AnswerAfter { seconds } = fault { Some(*seconds) } else { None }
        });
        Some(Next {
            release: world.serving(environment, self.turn.fetch_add(1, Ordering::Relaxed)),
            environment: name,
            status,
            reset,
            delay: seconds
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                .unwrap_or_default(),
        })
    }
}

async fn home(state: State<Front>, cut: ConnectInfo<Cut>) -> Response {
    page(state, cut, Path(String::new())).await
}

async fn page(
    State(front): State<Front>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    Path(path): Path<String>,
) -> Response {
    let Some(next) = front.next() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    if next.reset {
        cut.cut();
    }
    pause(next.delay).await;
    let Some(release) = next.release else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut response = match next.status {
        Some(status) => (status, status.to_string()).into_response(),
        None => file(&release, &path),
    };
    let version = release.version.as_deref().unwrap_or(SAMPLE);
    for (name, value) in [(ENVIRONMENT, next.environment.as_str()), (VERSION, version)] {
        // A label that no header can carry is left out.
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn file(release: &Release, path: &str) -> Response {
    match release.site.file(path) {
        Some((path, content)) => ([(CONTENT_TYPE, content_type(&path))], content).into_response(),
        None => (StatusCode::NOT_FOUND, "Not Found").into_response(),
    }
}
