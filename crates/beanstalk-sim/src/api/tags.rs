//! Tags of whatever has an ARN.

use std::collections::BTreeMap;

use super::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::World;

pub(super) fn list(request: &Request) -> Reply {
    let arn = request.params.required("ResourceArn")?;
    let world = request.engine.world();
    check_exists(&world, arn)?;
    let tags = world
        .tags
        .get(arn)
        .into_iter()
        .flatten()
        .map(|(key, value)| Structure::new().with("Key", key).with("Value", value));
    Ok(Some(Structure::new().with("ResourceArn", arn).with_list("ResourceTags", tags)))
}

pub(super) fn update(request: &Request) -> Reply {
    let params = &request.params;
    let arn = params.required("ResourceArn")?;
    let (added, removed) = (read(params, "TagsToAdd"), params.list("TagsToRemove"));
    if added.is_empty() && removed.is_empty() {
        return Err(ApiError::invalid_combination(
            "At least one of TagsToAdd and TagsToRemove must be specified.",
        ));
    }
    let mut world = request.engine.world();
    check_exists(&world, arn)?;
    let tags = world.tags.entry(arn.to_owned()).or_default();
    tags.retain(|key, _| !removed.contains(&key.as_str()));
    tags.extend(added);
    Ok(None)
}

/// The tags in a list of keys and values.
pub(super) fn read(params: &Params, list: &str) -> BTreeMap<String, String> {
    let pair =
        |tag: Params| Some((tag.owned("Key")?, tag.raw("Value").unwrap_or_default().to_owned()));
    params.structures(list).into_iter().filter_map(pair).collect()
}

fn check_exists(world: &World, arn: &str) -> Result<(), ApiError> {
    let resource =
        arn.strip_prefix(&format!("arn:aws:elasticbeanstalk:{}:{}:", world.region, world.account));
    let parts: Vec<_> = resource.unwrap_or_default().split('/').collect();
    let exists = match parts.as_slice() {
        ["application", name] => world.applications.contains_key(*name),
        ["applicationversion", application, label] => world.version(application, label).is_some(),
        ["environment", application, name] => {
            world.named(name).is_some_and(|environment| environment.application == *application)
        }
        _ => false,
    };
    if exists {
        return Ok(());
    }
    Err(ApiError::sender(
        "ResourceNotFoundException",
        format!("Resource not found for arn '{arn}'."),
    ))
}
