//! The peer of the functions: AWS, New Relic, GitHub and the application over HTTPS, and a name server.

mod answers;
mod beanstalk;
mod github;
mod name_server;
mod s3;
mod scene;
mod stage;
mod tables;
mod tls;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use mist_core::release::state::Wait;
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::error::Result;

use name_server::NameServer;
use scene::{DOMAIN, Scene};

pub(crate) use scene::{ALARM, UPDATED};
pub(crate) use stage::EMPTY;

/// An HTTPS server that answers all calls of the functions; it ends with this value.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    /// The number of certificates in the file [`Peer::roots`].
    pub(crate) number_of_roots: usize,
    folder: TempDir,
    scene: Arc<Mutex<Scene>>,
    name_server: NameServer,
    server: JoinHandle<()>,
}

impl Peer {
    /// Listens on free ports of this machine.
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let identity = tls::Identity::new(&["localhost", DOMAIN])?;
        let number_of_roots = identity.write_roots(&folder.path().join(ROOTS))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let scene = Arc::new(Mutex::new(Scene::default()));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&scene));
        // The parts of a bundle are larger than the default limit.
        let router = router.layer(DefaultBodyLimit::disable());
        let listener = tls::TlsListener::new(listener, identity)?;
        let name_server = NameServer::start().await?;
        let server = tokio::spawn(async { drop(axum::serve(listener, router).await) });
        Ok(Self { port, number_of_roots, folder, scene, name_server, server })
    }

    /// The URL of AWS.
    pub(crate) fn aws(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// The URL of New Relic.
    pub(crate) fn new_relic(&self) -> String {
        format!("https://localhost:{}/graphql", self.port)
    }

    /// The URL of the queue that wakes `function`.
    pub(crate) fn queue(&self, function: &str) -> String {
        format!("{}/123456789012/{function}", self.aws())
    }

    /// The only name server.
    pub(crate) fn name_server(&self) -> SocketAddr {
        self.name_server.address
    }

    /// The file with the certificates that a function must trust: those of this machine and of the peer.
    pub(crate) fn roots(&self) -> PathBuf {
        self.folder.path().join(ROOTS)
    }

    /// Prepares a call of `function`, while the execution waits for `wait`.
    pub(crate) fn set_the_scene(&self, function: &str, wait: Option<Wait>) -> Result<()> {
        let github = format!("{}{GITHUB}", self.aws());
        *lock(&self.scene) = Scene { github, ..Scene::before(function, wait)? };
        Ok(())
    }

    /// Prepares a call of `fetch` that makes the bundle of a commit on the GitHub at `url`, with `token`.
    pub(crate) fn set_an_unfetched_scene(&self, url: &str, token: &'static str) -> Result<()> {
        self.set_the_scene("fetch", None)?;
        let mut scene = lock(&self.scene);
        url.clone_into(&mut scene.github);
        scene.unfetched = true;
        scene.token = Some(token);
        Ok(())
    }

    /// The size of the bundle that was written since the preparation, in bytes.
    pub(crate) fn written(&self) -> usize {
        lock(&self.scene).written
    }

    /// The number of HTTPS calls since the preparation.
    pub(crate) fn calls(&self) -> usize {
        lock(&self.scene).calls
    }

    /// Whether the wait of a task ended since the preparation. An error that ended it is returned as one.
    pub(crate) fn ended_wait(&self) -> Result<bool, String> {
        lock(&self.scene).ended.clone().transpose().map(|ended| ended.is_some())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

const ROOTS: &str = "roots.pem";

/// The prefix of the paths of GitHub's API.
const GITHUB: &str = "/github";

async fn answer(
    State(scene): State<Arc<Mutex<Scene>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut scene = lock(&scene);
    scene.calls += 1;
    let header = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let path = uri.path();
    if path.starts_with("/artifacts/fetched/") {
        let call = (&method, uri.query().unwrap_or_default());
        return s3::fetched(&mut scene, call, &headers, body.len());
    }
    let body = String::from_utf8_lossy(&body);
    if header("host").starts_with(DOMAIN) {
        return answers::page();
    }
    if path == "/graphql" {
        return answers::new_relic(&body);
    }
    if let Some(path) = path.strip_prefix(GITHUB) {
        return github::answer(&method, path);
    }
    if path.starts_with("/artifacts/") {
        return s3::uploaded(&method, path, &headers);
    }
    let operation = operation(&method, path, header("x-amz-target"), &body);
    match answers::aws(operation, &body, &mut scene) {
        Ok(Some(answer)) => answer,
        // The function then reports which call failed.
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::NOT_IMPLEMENTED, error.to_string()).into_response(),
    }
}

/// The operation of a call of AWS, in any of its protocols.
fn operation<'a>(method: &Method, path: &'a str, target: &'a str, body: &'a str) -> &'a str {
    if let Some((_, operation)) = target.rsplit_once('.') {
        return operation;
    }
    if let Some((_, operation)) = path.split_once("/operation/") {
        return operation;
    }
    if path.starts_with("/2013-04-01/") {
        let reads = *method == Method::GET;
        return if reads { "ListResourceRecordSets" } else { "ChangeResourceRecordSets" };
    }
    body.split('&').find_map(|it| it.strip_prefix("Action=")).unwrap_or_default()
}

fn lock(scene: &Mutex<Scene>) -> MutexGuard<'_, Scene> {
    scene.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
