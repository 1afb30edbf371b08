//! The process behind a background cloud.

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
use crate::settings::Settings;
use crate::wait::pause;
use crate::{files, ports};

/// How long the last answer may take to leave.
const LAST_ANSWER: Duration = Duration::from_millis(100);

/// How often a cloud that starts looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);

/// How often, and how often at most, the lock is asked for.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);
const LOCK_TRIES: u32 = 10;

/// What to serve.
#[derive(Clone)]
pub struct Service {
    /// The cloud.
    pub settings: Settings,
    /// What to put into it, now and after each reset.
    pub setup: Setup,
}

/// Serves a cloud until somebody asks it to stop, also while it starts, or SIGTERM or SIGINT comes.
///
/// Meant to be a process of its own, started by [`up`](super::up); fails with [`Background::AlreadyServed`] when there
/// is one for this target folder.
pub async fn serve(service: Service) -> Result<(), Error> {
    let places = Places::of(&service.settings.target);
    places.make()?;
    let _lock = lock(&places, &service).await?;
    // Whoever left it is gone, or would hold the lock.
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

/// Holds the folder; those who only look whether it is held let go at once.
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

/// Ends when somebody wants the cloud to stop that takes no orders yet.
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
    let token = format!("{:016x}{:016x}", ports::random(), ports::random());
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

impl Started {
    async fn run(self, places: &Places, signals: impl Future<Output = ()>) -> Result<(), Error> {
        let app = control::router(Arc::clone(&self.control));
        let server = tokio::spawn(async move { axum::serve(self.listener, app).await });
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

/// Ends when the process is asked to end; a terminal that goes away is none of our business.
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
