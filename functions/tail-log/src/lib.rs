//! Fetches what the instances of an environment logged last, for who reads why a release failed.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    EnvironmentName, Error,
    instance_log::excerpt,
    ports::{Logs, Texts},
};
use serde::{Deserialize, Serialize};

/// From how many instances the log is told.
const INSTANCES: usize = 2;

/// How long the text may be, in characters. Step Functions takes 32768 of a cause, and there is more in it.
const LONGEST: usize = 8000;

/// How many bytes of what an instance sent are read.
const MOST_BYTES: usize = 512 * 1024;

/// Whose log.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The environment.
    pub environment: EnvironmentName,
    /// What to do.
    pub step: Step,
}

/// What a call does.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Step {
    /// Has the instances send the ends of their logs.
    Ask,
    /// Reads what they have sent since they were asked.
    #[serde(rename_all = "camelCase")]
    Read {
        /// When they were asked.
        since: Timestamp,
    },
}

/// What the instances logged last.
#[derive(Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// A few lines of the logs that tell of the deployment and the application; null when they were only
    /// asked for, or say nothing.
    pub log: Option<String>,
}

/// Asks for the logs, or reads them: [`Error::NotReady`] asks to look again later. Asking again has them
/// sent again, which changes nothing.
pub async fn run(
    logs: &impl Logs,
    texts: &impl Texts,
    Request { environment, step }: Request,
) -> Result<Response, Error> {
    let since = match step {
        Step::Ask => {
            logs.ask(&environment).await?;
            return Ok(Response { log: None });
        }
        Step::Read { since } => since,
    };
    // What was sent before is of another deployment.
    let mut sent = logs.sent(&environment).await?;
    sent.retain(|log| log.time >= since);
    if sent.is_empty() {
        let what = format!("the log of environment `{environment}`");
        return Err(Error::NotReady { what, status: "no instance has sent it yet".to_owned() });
    }
    let mut told = Vec::new();
    for log in sent.iter().take(INSTANCES) {
        let excerpt = excerpt(&texts.read(&log.url, MOST_BYTES).await?);
        if !excerpt.is_empty() {
            told.push(format!("{}: {excerpt}", log.instance));
        }
    }
    let told: String = told.join("; ").chars().take(LONGEST).collect();
    Ok(Response { log: (!told.is_empty()).then_some(told) })
}
