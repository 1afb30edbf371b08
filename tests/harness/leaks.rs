//! Secrets are in Secrets Manager and in requests to their services only. After every execution of every story,
//! everything that it left is searched for every secret.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mist_local::Cloud;
use serde_json::{Value, json};

use crate::result::Result;

/// The tables of an installation.
const TABLES: [&str; 2] = ["mist-stacks", "mist-releases"];

/// The most lines that one answer of CloudWatch Logs holds.
const MOST_LINES: usize = 10_000;

/// The number of characters that are shown before a find; the find itself is not.
const SHOWN: usize = 60;

/// A value that may not show.
#[derive(Clone, Debug)]
pub struct Secret {
    /// Its name, for reports.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Secret {
    /// The value as it could show: as it is, as a header for basic authentication has it, and the password
    /// in it.
    fn forms(&self) -> Vec<String> {
        let encoded = BASE64_STANDARD.encode(&self.value);
        let password = self.value.split_once(':').map(|(_, password)| password.to_owned());
        [Some(self.value.clone()), Some(encoded), password].into_iter().flatten().collect()
    }
}

/// A text, and its place.
#[derive(Clone, Debug)]
pub struct Place {
    /// The name of the place, for reports.
    pub name: String,
    /// The text at the place.
    pub text: String,
}

impl Place {
    /// The text at `name`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// The secrets that show, with the place and the text before each.
pub fn find(secrets: &[Secret], places: &[Place]) -> Vec<String> {
    let mut found = Vec::new();
    for Place { name, text } in places {
        for secret in secrets {
            let Some(at) = secret.forms().iter().find_map(|form| text.find(form.as_str())) else {
                continue;
            };
            let begin = text[..at].char_indices().rev().nth(SHOWN).map_or(0, |(begin, _)| begin);
            let before = &text[begin..at];
            found.push(format!("`{}` shows in {name}, after `{before}`", secret.name));
        }
    }
    found
}

/// The secrets of a cloud, and the position in its log.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    secrets: Mutex<Vec<Secret>>,
    read: Mutex<u64>,
}

impl Watch {
    /// Adds `secret` to the search from now on.
    pub(crate) fn over(&self, secret: Secret) {
        lock(&self.secrets).push(secret);
    }

    /// Every secret so far.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        lock(&self.secrets).clone()
    }

    /// The log of the emulator since the last look, with some text before: a secret could be half written then.
    pub(crate) fn log(&self, cloud: &Cloud) -> Result<Place> {
        const OVERLAP: u64 = 4096;
        let mut read = lock(&self.read);
        let mut file = File::open(cloud.aws_log())?;
        file.seek(SeekFrom::Start(read.saturating_sub(OVERLAP)))?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        *read = file.stream_position()?;
        Ok(Place::new("the log of the emulator", String::from_utf8_lossy(&text)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Everything that `execution` left, and that all executions share: its input, output, error and history, the logs of the
/// functions since it began, the tables, and the requests to services outside AWS.
pub async fn places(cloud: &Cloud, execution: &str) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    let states = |operation: &str| format!("AWSStepFunctions.{operation}");
    let asked = json!({ "executionArn": execution });
    let described = cloud.ask("states", &states("DescribeExecution"), &asked).await?;
    for field in ["input", "output", "error", "cause"] {
        let text = described[field].as_str().unwrap_or_default();
        places.push(Place::new(format!("the {field} of {execution}"), text));
    }
    let mut next = Value::Null;
    loop {
        let mut asked =
            json!({ "executionArn": execution, "maxResults": 1000, "includeExecutionData": true });
        if next.is_string() {
            asked["nextToken"] = next;
        }
        let page = cloud.ask("states", &states("GetExecutionHistory"), &asked).await?;
        places.push(Place::new(format!("the history of {execution}"), page["events"].to_string()));
        next = page["nextToken"].clone();
        if next.is_null() {
            break;
        }
    }
    places.extend(logs(cloud, &described["startDate"]).await?);
    for table in TABLES {
        let asked = json!({ "TableName": table });
        let items = cloud.ask("dynamodb", "DynamoDB_20120810.Scan", &asked).await?;
        places.push(Place::new(format!("table {table}"), items.to_string()));
    }
    let recorder = cloud.recorder();
    places.push(Place::new("the markers in New Relic", json!(recorder.markers()).to_string()));
    places.push(Place::new("the requests to New Relic", json!(recorder.requests()).to_string()));
    Ok(places)
}

/// The logs of all functions since the execution began.
async fn logs(cloud: &Cloud, began: &Value) -> Result<Vec<Place>> {
    // In seconds, with a fraction; logs count milliseconds.
    let began = Duration::try_from_secs_f64(began.as_f64().unwrap_or_default())?.as_secs() * 1000;
    let asked = json!({ "logGroupNamePrefix": "/mist/" });
    let groups = cloud.ask("logs", "Logs_20140328.DescribeLogGroups", &asked).await?;
    let mut places = Vec::new();
    for group in groups["logGroups"].as_array().into_iter().flatten() {
        let name = group["logGroupName"].as_str().unwrap_or_default();
        places.push(Place::new(format!("log group {name}"), lines(cloud, name, began).await?));
    }
    if places.is_empty() {
        return Err("the functions have no log groups".into());
    }
    Ok(places)
}

/// The lines of the log group `name` since `began`, in milliseconds since 1970.
async fn lines(cloud: &Cloud, name: &str, mut began: u64) -> Result<String> {
    let mut text = String::new();
    loop {
        let asked = json!({ "logGroupName": name, "startTime": began, "limit": MOST_LINES });
        let found = cloud.ask("logs", "Logs_20140328.FilterLogEvents", &asked).await?;
        let events = found["events"].as_array().map_or(&[][..], Vec::as_slice);
        for line in events.iter().filter_map(|event| event["message"].as_str()) {
            text.push_str(line);
            text.push('\n');
        }
        // The emulator gives no token for the next page. Lines of the last millisecond come twice.
        let last = events.last().and_then(|event| event["timestamp"].as_u64()).unwrap_or(began);
        if events.len() < MOST_LINES || last == began {
            return Ok(text);
        }
        began = last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Vec<Secret> {
        let secret =
            |name: &str, value: &str| Secret { name: name.to_owned(), value: value.to_owned() };
        vec![secret("mist/key", "NRAK-TOP-SECRET"), secret("mist/password", "user:pa55w0rd")]
    }

    #[test]
    fn a_secret_is_found_in_each_form() {
        for text in [
            "the key is NRAK-TOP-SECRET, keep it",
            r#"{\"apiKey\":\"NRAK-TOP-SECRET\"}"#,
            "https://user:pa55w0rd@qa.mist.test/",
            "the password pa55w0rd was wrong",
            "Authorization: Basic dXNlcjpwYTU1dzByZA==",
        ] {
            let found = find(&secrets(), &[Place::new("a log", text)]);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].contains("shows in a log"), "{found:?}");
            assert!(!found[0].contains("SECRET") && !found[0].contains("pa55w0rd"), "{found:?}");
        }
    }

    #[test]
    fn the_name_of_a_secret_is_none() {
        let text = "secret `mist/key` cannot be read; user of mist/password";
        assert_eq!(find(&secrets(), &[Place::new("a log", text)]), Vec::<String>::new());
    }

    #[test]
    fn every_place_and_every_secret_is_reported() {
        let text = "ä NRAK-TOP-SECRET and user:pa55w0rd";
        let places = ["a", "b"].map(|name| Place::new(name, text));
        assert_eq!(find(&secrets(), &places).len(), 4);
    }
}
