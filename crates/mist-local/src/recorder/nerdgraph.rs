//! Answers as New Relic's NerdGraph does.

use serde::Deserialize;
use serde_json::{Value, json};

use super::State;
use super::graphql::arguments;
use super::marker::Marker;

const DEPLOYMENT: &str = "changeTrackingCreateDeployment";
const EVENT: &str = "changeTrackingCreateEvent";

#[derive(Deserialize)]
struct Question {
    query: String,
    #[serde(default)]
    variables: Value,
}

/// The answer to a GraphQL body; problems are told in `errors[]`, as GraphQL does.
pub(crate) fn answer(state: &mut State, body: &str) -> Value {
    let Ok(question) = serde_json::from_str::<Question>(body) else {
        return errors("the body is not a GraphQL request");
    };
    if let Some(mut found) = arguments(&question.query, DEPLOYMENT, &question.variables) {
        return deployment(state, found.remove("deployment").unwrap_or_default());
    }
    if let Some(mut found) = arguments(&question.query, EVENT, &question.variables) {
        return event(state, found.remove("changeTrackingEvent").unwrap_or_default());
    }
    if let Some(found) = arguments(&question.query, "entitySearch", &question.variables) {
        return search(state, found.get("query").and_then(Value::as_str).unwrap_or_default());
    }
    errors(
        "this NerdGraph knows entitySearch, changeTrackingCreateDeployment and changeTrackingCreateEvent only",
    )
}

/// An answer that says what went wrong.
pub(crate) fn errors(message: &str) -> Value {
    json!({ "data": null, "errors": [{ "message": message }] })
}

/// The identifier of the entity with this name.
fn guid(name: &str) -> String {
    format!("guid-{name}")
}

fn deployment(state: &mut State, input: Value) -> Value {
    for required in ["entityGuid", "version"] {
        if input.get(required).and_then(Value::as_str).is_none_or(str::is_empty) {
            return errors(&format!("deployment: `{required}` is required"));
        }
    }
    let marker = Marker::of_deployment(next_id(state), input);
    let mut echo = marker.input.clone();
    if let Some(fields) = echo.as_object_mut() {
        fields.insert("deploymentId".to_owned(), Value::from(marker.deployment_id.clone()));
    }
    state.markers.push(marker);
    json!({ "data": { DEPLOYMENT: echo } })
}

fn event(state: &mut State, input: Value) -> Value {
    let query = input.pointer("/entitySearch/query").and_then(Value::as_str).unwrap_or_default();
    if state.entities != 1 {
        return errors(&format!(
            "entity search matches {} entities instead of one",
            state.entities
        ));
    }
    let guid = guid(searched_name(query));
    let marker = Marker::of_event(next_id(state), guid, input);
    let id = marker.deployment_id.clone();
    state.markers.push(marker);
    json!({ "data": { EVENT: { "changeTrackingEvent": { "changeTrackingId": id }, "messages": [] } } })
}

fn search(state: &State, query: &str) -> Value {
    let name = searched_name(query);
    let entities: Vec<Value> = (0..state.entities)
        .map(|number| {
            let guid = if number == 0 { guid(name) } else { format!("{}-{number}", guid(name)) };
            json!({ "guid": guid, "name": name, "accountId": 1 })
        })
        .collect();
    json!({ "data": { "actor": { "entitySearch": { "count": entities.len(), "results": { "entities": entities } } } } })
}

/// The text between quotes after `name =`.
fn searched_name(query: &str) -> &str {
    let quoted = query.split_once("name").and_then(|(_, rest)| rest.split_once(['\'', '"']));
    quoted.and_then(|(_, rest)| rest.split(['\'', '"']).next()).unwrap_or_default()
}

fn next_id(state: &State) -> String {
    format!("deployment-{}", state.markers.len() + 1)
}
