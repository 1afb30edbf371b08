//! Start, status, reset and stop of a background cloud, from other processes.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::control::TOKEN_HEADER;
use super::places::Places;
use super::state::{self, CloudState};
use crate::error::{Background, Context, Error};
use crate::progress::Progress;
use crate::wait::pause;
use crate::{files, http};

/// The longest time until a cloud has started. The first start installs the AWS emulator.
const START_LIMIT: Duration = Duration::from_mins(10);

/// The longest time until it has stopped.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// The longest time until it answers a status request.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// The longest time of a reset, including the setup.
const RESET_LIMIT: Duration = Duration::from_mins(3);

/// The pause between two checks while waiting.
const INTERVAL: Duration = Duration::from_millis(50);

/// The status of a background cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// The cloud runs.
    Running(CloudState),
    /// The state file exists, but its process has ended.
    Stale(CloudState),
    /// No cloud runs.
    Stopped,
}

/// The result of [`up`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Up {
    /// The cloud was started.
    Started(CloudState),
    /// The cloud was already running.
    AlreadyRunning(CloudState),
}

/// The status of the cloud of this target folder. It is right even if its process was killed.
pub async fn status(target: &Path) -> Result<Status, Error> {
    let Some(state) = CloudState::read(&Places::of(target).state())? else {
        return Ok(Status::Stopped);
    };
    // The answer has the current state, which a reset may have changed.
    let answer = ask(&state, reqwest::Method::GET, "status", ANSWER_LIMIT).await;
    Ok(match answer.ok().and_then(|answer| serde_json::from_value(answer).ok()) {
        Some(current) => Status::Running(current),
        // A busy cloud may not answer, but its process holds the lock.
        None if is_served(&Places::of(target))? => Status::Running(state),
        None => Status::Stale(state),
    })
}

/// Whether a process serves. Its lock is released when it ends, even if it is killed.
fn is_served(places: &Places) -> Result<bool, Error> {
    places.make()?;
    Ok(files::open_lock(&places.served())?.try_lock_shared().is_err())
}

/// Whether a process is starting a cloud, which has no state yet.
fn is_starting(places: &Places) -> Result<bool, Error> {
    places.make()?;
    let is_held = |path: &Path| Ok::<_, Error>(files::open_lock(path)?.try_lock_shared().is_err());
    Ok(is_held(&places.starting())? || is_held(&places.served())?)
}

/// Starts `command`, detached from this process and its terminal, and waits until the cloud answers. `command` must
/// call [`serve`](super::serve) for the same target folder.
///
/// A running cloud is a success. If two calls start at the same time, one waits for the cloud of the other.
pub async fn up(target: &Path, mut command: Command, progress: &Progress) -> Result<Up, Error> {
    let places = Places::of(target);
    places.make()?;
    let _starting = lock(&places.starting()).await?;
    if let Status::Running(state) = status(target).await? {
        return Ok(Up::AlreadyRunning(state));
    }
    state::remove(&places.state())?;
    let mut child = detach(&mut command, &places)?;
    let deadline = Instant::now() + START_LIMIT;
    let mut reported = 0;
    while Instant::now() < deadline {
        reported = pass_on(&places.log(), reported, progress);
        if let Status::Running(state) = status(target).await? {
            return Ok(Up::Started(state));
        }
        if let Some(status) =
            child.try_wait().context(|| "read the status of the serving process".to_owned())?
        {
            if status.success() {
                return Err(Background::StoppedMeanwhile.into());
            }
            return Err(did_not_start(&status.to_string(), &places));
        }
        pause(INTERVAL).await;
    }
    // The process is our own child, so its id cannot belong to another process.
    let _ = child.kill();
    Err(did_not_start(&format!("no answer within {} s", START_LIMIT.as_secs()), &places))
}

/// Stops the cloud and waits until all its processes have ended. Returns whether one ran or was starting.
///
/// Removes the state file of a killed cloud. It never kills a process by its id.
pub async fn down(target: &Path) -> Result<bool, Error> {
    let places = Places::of(target);
    let mut ended = false;
    let deadline = Instant::now() + STOP_LIMIT;
    let state = loop {
        if let Status::Running(state) = status(target).await? {
            break state;
        }
        if !is_starting(&places)? {
            state::remove(&places.unwanted())?;
            state::remove(&places.state())?;
            return Ok(ended);
        }
        if Instant::now() >= deadline {
            return Err(Background::StillStarting { seconds: STOP_LIMIT.as_secs() }.into());
        }
        ended = true;
        // Written again each time, since the serving process removes an old request when it starts.
        std::fs::write(places.unwanted(), "").context(|| "request the cloud to stop".to_owned())?;
        pause(INTERVAL).await;
    };
    ask(&state, reqwest::Method::POST, "stop", ANSWER_LIMIT).await?;
    let deadline = Instant::now() + STOP_LIMIT;
    while Instant::now() < deadline {
        if !is_served(&places)? {
            state::remove(&places.unwanted())?;
            return Ok(true);
        }
        pause(INTERVAL).await;
    }
    Err(Background::DidNotStop { pid: state.pid, seconds: STOP_LIMIT.as_secs() }.into())
}

/// Resets the cloud and sets it up again; returns its new state.
pub async fn reset(target: &Path) -> Result<CloudState, Error> {
    let Status::Running(state) = status(target).await? else {
        return Err(Background::NotRunning.into());
    };
    ask(&state, reqwest::Method::POST, "reset", RESET_LIMIT).await?;
    match status(target).await? {
        Status::Running(state) => Ok(state),
        Status::Stale(_) | Status::Stopped => Err(Background::NotRunning.into()),
    }
}

/// Sends an order. An answer without the token does not come from this cloud.
async fn ask(
    state: &CloudState,
    method: reqwest::Method,
    order: &str,
    limit: Duration,
) -> Result<Value, Error> {
    let url = format!("http://127.0.0.1:{}/{order}", state.control_port);
    let failed = |source| Error::Http { url: url.clone(), source };
    let request = http::client(limit)?.request(method, &url).header(TOKEN_HEADER, &state.token);
    let answer = request.send().await.map_err(failed)?;
    let genuine = answer
        .headers()
        .get(TOKEN_HEADER)
        .is_some_and(|token| token.as_bytes() == state.token.as_bytes());
    if !genuine {
        return Err(Background::NotRunning.into());
    }
    let good = answer.status().is_success();
    let body: Value = answer.json().await.map_err(failed)?;
    if good {
        return Ok(body);
    }
    let message = body.get("message").and_then(Value::as_str).unwrap_or("no details").to_owned();
    Err(Background::Refused { message }.into())
}

async fn lock(path: &Path) -> Result<File, Error> {
    let file = files::open_lock(path)?;
    let deadline = Instant::now() + START_LIMIT;
    while Instant::now() < deadline {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => pause(INTERVAL).await,
            Err(TryLockError::Error(source)) => {
                return Err(Error::Io { what: format!("lock `{}`", path.display()), source });
            }
        }
    }
    Err(Error::TookTooLong {
        what: "waiting for another `up`".to_owned(),
        seconds: START_LIMIT.as_secs(),
    })
}

fn detach(command: &mut Command, places: &Places) -> Result<Child, Error> {
    use std::os::unix::process::CommandExt as _;

    let what = || format!("write `{}`", places.log().display());
    let log = files::make_private(&places.log())?;
    let errors = log.try_clone().context(what)?;
    let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0).spawn();
    child.context(|| "start the serving process".to_owned())
}

/// Reports the new lines of the serving process; returns the number of all lines.
fn pass_on(log: &Path, reported: usize, progress: &Progress) -> usize {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    // A line without its end is still being written.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().skip(reported).for_each(|line| progress.say(line));
    whole.lines().count().max(reported)
}

fn did_not_start(reason: &str, places: &Places) -> Error {
    Background::DidNotStart { reason: reason.to_owned(), log_tail: files::tail(&places.log(), 20) }
        .into()
}
