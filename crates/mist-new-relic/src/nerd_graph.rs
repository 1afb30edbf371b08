//! Change tracking, over NerdGraph.

use jiff::{Timestamp, ToSpan};
use mist_core::ports::{Account, MarkError, Release};
use reqwest::Client;
use serde_json::{Value, json};

use crate::http::{MOST_PAGES, json as json_of, key, key_refused, send, shown};

const FIND: &str = "query($query: String!, $cursor: String) { actor { entitySearch(query: $query) { \
                    results(cursor: $cursor) { entities { guid name } nextCursor } } } }";

const LOOK: &str = "query($guid: EntityGuid!, $filter: ChangeTrackingSearchFilter) { actor { \
                    entity(guid: $guid) { deploymentSearch(filter: $filter) { \
                    results { deploymentId groupId version } } } } }";

const MARK: &str = "mutation($deployment: ChangeTrackingDeploymentInput!) { \
                    changeTrackingCreateDeployment(deployment: $deployment) { deploymentId } }";

/// The most markers of the application that are read.
const MOST_MARKERS: u32 = 100;

/// The error classes that New Relic's own clients retry.
const TRANSIENT: [&str; 3] = ["TIMEOUT", "INTERNAL_SERVER_ERROR", "SERVER_ERROR"];

/// The GUIDs of all applications with the name.
pub(super) async fn applications(
    client: &Client,
    account: &Account<'_>,
) -> Result<Vec<String>, MarkError> {
    let wanted = account.settings.application.as_str();
    let name = wanted.replace('\\', "\\\\").replace('\'', "\\'");
    let query = format!("name = '{name}' AND domain = 'APM' AND type = 'APPLICATION'");
    let mut guids = Vec::new();
    let mut cursor = Value::Null;
    for _ in 0..MOST_PAGES {
        let variables = json!({ "query": query, "cursor": cursor });
        let data = ask(client, account, FIND, variables).await?;
        let results = &data["actor"]["entitySearch"]["results"];
        let Some(entities) = results["entities"].as_array() else {
            return Err(unclear("a search without entities"));
        };
        // The search ignores case, for example.
        for entity in entities.iter().filter(|entity| entity["name"] == wanted) {
            let guid =
                entity["guid"].as_str().ok_or_else(|| unclear("an entity without a GUID"))?;
            guids.push(guid.to_owned());
        }
        cursor = results["nextCursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    Ok(guids)
}

/// The id of the marker of `release` on the entity `guid`.
pub(super) async fn marked(
    client: &Client,
    account: &Account<'_>,
    guid: &str,
    release: &Release,
) -> Result<Option<String>, MarkError> {
    // The clocks of mist and New Relic can differ.
    let since = release.since.checked_sub(5.minutes()).unwrap_or(Timestamp::UNIX_EPOCH);
    let window = json!({ "startTime": since.as_millisecond() });
    let filter = json!({ "limit": MOST_MARKERS, "timeWindow": window });
    let data = ask(client, account, LOOK, json!({ "guid": guid, "filter": filter })).await?;
    let results = &data["actor"]["entity"]["deploymentSearch"]["results"];
    let mut marks = results.as_array().into_iter().flatten();
    let ours = marks.find(|mark| {
        mark["groupId"] == release.group_id.as_str() && mark["version"] == release.version.as_str()
    });
    Ok(ours.and_then(|mark| mark["deploymentId"].as_str()).map(str::to_owned))
}

/// Creates the marker of `release` on the entity `guid`.
pub(super) async fn mark(
    client: &Client,
    account: &Account<'_>,
    guid: &str,
    release: &Release,
) -> Result<String, MarkError> {
    let mut deployment = json!({
        "entityGuid": guid,
        "version": release.version,
        "description": release.description,
        "user": release.user,
        "groupId": release.group_id,
        "deploymentType": "BLUE_GREEN",
        "timestamp": release.time.as_millisecond(),
    });
    for (field, text) in [
        ("changelog", &release.changelog),
        ("commit", &release.commit),
        ("deepLink", &release.deep_link),
    ] {
        if let Some(text) = text {
            deployment[field] = json!(text);
        }
    }
    let data = ask(client, account, MARK, json!({ "deployment": deployment })).await?;
    let id = data["changeTrackingCreateDeployment"]["deploymentId"].as_str();
    id.map(str::to_owned).ok_or_else(|| unclear("a marker without an id"))
}

async fn ask(
    client: &Client,
    account: &Account<'_>,
    query: &str,
    variables: Value,
) -> Result<Value, MarkError> {
    let request = client
        .post(account.settings.endpoint())
        .header("API-Key", key(account)?)
        .json(&json!({ "query": query, "variables": variables }));
    let mut answer = json_of(send(account, request).await?).await?;
    // GraphQL reports errors with status 200, even together with data.
    match answer["errors"].as_array().map_or(&[][..], Vec::as_slice) {
        [] if answer["data"].is_object() => Ok(answer["data"].take()),
        [] => Err(unclear("neither data nor errors")),
        [error, ..] => Err(refusal(account, error)),
    }
}

fn refusal(account: &Account<'_>, error: &Value) -> MarkError {
    let message = shown(error["message"].as_str().unwrap_or("an error without a message"));
    let extension = |name: &str| error["extensions"][name].as_str().unwrap_or_default();
    if extension("error_code") == "BAD_API_KEY" {
        return key_refused(account, "BAD_API_KEY");
    }
    match extension("errorClass") {
        class if TRANSIENT.contains(&class) => MarkError::Unavailable { message },
        "TOO_MANY_REQUESTS" => MarkError::Throttled { after: None },
        _ => MarkError::Refused { message },
    }
}

fn unclear(problem: &str) -> MarkError {
    MarkError::Unclear { problem: problem.to_owned() }
}
