//! The last lines of the logs of an environment's instances, which often show why a version does not run.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    beanstalk::instance_log::excerpt,
    error::Error,
    names::EnvironmentName,
    ports::{Clock, HttpText, Logs},
};

/// The most instances whose log is read.
const INSTANCES: usize = 2;

/// The most lines that are kept.
const LINES: usize = 60;

/// The most bytes that are read of one log.
const BYTES: usize = 512 * 1024;

/// The longest time that instances may take to send their logs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pause between two tries to retrieve the logs.
const PAUSE: Duration = Duration::from_secs(2);

/// The last lines since `since` of the logs that the instances of `environment` send, with their secrets masked. If no
/// instance sends its log in time, the error is [`Error::NotReady`].
pub async fn read(
    (logs, texts, clock): (&impl Logs, &impl HttpText, &impl Clock),
    environment: &EnvironmentName,
    since: Timestamp,
) -> Result<Vec<String>, Error> {
    let asked = clock.now();
    logs.request(environment).await?;
    let sent = loop {
        let mut sent = logs.retrieve(environment).await?;
        // Older logs are of another request. Beanstalk's times have whole seconds.
        sent.retain(|log| log.time.as_second() >= asked.as_second());
        if !sent.is_empty() {
            break sent;
        }
        if clock.now().duration_since(asked).unsigned_abs() >= PATIENCE {
            let (what, status) = ("the log".to_owned(), "no instance has sent it".to_owned());
            return Err(Error::NotReady { what, status });
        }
        clock.pause(PAUSE).await;
    };
    let mut lines = Vec::new();
    for log in sent.iter().take(INSTANCES) {
        let text = texts.read(&log.url, BYTES).await?;
        lines.extend(excerpt(&text, since).iter().map(|line| format!("{}: {line}", log.instance)));
    }
    lines.drain(..lines.len().saturating_sub(LINES));
    Ok(lines)
}
