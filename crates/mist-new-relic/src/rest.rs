//! Deployments in the REST API (v2), for accounts that only have a key of it.

use mist_core::ports::{Account, MarkError, Release};
use reqwest::{Client, Response, header::LINK};
use serde_json::{Value, json};

use crate::http::{MOST_PAGES, json as json_of, key, send};

/// The ids of all applications with the name.
pub(super) async fn applications(
    client: &Client,
    account: &Account<'_>,
) -> Result<Vec<String>, MarkError> {
    let wanted = account.settings.application.as_str();
    let mut ids = Vec::new();
    for page in 1..=MOST_PAGES {
        let query = [("filter[name]", wanted.to_owned()), ("page", page.to_string())];
        let (found, more) = list(client, account, "applications", &query).await?;
        // The filter matches every name that contains the requested one.
        for application in found.iter().filter(|application| application["name"] == wanted) {
            ids.push(id(application)?);
        }
        if !more {
            break;
        }
    }
    Ok(ids)
}

/// The id of the marker of `release` on `application`.
pub(super) async fn marked(
    client: &Client,
    account: &Account<'_>,
    application: &str,
    release: &Release,
) -> Result<Option<String>, MarkError> {
    let path = format!("applications/{application}/deployments");
    for page in 1..=MOST_PAGES {
        let query = [("page", page.to_string())];
        let (found, more) = list(client, account, &path, &query).await?;
        let ours = found.iter().find(|mark| {
            mark["revision"] == release.version.as_str()
                && mark["description"] == description(release)
        });
        if let Some(mark) = ours {
            return id(mark).map(Some);
        }
        if !more {
            break;
        }
    }
    Ok(None)
}

/// Creates the marker of `release` on `application`.
pub(super) async fn mark(
    client: &Client,
    account: &Account<'_>,
    application: &str,
    release: &Release,
) -> Result<String, MarkError> {
    let mut deployment = json!({
        "revision": release.version,
        "description": description(release),
        "user": release.user,
    });
    if let Some(changelog) = changelog(release) {
        deployment["changelog"] = json!(changelog);
    }
    let path = format!("applications/{application}/deployments");
    let request = client
        .post(address(account, &path))
        .header("X-Api-Key", key(account)?)
        .json(&json!({ "deployment": deployment }));
    let answer = json_of(send(account, request).await?).await?;
    id(&answer["deployment"])
}

// The API has no field for the group id.
fn description(release: &Release) -> String {
    format!("{}, run {}", release.description, release.group_id)
}

// The API has no fields for the commit and the link.
fn changelog(release: &Release) -> Option<String> {
    let commit = release.commit.as_ref().map(|commit| format!("Commit {commit}"));
    let parts: Vec<_> = [release.changelog.clone(), commit, release.deep_link.clone()]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join("\n"))
}

fn address(account: &Account<'_>, path: &str) -> String {
    format!("{}/{path}.json", account.settings.endpoint())
}

/// One page of a list, and whether there are more.
async fn list(
    client: &Client,
    account: &Account<'_>,
    path: &str,
    query: &[(&str, String)],
) -> Result<(Vec<Value>, bool), MarkError> {
    let request =
        client.get(address(account, path)).query(query).header("X-Api-Key", key(account)?);
    let answer = send(account, request).await?;
    let more = has_next(&answer);
    let field = path.rsplit('/').next().unwrap_or(path);
    match json_of(answer).await?[field].take() {
        Value::Array(found) => Ok((found, more)),
        _ => Err(MarkError::Unclear { problem: format!("a list without `{field}`") }),
    }
}

// The URL of the next page is not followed, since the key would be sent there.
fn has_next(answer: &Response) -> bool {
    let links = answer.headers().get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|links| links.split(',')).any(|link| {
        link.split(';').skip(1).any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"))
    })
}

fn id(found: &Value) -> Result<String, MarkError> {
    match &found["id"] {
        Value::Number(id) => Ok(id.to_string()),
        Value::String(id) => Ok(id.clone()),
        _ => Err(MarkError::Unclear { problem: "an entry without an id".to_owned() }),
    }
}
