//! Everything that the functions call: AWS, New Relic and the application, over HTTPS.

mod answers;
mod tls;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::Result;

/// The name of the stack that the functions work for; its certificate is the peer's.
pub(crate) const DOMAIN: &str = "qa.mist.test";

/// An HTTPS server with an answer for each call of the functions; it ends with this value.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    /// How many certificates are in the file of [`Peer::roots`].
    pub(crate) number_of_roots: usize,
    folder: TempDir,
    scene: Arc<Scene>,
    server: JoinHandle<()>,
}

/// How things are before a function is invoked.
#[derive(Debug, Default)]
struct Scene {
    calls: AtomicUsize,
    /// Whether the environment runs the new version already.
    deployed: AtomicBool,
    /// Whether Beanstalk has been given the new version.
    kept: AtomicBool,
}

impl Peer {
    /// Listens on a free port of this machine.
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let identity = tls::Identity::new(&["localhost", DOMAIN])?;
        let number_of_roots = identity.write_roots(&folder.path().join(ROOTS))?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let scene = Arc::new(Scene::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&scene));
        let listener = tls::TlsListener::new(listener, identity)?;
        let server = tokio::spawn(async { drop(axum::serve(listener, router).await) });
        Ok(Self { port, number_of_roots, folder, scene, server })
    }

    /// The file with the certificates that a function must trust: those of this machine and the peer's.
    pub(crate) fn roots(&self) -> PathBuf {
        self.folder.path().join(ROOTS)
    }

    /// Puts everything back to how it is before `function` is invoked.
    pub(crate) fn set_the_scene(&self, function: &str) {
        self.scene.calls.store(0, Ordering::Relaxed);
        self.scene.kept.store(false, Ordering::Relaxed);
        self.scene.deployed.store(function == "wait-ready", Ordering::Relaxed);
    }

    /// How many calls there were since then.
    pub(crate) fn calls(&self) -> usize {
        self.scene.calls.load(Ordering::Relaxed)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

const ROOTS: &str = "roots.pem";

async fn answer(
    State(scene): State<Arc<Scene>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    scene.calls.fetch_add(1, Ordering::Relaxed);
    let header = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let path = uri.path();
    if let Some((_, operation)) = header("x-amz-target").rsplit_once('.') {
        return answers::json_service(operation);
    }
    if header("host").starts_with(DOMAIN) {
        return answers::text("<h1>v2</h1>");
    }
    if path.starts_with("/2013-04-01/") {
        return answers::route53(&method);
    }
    if path.starts_with("/artifacts/") {
        return answers::s3(&method);
    }
    let body = String::from_utf8_lossy(&body);
    if path == "/graphql" {
        return answers::new_relic(&body);
    }
    let action = body.split('&').find_map(|it| it.strip_prefix("Action=")).unwrap_or_default();
    if action == "CreateApplicationVersion" {
        scene.kept.store(true, Ordering::Relaxed);
    }
    let deployed = scene.deployed.load(Ordering::Relaxed);
    answers::beanstalk(action, scene.kept.load(Ordering::Relaxed), deployed)
}
