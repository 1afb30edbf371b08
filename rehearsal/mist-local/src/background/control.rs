//! The control API of a background cloud, on a loopback port.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, Notify, RwLock};

use super::setup::{Setup, run};
use super::state::CloudState;
use crate::cloud::Cloud;
use crate::error::{Context, Error, causes};

/// The header with the token, in orders and in answers.
pub(crate) const TOKEN_HEADER: &str = "x-mist-token";

/// The state that orders work on.
pub(crate) struct Control {
    pub(crate) cloud: Arc<Cloud>,
    pub(crate) setup: Setup,
    pub(crate) state: RwLock<CloudState>,
    pub(crate) token: String,
    /// Held during a reset: one runs at a time, and the status can still be read.
    pub(crate) resetting: Mutex<()>,
    pub(crate) stop: Notify,
}

/// A free port, bound before the cloud is ready.
pub(crate) async fn bind() -> Result<(TcpListener, SocketAddr), Error> {
    let what = || "listen on a control port".to_owned();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context(what)?;
    let address = listener.local_addr().context(what)?;
    Ok((listener, address))
}

/// `GET /status`, `POST /reset` and `POST /stop`, for requests with the token.
pub(crate) fn router(control: Arc<Control>) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/reset", post(reset))
        .route("/stop", post(stop))
        .layer(from_fn_with_state(Arc::clone(&control), check))
        .with_state(control)
}

async fn check(
    State(control): State<Arc<Control>>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    if headers.get(TOKEN_HEADER).is_none_or(|token| token.as_bytes() != control.token.as_bytes()) {
        return StatusCode::FORBIDDEN.into_response();
    }
    ([(TOKEN_HEADER, control.token.clone())], next.run(request).await).into_response()
}

async fn status(State(control): State<Arc<Control>>) -> Json<CloudState> {
    Json(control.state.read().await.clone())
}

async fn reset(State(control): State<Arc<Control>>) -> (StatusCode, Json<Value>) {
    match empty(&control).await {
        Ok(()) => (StatusCode::OK, Json(json!({}))),
        Err(error) => {
            (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({ "message": causes(&error) })))
        }
    }
}

async fn empty(control: &Control) -> Result<(), Error> {
    let _one_at_a_time = control.resetting.lock().await;
    control.cloud.reset().await?;
    let outputs = run(&control.setup, &control.cloud).await?;
    control.state.write().await.outputs = outputs;
    Ok(())
}

async fn stop(State(control): State<Arc<Control>>) -> Json<Value> {
    control.stop.notify_one();
    Json(json!({}))
}
