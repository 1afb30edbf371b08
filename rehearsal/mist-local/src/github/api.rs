//! The answers of the API by path.

use axum::http::header::{ACCEPT, AUTHORIZATION, LOCATION, USER_AGENT};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::answer::{Query, good, not_found, page, refuse};
use super::deployments;
use super::state::{Repository, State};

/// The token with all permissions.
pub const TOKEN: &str = "local-github-token";

/// The token with permission to read only.
pub const READ_ONLY_TOKEN: &str = "local-github-reader";

/// A request without its secrets.
#[derive(Debug)]
pub(crate) struct ApiRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) query: Query,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a str,
    /// The URL of the API.
    pub(crate) home: String,
    /// The URL of archives.
    pub(crate) archives: String,
}

fn header(headers: &HeaderMap, name: impl axum::http::header::AsHeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Whether `headers` have a valid token.
pub(crate) fn has_valid_token(headers: &HeaderMap) -> bool {
    has_token(headers, TOKEN) || has_token(headers, READ_ONLY_TOKEN)
}

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    header(headers, AUTHORIZATION).strip_prefix("Bearer ") == Some(token)
}

/// The error of a request, whatever its path.
fn refused(headers: &HeaderMap) -> Option<Response> {
    if header(headers, USER_AGENT).is_empty() {
        let message = "Request forbidden by administrative rules. Please make sure your request has \
                       a User-Agent header";
        return Some(refuse(403, message));
    }
    let version = header(headers, "x-github-api-version");
    if !["", "2022-11-28"].contains(&version) {
        return Some(refuse(400, "The X-GitHub-Api-Version header is not a supported version"));
    }
    let accept = header(headers, ACCEPT);
    let known = ["", "*/*", "application/json"].contains(&accept)
        || accept.starts_with("application/vnd.github");
    if !known {
        return Some(refuse(415, "Unsupported 'Accept' header. Must accept 'application/json'."));
    }
    // Every repository is private, so a request without a token finds none.
    if header(headers, AUTHORIZATION).is_empty() {
        return Some(not_found());
    }
    (!has_valid_token(headers)).then(|| refuse(401, "Bad credentials"))
}

/// The answer to `asked`.
pub(crate) fn answer(state: &mut State, asked: &ApiRequest<'_>) -> Response {
    if let Some(refusal) = refused(asked.headers) {
        return refusal;
    }
    let parts: Vec<&str> = asked.path.trim_start_matches('/').split('/').collect();
    let ["repos", owner, name, rest @ ..] = parts.as_slice() else { return not_found() };
    let full_name = format!("{owner}/{name}");
    let writes = asked.method == Method::POST;
    if writes && !has_token(asked.headers, TOKEN) {
        return refuse(403, "Resource not accessible by personal access token");
    }
    let Some(repository) = state.repositories.get_mut(&full_name) else { return not_found() };
    let url = format!("{}{}", asked.home, asked.path);
    match (writes, rest) {
        (false, []) => good(StatusCode::OK, json!({ "full_name": full_name, "private": true })),
        (false, ["commits", name @ ..]) => commit(repository, &name.join("/"), asked.headers),
        (false, ["git", "commits", sha]) => git_commit(repository, sha),
        (false, ["contents", path @ ..]) => contents(repository, &path.join("/"), &asked.query),
        (false, ["tarball", name @ ..]) => {
            let Some(sha) = repository.resolve(&name.join("/")) else { return not_found() };
            // The location has a token of its own, so the archive needs no header.
            let location =
                format!("{}/{full_name}/legacy.tar.gz/{sha}?token={TOKEN}", asked.archives);
            (StatusCode::FOUND, [(LOCATION, location)]).into_response()
        }
        (false, ["compare", range]) => compare(repository, range, &asked.query, &url),
        (false, ["deployments"]) => deployments::list(repository, &asked.query, &url),
        (false, ["deployments", id, "statuses"]) => {
            deployments::statuses(repository, id, &asked.query, &url)
        }
        (true, ["deployments", rest @ ..]) => {
            let Ok(body) = serde_json::from_str::<Value>(asked.body) else {
                return refuse(400, "Problems parsing JSON");
            };
            match rest {
                [] => deployments::create(repository, &body),
                [id, "statuses"] => deployments::add_status(repository, id, &body),
                _ => not_found(),
            }
        }
        _ => not_found(),
    }
}

fn commit(repository: &Repository, name: &str, headers: &HeaderMap) -> Response {
    if repository.commits.is_empty() {
        return refuse(409, "Git Repository is empty.");
    }
    let Some(sha) = repository.resolve(name) else {
        return refuse(422, &format!("No commit found for SHA: {name}"));
    };
    if header(headers, ACCEPT).contains(".sha") {
        return sha.to_owned().into_response();
    }
    git_commit(repository, sha)
}

fn git_commit(repository: &Repository, sha: &str) -> Response {
    let Some(commit) = repository.commits.get(sha) else { return not_found() };
    let date = formatted_time(commit.content.time);
    let signature = json!({ "name": commit.content.author, "date": date });
    let message = &commit.content.message;
    let body =
        json!({ "sha": sha, "message": message, "author": signature, "committer": signature });
    good(StatusCode::OK, body)
}

/// `seconds` since 1970 in the format of GitHub.
fn formatted_time(seconds: i64) -> String {
    let time = aws_sdk_s3::primitives::DateTime::from_secs(seconds);
    time.fmt(aws_sdk_s3::primitives::DateTimeFormat::DateTime).unwrap_or_default()
}

fn contents(repository: &Repository, path: &str, query: &Query) -> Response {
    let sha = query.get("ref").and_then(|name| repository.resolve(name));
    let commit = sha.and_then(|sha| repository.commits.get(sha));
    let file = commit.and_then(|it| it.content.files.iter().find(|file| file.path == path));
    file.and_then(|file| file.bytes()).map_or_else(not_found, |it| it.to_vec().into_response())
}

fn compare(repository: &Repository, range: &str, query: &Query, url: &str) -> Response {
    let both = range.split_once("...");
    let both =
        both.and_then(|(base, head)| Some((repository.resolve(base)?, repository.resolve(head)?)));
    let Some((base, head)) = both else { return not_found() };
    let (commits, behind) = repository.compare(base, head);
    let total = commits.len();
    let (commits, links) = page(commits, query, url);
    let body = json!({
        "total_commits": total,
        "ahead_by": total,
        "behind_by": behind,
        "commits": commits,
    });
    (links, good(StatusCode::OK, body)).into_response()
}
