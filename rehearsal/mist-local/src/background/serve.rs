//! The process that serves a background cloud.

use std::fs::{File, TryLockError};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, Notify, RwLock};

use super::control::{self, Control};
use super::places::Places;
use super::setup::{self, Setup};
use super::state::{self, CloudState};
use crate::cloud::Cloud;
use crate::error::{Background, Context, Error};
use crate::files;
use crate::guard;
use crate::settings::Settings;
use crate::wait::pause;

/// The pause in which the last answer is sent.
const LAST_ANSWER: Duration = Duration::from_millis(100);

/// The pause between two checks whether a starting cloud must stop.
const LOOK: Duration = Duration::from_millis(100);

/// The pause between two attempts to acquire the lock, and the number of attempts.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);
const LOCK_TRIES: u32 = 10;

/// A cloud to serve, with its setup.
#[derive(Clone)]
pub struct Service {
    /// The settings of the cloud.
    pub settings: Settings,
    /// The setup, at the start and after each reset.
    pub setup: Setup,
}

/// Serves a cloud until it is requested to stop, even while it starts, or gets SIGTERM or SIGINT.
///
/// [`up`](super::up) starts it in a process of its own. Fails with [`Background::AlreadyServed`] if another process
/// serves this target folder.
pub async fn serve(service: Service) -> Result<(), Error> {
    let places = Places::of(&service.settings.target);
    places.make()?;
    let _lock = lock(&places, &service).await?;
    // The process that wrote it has ended: the lock is free.
    state::remove(&places.state())?;
    state::remove(&places.unwanted())?;
    let signals = signals()?;
    let started = tokio::select! {
        outcome = start(&service, &places) => outcome?,
        () = signals => return Ok(()),
        () = unwanted(&places) => return Ok(()),
    };
    started.run(&places, self::signals()?).await
}

/// Acquires the lock of the folder. A process that only checks the lock releases it immediately.
async fn lock(places: &Places, service: &Service) -> Result<File, Error> {
    let file = files::open_lock(&places.served())?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => pause(LOCK_INTERVAL).await,
            Err(TryLockError::Error(source)) => {
                return Err(Error::Io {
                    what: format!("lock `{}`", places.served().display()),
                    source,
                });
            }
        }
    }
    Err(Background::AlreadyServed { folder: service.settings.target.clone() }.into())
}

/// Ends when the cloud is requested to stop before it takes orders.
async fn unwanted(places: &Places) {
    while !places.unwanted().exists() {
        pause(LOOK).await;
    }
}

struct Started {
    control: Arc<Control>,
    listener: tokio::net::TcpListener,
}

async fn start(service: &Service, places: &Places) -> Result<Started, Error> {
    let cloud = Arc::new(Cloud::start(service.settings.clone()).await?);
    let outputs = setup::run(&service.setup, &cloud).await?;
    let (listener, address) = control::bind().await?;
    let token = token()?;
    let state = CloudState {
        pid: std::process::id(),
        control_port: address.port(),
        token: token.clone(),
        started: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
        endpoints: cloud.endpoints().clone(),
        outputs,
        logs: vec![cloud.aws_log().to_owned(), places.log()],
    };
    state.write(&places.state())?;
    let control = Control {
        cloud,
        setup: Arc::clone(&service.setup),
        state: RwLock::new(state),
        token,
        resetting: Mutex::default(),
        stop: Notify::new(),
    };
    Ok(Started { control: Arc::new(control), listener })
}

/// A token that no other program can guess.
fn token() -> Result<String, Error> {
    let mut bytes = [0; 16];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| Error::Io {
        what: "get random bytes".to_owned(),
        source: std::io::Error::from(std::io::ErrorKind::Unsupported),
    })?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

impl Started {
    async fn run(self, places: &Places, signals: impl Future<Output = ()>) -> Result<(), Error> {
        let app = control::router(Arc::clone(&self.control));
        let server = guard::serve(self.listener, app);
        tokio::select! {
            () = self.control.stop.notified() => pause(LAST_ANSWER).await,
            () = signals => {}
        }
        server.abort();
        state::remove(&places.state())?;
        self.control.cloud.stop().await;
        Ok(())
    }
}

/// Ends at SIGTERM or SIGINT. SIGHUP is ignored, since the cloud outlives its terminal.
fn signals() -> Result<impl Future<Output = ()>, Error> {
    let listen = |kind| signal(kind).context(|| "listen to signals".to_owned());
    let mut terminate = listen(SignalKind::terminate())?;
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    Ok(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = interrupt.recv() => return,
                _ = hang_up.recv() => {}
            }
        }
    })
}
