//! Everything that the functions call: AWS, New Relic and the application, over HTTPS, and a name server.

mod answers;
mod beanstalk;
mod github;
mod ledger;
mod name_server;
mod s3;
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
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::Result;

use name_server::NameServer;

/// The name of the stack that the functions work for; its certificate is the peer's.
pub(crate) const DOMAIN: &str = "qa.mist.test";

/// The alarm that the stack is watched by.
pub(crate) const ALARM: &str = "qa-errors";

/// When both environments last changed.
pub(crate) const UPDATED: &str = "2026-01-02T03:05:05Z";

/// The own names of the two environments.
const SIDE_A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
const SIDE_B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

/// The name of the function that does nothing.
pub(crate) const EMPTY: &str = "empty";

/// An HTTPS server with an answer for each call of the functions; it ends with this value.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    /// How many certificates are in the file of [`Peer::roots`].
    pub(crate) number_of_roots: usize,
    folder: TempDir,
    scene: Arc<Mutex<Scene>>,
    name_server: NameServer,
    server: JoinHandle<()>,
}

/// How things are before a function is invoked, and what it has done since.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is about another service")]
struct Scene {
    /// How many calls there were.
    calls: usize,
    /// Whether side B runs the new version already.
    deployed: bool,
    /// Whether the run has the lock of the stack already.
    locked: bool,
    /// Whether Beanstalk has been given the new version.
    kept: bool,
    /// Where GitHub is.
    github: String,
    /// Whether the bundle of a commit is still to be made.
    unfetched: bool,
    /// How large the bundle is that was written, in bytes.
    written: usize,
    /// The token for GitHub, in place of a made-up secret.
    token: Option<&'static str>,
}

impl Scene {
    /// Before `function`; `None` for a function that nobody has set a scene for.
    fn before(function: &str) -> Option<Self> {
        let (deployed, locked) = match function {
            "accept" | "lock" | "plan" | EMPTY => (false, false),
            "deploy" | "fetch" => (false, true),
            "announce" | "bake" | "mark" | "scale" | "settle" | "start" | "stop" | "swap"
            | "tail-log" | "verify" | "version" | "wait-ready" | "warm" => (true, true),
            _ => return None,
        };
        Some(Self { deployed, locked, ..Self::default() })
    }
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
        // The pieces of a bundle are larger than usual.
        let router = router.layer(DefaultBodyLimit::disable());
        let listener = tls::TlsListener::new(listener, identity)?;
        let name_server = NameServer::start().await?;
        let server = tokio::spawn(async { drop(axum::serve(listener, router).await) });
        Ok(Self { port, number_of_roots, folder, scene, name_server, server })
    }

    /// Where AWS is.
    pub(crate) fn aws(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Where New Relic is.
    pub(crate) fn new_relic(&self) -> String {
        format!("https://localhost:{}/graphql", self.port)
    }

    /// The only name server that there is.
    pub(crate) fn name_server(&self) -> SocketAddr {
        self.name_server.address
    }

    /// The file with the certificates that a function must trust: those of this machine and the peer's.
    pub(crate) fn roots(&self) -> PathBuf {
        self.folder.path().join(ROOTS)
    }

    /// Puts everything back to how it is before `function` is invoked.
    pub(crate) fn set_the_scene(&self, function: &str) -> Result<()> {
        let before = Scene::before(function);
        let before = before.ok_or_else(|| format!("there is no scene for `{function}`"))?;
        *lock(&self.scene) = Scene { github: format!("{}{GITHUB}", self.aws()), ..before };
        Ok(())
    }

    /// Has the bundle of a commit made that is on the GitHub at `url`, which `token` opens.
    pub(crate) fn set_an_unfetched_scene(&self, url: &str, token: &'static str) -> Result<()> {
        self.set_the_scene("fetch")?;
        let mut scene = lock(&self.scene);
        url.clone_into(&mut scene.github);
        scene.unfetched = true;
        scene.token = Some(token);
        Ok(())
    }

    /// How large the bundle is that was written since then, in bytes.
    pub(crate) fn written(&self) -> usize {
        lock(&self.scene).written
    }

    /// How many HTTPS calls there were since then.
    pub(crate) fn calls(&self) -> usize {
        lock(&self.scene).calls
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

const ROOTS: &str = "roots.pem";

/// What the paths begin with that stand for GitHub's API.
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
        return s3::fetched(&mut scene, &method, uri.query().unwrap_or_default(), body.len());
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
        return answers::s3(&method, path);
    }
    let operation = operation(&method, path, header("x-amz-target"), &body);
    if operation == "CreateApplicationVersion" {
        scene.kept = true;
    }
    match answers::aws(operation, &scene) {
        Ok(Some(answer)) => answer,
        // The function then says which call failed.
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => (StatusCode::NOT_IMPLEMENTED, error.to_string()).into_response(),
    }
}

/// What is asked of AWS, in whichever of its protocols.
fn operation<'a>(method: &Method, path: &'a str, target: &'a str, body: &'a str) -> &'a str {
    if let Some((_, operation)) = target.rsplit_once('.') {
        return operation;
    }
    if let Some((_, operation)) = path.split_once("/operation/") {
        return operation;
    }
    if path.starts_with("/2013-04-01/change/") {
        return "GetChange";
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
