//! Tags of resources.

use std::collections::BTreeMap;

use crate::lifecycle::{Order, Run, maintenance};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::{Environment, Status, World};

/// The most tags of a resource.
pub(super) const MOST: usize = 50;
/// The most tags that a caller may give to an environment, which has three tags of the service.
pub(super) const MOST_OF_ENVIRONMENT: usize = 47;

type Tags = BTreeMap<String, String>;

pub(super) fn list(request: &Request) -> Reply {
    let arn = request.params.required("ResourceArn")?;
    let world = request.engine.world();
    let resource = find(&world, arn)?;
    let tags = match resource {
        Resource::Environment(environment) => world.tags_of(environment),
        Resource::Other => world.tags.get(arn).cloned().unwrap_or_default(),
    };
    let tags =
        tags.iter().map(|(key, value)| Structure::new().with("Key", key).with("Value", value));
    Ok(Some(Structure::new().with("ResourceArn", arn).with_list("ResourceTags", tags)))
}

/// Changes tags. On an environment this is an update, which ends with the event that `eb tags` waits for.
pub(super) fn update(request: &Request) -> Reply {
    let params = &request.params;
    let arn = params.required("ResourceArn")?;
    let (added, removed) = (read(params, "TagsToAdd")?, params.list("TagsToRemove"));
    if added.is_empty() && removed.is_empty() {
        return Err(ApiError::invalid_combination(
            "At least one of TagsToAdd and TagsToRemove must be specified.",
        ));
    }
    if let Some(key) = removed.iter().find(|key| added.contains_key(**key)) {
        return Err(ApiError::invalid_combination(format!(
            "The tag '{key}' cannot be both added and removed."
        )));
    }
    for key in &removed {
        check_reserved(key)?;
    }
    let mut world = request.engine.world();
    let environment = match find(&world, arn)? {
        Resource::Environment(environment) => {
            check_idle(environment)?;
            Some(environment.id.clone())
        }
        Resource::Other => None,
    };
    let most = if environment.is_some() { MOST_OF_ENVIRONMENT } else { MOST };
    let mut tags = world.tags.get(arn).cloned().unwrap_or_default();
    tags.retain(|key, _| !removed.contains(&key.as_str()));
    tags.extend(added);
    check_count(&tags, most)?;
    world.tags.insert(arn.to_owned(), tags);
    if let Some(id) = environment {
        let order = Order::new(Status::Busy, &request.id);
        let run = Run::begin(&request.engine, &mut world, &id, order);
        request.engine.spawn(maintenance::tag(run.ok_or_else(ApiError::internal)?));
    }
    Ok(None)
}

/// The tags of a new resource.
pub(super) fn read_new(params: &Params, most: usize) -> Result<Tags, ApiError> {
    let tags = read(params, "Tags")?;
    check_count(&tags, most)?;
    Ok(tags)
}

/// The tags in a list of keys and values. The texts of refusals are *assumed*.
fn read(params: &Params, list: &str) -> Result<Tags, ApiError> {
    let mut tags = Tags::new();
    for tag in params.structures(list) {
        let key = tag.required("Key")?.to_owned();
        let value = tag.raw("Value").unwrap_or_default().to_owned();
        check_reserved(&key)?;
        check_text("key", &key, 128)?;
        check_text("value", &value, 256)?;
        if tags.insert(key.clone(), value).is_some() {
            return Err(ApiError::invalid_value(format!("The tag '{key}' is given twice.")));
        }
    }
    Ok(tags)
}

fn check_count(tags: &Tags, most: usize) -> Result<(), ApiError> {
    if tags.len() <= most {
        return Ok(());
    }
    Err(ApiError::sender(
        "TooManyTagsException",
        format!("A resource can have at most {most} tags."),
    ))
}

fn check_reserved(key: &str) -> Result<(), ApiError> {
    let lower = key.to_lowercase();
    let reserved = ["aws:", "elasticbeanstalk:"];
    if !reserved.iter().any(|prefix| lower.starts_with(prefix)) {
        return Ok(());
    }
    Err(ApiError::invalid_value(format!("The tag key '{key}' is reserved.")))
}

fn check_text(what: &str, text: &str, longest: usize) -> Result<(), ApiError> {
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    if text.chars().count() <= longest && text.chars().all(allowed) {
        return Ok(());
    }
    Err(ApiError::invalid_value(format!(
        "The tag {what} '{text}' is invalid: it may have up to {longest} letters, numbers, spaces, and characters of _ . : / = + - @"
    )))
}

fn check_idle(environment: &Environment) -> Result<(), ApiError> {
    if environment.status == Status::Ready {
        return Ok(());
    }
    Err(ApiError::sender(
        "OperationInProgressFailure",
        format!("Environment named {} has an operation in progress.", environment.name),
    ))
}

enum Resource<'a> {
    Environment(&'a Environment),
    Other,
}

fn find<'a>(world: &'a World, arn: &str) -> Result<Resource<'a>, ApiError> {
    let unknown = || {
        ApiError::sender(
            "ResourceNotFoundException",
            format!("Resource not found for arn '{arn}'."),
        )
    };
    let resource = arn.strip_prefix(&world.arn("")).ok_or_else(unknown)?;
    // Labels and names of saved configurations may contain a slash; names of applications may not.
    let parts: Vec<_> = resource.splitn(3, '/').collect();
    let exists = match parts.as_slice() {
        ["application", name] => world.applications.contains_key(*name),
        ["applicationversion", application, label] => world.version(application, label).is_some(),
        ["configurationtemplate", application, name] => world.template(application, name).is_some(),
        ["environment", application, name] => {
            let environment =
                world.named(name).filter(|environment| environment.application == *application);
            return environment.map(Resource::Environment).ok_or_else(unknown);
        }
        ["application" | "applicationversion" | "configurationtemplate" | "environment", ..] => {
            false
        }
        _ => {
            return Err(ApiError::sender(
                "ResourceTypeNotSupportedException",
                format!("The type of the resource '{arn}' does not support tags."),
            ));
        }
    };
    if exists { Ok(Resource::Other) } else { Err(unknown()) }
}
