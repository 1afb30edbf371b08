//! The values of the fields of the schema.

use std::cell::RefCell;

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Value, json};

use super::super::applications::{Application, Search};
use super::super::marker::{Marker, now};
use super::super::state::State;

/// The number of entities on a page.
const PAGE: usize = 200;

/// The largest number of characters of a text.
const LONGEST_TEXT: usize = 4096;

/// The largest distance of a time from now, in milliseconds: a day, which is assumed.
const FARTHEST: i64 = 24 * 60 * 60 * 1000;

type Shared<'a> = &'a RefCell<&'a mut State>;
type Resolved<'a> = Result<ResolvedValue<'a>, FieldError>;

/// The root object of a request.
pub(super) struct Root<'a> {
    pub(super) state: Shared<'a>,
    pub(super) mutation: bool,
}

impl ObjectValue for Root<'_> {
    fn type_name(&self) -> &str {
        if self.mutation { "RootMutationType" } else { "RootQueryType" }
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let mut state = self.state.borrow_mut();
        match info.field_name() {
            "actor" => Ok(ResolvedValue::object(Actor { state: self.state })),
            "changeTrackingCreateDeployment" => deployment(&mut state, info),
            "changeTrackingCreateEvent" => event(&mut state, info),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct Actor<'a> {
    state: Shared<'a>,
}

impl ObjectValue for Actor<'_> {
    fn type_name(&self) -> &'static str {
        "Actor"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let arguments = arguments(info)?;
        match info.field_name() {
            "entity" => {
                let guid = arguments["guid"].as_str().unwrap_or_default();
                let state = self.state.borrow();
                let found = state.applications.with_guid(guid).cloned();
                drop(state);
                let entity = found.map(|application| Entity { state: self.state, application });
                Ok(ResolvedValue::nullable_object(entity))
            }
            "entitySearch" => {
                let query = arguments["query"].as_str().unwrap_or_default().to_owned();
                let search = Search::parse(&query).map_err(refuse)?;
                let found = self.state.borrow_mut().applications.find(&search);
                Ok(ResolvedValue::object(Found { query, found }))
            }
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

/// The result of a search.
struct Found {
    query: String,
    found: Vec<Application>,
}

impl ObjectValue for Found {
    fn type_name(&self) -> &'static str {
        "EntitySearch"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "count" => Ok(ResolvedValue::leaf(self.found.len())),
            "query" => Ok(ResolvedValue::leaf(self.query.as_str())),
            "results" => {
                let cursor = &arguments(info)?["cursor"];
                let begin = match cursor.as_str() {
                    None => 0,
                    Some(cursor) => cursor
                        .strip_prefix("page-from-")
                        .and_then(|number| number.parse::<usize>().ok())
                        .filter(|begin| *begin < self.found.len())
                        .ok_or_else(|| refuse("Invalid cursor".to_owned()))?,
                };
                let end = (begin + PAGE).min(self.found.len());
                let entities: Vec<_> =
                    self.found[begin..end].iter().map(Application::entity).collect();
                let next = (end < self.found.len()).then(|| format!("page-from-{end}"));
                let page = json!({ "entities": entities, "nextCursor": next });
                Ok(ResolvedValue::object(Plain { kind: "EntitySearchResult", value: page }))
            }
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct Entity<'a> {
    state: Shared<'a>,
    application: Application,
}

impl ObjectValue for Entity<'_> {
    fn type_name(&self) -> &'static str {
        "ApmApplicationEntity"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        if info.field_name() != "deploymentSearch" {
            let value = self.application.entity()[info.field_name()].take();
            return Ok(ResolvedValue::leaf(graphql_json(value)));
        }
        let filter = &arguments(info)?["filter"];
        if filter["query"].is_string() {
            return Err(refuse("`query` of the filter is not supported here".to_owned()));
        }
        let window = &filter["timeWindow"];
        let (from, to) = (millis(&window["startTime"])?, millis(&window["endTime"])?);
        let limit =
            filter["limit"].as_u64().map_or(usize::MAX, |limit| limit.try_into().unwrap_or(0));
        let state = self.state.borrow();
        // The newest first, which is assumed.
        let marks = state.markers.iter().rev().filter(|marker| {
            marker.entity_guid == self.application.guid()
                && from.is_none_or(|from| marker.time() >= from)
                && to.is_none_or(|to| marker.time() <= to)
        });
        let results: Vec<_> = marks.take(limit).map(Marker::as_deployment).collect();
        let value = json!({ "results": results });
        let kind = "ChangeTrackingDeploymentSearchResult";
        Ok(ResolvedValue::object(Plain { kind, value }))
    }
}

/// An object without logic.
struct Plain {
    kind: &'static str,
    value: Value,
}

impl ObjectValue for Plain {
    fn type_name(&self) -> &str {
        self.kind
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let value = self.value.get(info.field_name()).cloned().unwrap_or_default();
        let name = info.field_definition().ty.inner_named_type();
        // Here there is one kind of entity, and one of event.
        let kind = match name.as_str() {
            "EntityOutline" => "ApmApplicationEntityOutline",
            "ChangeTrackingEvent" => "ChangeTrackingDeploymentEvent",
            "ChangeTrackingDeployment" => "ChangeTrackingDeployment",
            _ => "",
        };
        let composite = matches!(
            info.schema().types.get(name),
            Some(ExtendedType::Object(_) | ExtendedType::Interface(_))
        );
        match value {
            Value::Array(items) if composite => Ok(ResolvedValue::list(
                items.into_iter().map(move |value| ResolvedValue::object(Plain { kind, value })),
            )),
            Value::Array(items) => Ok(ResolvedValue::list(
                items.into_iter().map(|it| ResolvedValue::leaf(graphql_json(it))),
            )),
            value @ Value::Object(_) if composite => {
                Ok(ResolvedValue::object(Plain { kind, value }))
            }
            value => Ok(ResolvedValue::leaf(graphql_json(value))),
        }
    }
}

fn deployment<'a>(state: &mut State, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let mut arguments = arguments(info)?;
    let strict = flag(&arguments, "FAIL_ON_FIELD_LENGTH");
    let mut input = arguments["deployment"].take();
    fit(&mut input, strict)?;
    let guid = input["entityGuid"].as_str().unwrap_or_default();
    if state.applications.with_guid(guid).is_none() {
        return Err(refuse(format!("Entity not found or not accessible: {guid}")));
    }
    if input["version"].as_str().is_none_or(|version| version.trim().is_empty()) {
        return Err(refuse("version must not be empty".to_owned()));
    }
    let marker = Marker::of_deployment(state.next_id(), input);
    let value = marker.as_deployment();
    state.keep(marker);
    Ok(ResolvedValue::object(Plain { kind: "ChangeTrackingDeployment", value }))
}

fn event<'a>(state: &mut State, info: &ResolveInfo<'_>) -> Resolved<'a> {
    let mut arguments = arguments(info)?;
    let strict = flag(&arguments, "FAIL_ON_FIELD_LENGTH");
    let mut input = arguments["changeTrackingEvent"].take();
    fit(&mut input, strict)?;
    let query = input["entitySearch"]["query"].as_str().unwrap_or_default();
    let found = state.applications.find(&Search::parse(query).map_err(refuse)?);
    let [application] = found.as_slice() else {
        let count = found.len();
        return Err(refuse(format!("entity search matches {count} entities instead of one")));
    };
    let marker = Marker::of_event(state.next_id(), application.guid(), input);
    let mut event = marker.as_deployment();
    event["changeTrackingId"] = json!(marker.deployment_id);
    for field in ["category", "type"] {
        event[field] = marker.input["categoryAndTypeData"]["kind"][field].clone();
    }
    event["shortDescription"] = marker.input["shortDescription"].clone();
    state.keep(marker);
    let value = json!({ "changeTrackingEvent": event, "messages": [] });
    Ok(ResolvedValue::object(Plain { kind: "ChangeTrackingCreateEventResponse", value }))
}

/// Shortens long texts, or refuses them if `strict`; refuses invalid times.
fn fit(input: &mut Value, strict: bool) -> Result<(), FieldError> {
    let far = |time: i64| (time - now()).abs() > FARTHEST;
    if millis(&input["timestamp"])?.is_some_and(far) {
        return Err(refuse("timestamp must be within 24 hours of now".to_owned()));
    }
    for (name, value) in input.as_object_mut().into_iter().flatten() {
        let Value::String(text) = value else { continue };
        if text.chars().count() < LONGEST_TEXT {
            continue;
        }
        if strict {
            return Err(refuse(format!("{name} must be shorter than {LONGEST_TEXT} characters")));
        }
        *text = text.chars().take(LONGEST_TEXT - 2).chain(['…']).collect();
    }
    Ok(())
}

fn flag(arguments: &Value, flag: &str) -> bool {
    let flags = arguments["dataHandlingRules"]["validationFlags"].as_array();
    flags.is_some_and(|flags| flags.iter().any(|it| it == flag))
}

/// A scalar `EpochMilliseconds`, if it is given.
fn millis(value: &Value) -> Result<Option<i64>, FieldError> {
    match value {
        Value::Null => Ok(None),
        value => value
            .as_i64()
            .map(Some)
            .ok_or_else(|| refuse(format!("{value} is no EpochMilliseconds"))),
    }
}

fn arguments(info: &ResolveInfo<'_>) -> Result<Value, FieldError> {
    serde_json::to_value(info.arguments()).map_err(|error| refuse(error.to_string()))
}

fn refuse(message: String) -> FieldError {
    FieldError { message }
}

/// JSON in the types of the GraphQL library.
fn graphql_json(value: Value) -> JsonValue {
    JsonValue::from(value)
}
