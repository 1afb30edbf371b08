//! Deployments and their statuses.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::answer::{Query, good, not_found, page, refuse};
use super::deployment::{Deployment, DeploymentStatus};
use super::state::Repository;

fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_default().to_owned()
}

/// The deployments of a page, newest first.
pub(crate) fn list(repository: &Repository, query: &Query, url: &str) -> Response {
    let fits =
        |it: &&Deployment| query.get("environment").is_none_or(|name| name == it.environment);
    let found: Vec<_> = repository.deployments.iter().rev().filter(fits).collect();
    let (page, links) = page(found, query, url);
    (links, good(StatusCode::OK, json!(page))).into_response()
}

/// Creates the deployment in `body`.
pub(crate) fn create(repository: &mut Repository, body: &Value) -> Response {
    let name = text(body, "ref");
    let Some(sha) = repository.resolve(&name).map(str::to_owned) else {
        return refuse(422, &format!("No ref found for: {name}"));
    };
    // Commits have no checks here, so a deployment that requires checks never starts.
    if body["required_contexts"].as_array().is_none_or(|contexts| !contexts.is_empty()) {
        return refuse(409, &format!("Conflict: Commit status checks failed for {name}."));
    }
    if body["auto_merge"] != false && name != "main" {
        let message = format!("Auto-merged main into {name} on deployment.");
        return good(StatusCode::ACCEPTED, json!({ "message": message }));
    }
    let description = text(body, "description");
    if description.chars().count() > 140 {
        return refuse(422, "Validation Failed: description is too long");
    }
    let or = |field: &str, usual: &str| body[field].as_str().unwrap_or(usual).to_owned();
    let deployment = Deployment {
        id: repository.deployments.len() as u64 + 1,
        sha,
        name,
        task: or("task", "deploy"),
        environment: or("environment", "production"),
        payload: body["payload"].clone(),
        description,
        statuses: Vec::new(),
    };
    let shown = json!(deployment);
    repository.deployments.push(deployment);
    good(StatusCode::CREATED, shown)
}

/// The statuses of the deployment `id`, newest first.
pub(crate) fn statuses(repository: &Repository, id: &str, query: &Query, url: &str) -> Response {
    let found = repository.deployments.iter().find(|it| it.id.to_string() == id);
    let Some(deployment) = found else { return not_found() };
    let (page, links) = page(deployment.statuses.iter().rev().collect(), query, url);
    (links, good(StatusCode::OK, json!(page))).into_response()
}

/// Adds the status in `body` to the deployment `id`.
pub(crate) fn add_status(repository: &mut Repository, id: &str, body: &Value) -> Response {
    let Some(at) = repository.deployments.iter().position(|it| it.id.to_string() == id) else {
        return not_found();
    };
    let states = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];
    let status = DeploymentStatus {
        id: repository.deployments.iter().map(|it| it.statuses.len() as u64).sum::<u64>() + 1,
        state: text(body, "state"),
        description: text(body, "description"),
        log_url: text(body, "log_url"),
        environment_url: text(body, "environment_url"),
    };
    if !states.contains(&status.state.as_str()) {
        return refuse(422, "Validation Failed: state is not one of the known ones");
    }
    if status.description.chars().count() > 140 {
        return refuse(
            422,
            "Validation Failed: description is too long (maximum is 140 characters)",
        );
    }
    if !status.environment_url.is_empty() && !status.environment_url.starts_with("http") {
        return refuse(422, "Validation Failed: environment_url must use http(s) scheme");
    }
    // In an environment named production, other deployments stay active.
    let environment = repository.deployments[at].environment.clone();
    if status.state == "success" && body["auto_inactive"] != false && environment != "production" {
        for (other, deployment) in repository.deployments.iter_mut().enumerate() {
            if other != at && deployment.environment == environment && deployment.is("success") {
                let inactive = DeploymentStatus { state: "inactive".to_owned(), ..status.clone() };
                deployment.statuses.push(inactive);
            }
        }
    }
    let shown = json!(status);
    repository.deployments[at].statuses.push(status);
    good(StatusCode::CREATED, shown)
}
