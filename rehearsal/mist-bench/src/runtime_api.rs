//! The Runtime API of Lambda, for one function.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::ListenerExt as _,
};
use tokio::{
    net::TcpListener,
    sync::{
        Mutex,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    task::JoinHandle,
};

use crate::error::Result;

/// The Runtime API of one function; it ends with this value.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    /// The address, for `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) address: String,
    events: UnboundedSender<String>,
    asked: UnboundedReceiver<Instant>,
    answers: UnboundedReceiver<Answer>,
    server: JoinHandle<()>,
}

/// The answer of a function.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The time of the answer.
    pub(crate) at: Instant,
    /// The error, if the function failed.
    pub(crate) error: Option<String>,
}

struct Server {
    events: Mutex<UnboundedReceiver<String>>,
    asked: UnboundedSender<Instant>,
    answers: UnboundedSender<Answer>,
}

impl RuntimeApi {
    /// Listens on a free port of this machine.
    pub(crate) async fn start() -> Result<Self> {
        let (events, taken) = unbounded_channel();
        let (ask, asked) = unbounded_channel();
        let (answer, answers) = unbounded_channel();
        let server = Server { events: Mutex::new(taken), asked: ask, answers: answer };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/{kind}", post(answered))
            .with_state(Arc::new(server));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        // Small answers must not wait for each other.
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let server = tokio::spawn(async { drop(axum::serve(listener, router).await) });
        Ok(Self { address, events, asked, answers, server })
    }

    /// The time at which the function requests its next event.
    pub(crate) async fn asked(&mut self) -> Result<Instant> {
        Ok(self.asked.recv().await.ok_or("the Runtime API has ended")?)
    }

    /// Sends an event to the function, and waits for its answer.
    pub(crate) async fn invoke(&mut self, event: String) -> Result<Answer> {
        self.events.send(event)?;
        Ok(self.answers.recv().await.ok_or("the Runtime API has ended")?)
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn next(State(server): State<Arc<Server>>) -> Response {
    // The measurement may have ended meanwhile.
    let _ = server.asked.send(Instant::now());
    let Some(event) = server.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:123456789012:function:f"),
        ("content-type", "application/json"),
    ];
    (headers, event).into_response()
}

async fn answered(
    State(server): State<Arc<Server>>,
    Path((_, kind)): Path<(String, String)>,
    body: Bytes,
) -> StatusCode {
    let at = Instant::now();
    let error = (kind == "error").then(|| String::from_utf8_lossy(&body).into_owned());
    drop(server.answers.send(Answer { at, error }));
    StatusCode::ACCEPTED
}
