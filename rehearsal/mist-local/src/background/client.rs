//! What other processes do with a background cloud.

use std::fs::{File, OpenOptions, TryLockError};
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

/// How long a cloud may take to start; the first start installs the AWS emulator.
const START_LIMIT: Duration = Duration::from_mins(10);

/// How long it may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// How long it may take to say that it is there.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How long a reset may take, with all that is put into the cloud again.
const RESET_LIMIT: Duration = Duration::from_mins(3);

/// How often somebody who waits looks.
const INTERVAL: Duration = Duration::from_millis(50);

/// Whether a background cloud runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It runs and answers.
    Running(CloudState),
    /// It left its file and is gone.
    Stale(CloudState),
    /// There is none.
    Stopped,
}

/// What [`up`] found or did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Up {
    /// It was started.
    Started(CloudState),
    /// It ran already.
    AlreadyRunning(CloudState),
}

/// Tells the truth about the cloud of this target folder, also when its process was killed.
pub async fn status(target: &Path) -> Result<Status, Error> {
    let Some(state) = CloudState::read(&Places::of(target).state())? else {
        return Ok(Status::Stopped);
    };
    // The answer carries the state of now, which a reset may have changed.
    let answer = ask(&state, reqwest::Method::GET, "status", ANSWER_LIMIT).await;
    Ok(match answer.ok().and_then(|answer| serde_json::from_value(answer).ok()) {
        Some(current) => Status::Running(current),
        // It may be too busy to answer, but it is there.
        None if is_served(&Places::of(target))? => Status::Running(state),
        None => Status::Stale(state),
    })
}

/// Whether a process serves; the lock goes with it, in whichever way it ends.
fn is_served(places: &Places) -> Result<bool, Error> {
    places.make()?;
    Ok(files::open_lock(&places.served())?.try_lock_shared().is_err())
}

/// Whether somebody starts a cloud, which has no state yet.
fn is_starting(places: &Places) -> Result<bool, Error> {
    places.make()?;
    let is_held = |path: &Path| Ok::<_, Error>(files::open_lock(path)?.try_lock_shared().is_err());
    Ok(is_held(&places.starting())? || is_held(&places.served())?)
}

/// Starts `command`, which must call [`serve`](super::serve) for the same target folder, detached from this process and
/// its terminal, and waits until the cloud answers.
///
/// Finding a running cloud is fine; of two that start at a time, one waits for the other's.
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
    let mut told = 0;
    while Instant::now() < deadline {
        told = pass_on(&places.log(), told, progress);
        if let Status::Running(state) = status(target).await? {
            return Ok(Up::Started(state));
        }
        if let Some(status) =
            child.try_wait().context(|| "look at the serving process".to_owned())?
        {
            if status.success() {
                return Err(Background::StoppedMeanwhile.into());
            }
            return Err(did_not_start(&status.to_string(), &places));
        }
        pause(INTERVAL).await;
    }
    // It is our own child, so its id cannot have been given to another process.
    let _ = child.kill();
    Err(did_not_start(&format!("silent for {} s", START_LIMIT.as_secs()), &places))
}

/// Asks the cloud to stop and waits until everything of it is gone; says whether one ran, or was being started.
///
/// A file that a killed cloud left is removed. Nothing is ever killed by its id.
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
        // Each time, as the serving process removes what is left from earlier times.
        std::fs::write(places.unwanted(), "").context(|| "ask the cloud to stop".to_owned())?;
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

/// Sends an order; an answer without the token is not from our cloud.
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
    let message =
        body.get("message").and_then(Value::as_str).unwrap_or("no reason given").to_owned();
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
        what: "the start of another `up`".to_owned(),
        seconds: START_LIMIT.as_secs(),
    })
}

fn detach(command: &mut Command, places: &Places) -> Result<Child, Error> {
    use std::os::unix::process::CommandExt as _;

    let what = || format!("write `{}`", places.log().display());
    let log = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .open(places.log())
        .context(what)?;
    let errors = log.try_clone().context(what)?;
    let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).process_group(0).spawn();
    child.context(|| "start the serving process".to_owned())
}

/// Says the lines that the serving process has printed since; gives how many there are.
fn pass_on(log: &Path, told: usize, progress: &Progress) -> usize {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    // A line without its end is still being written.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().skip(told).for_each(|line| progress.say(line));
    whole.lines().count().max(told)
}

fn did_not_start(reason: &str, places: &Places) -> Error {
    Background::DidNotStart { reason: reason.to_owned(), log_tail: files::tail(&places.log(), 20) }
        .into()
}
