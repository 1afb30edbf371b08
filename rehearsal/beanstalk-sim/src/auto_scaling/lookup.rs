//! Look-up of the resources that a call names, with the errors for unknown ones.

use crate::wire::{ApiError, Params};
use crate::world::{Environment, Group, Instance, World};

/// The default number of items on a page.
const PAGE: usize = 50;
/// The most items on one page.
const MOST: usize = 100;

/// A refusal; all invalid requests have the same code.
pub(super) fn validation(message: impl Into<String>) -> ApiError {
    ApiError::sender("ValidationError", message)
}

/// The environments that have a group.
pub(super) fn with_group(world: &World) -> impl Iterator<Item = &Environment> {
    world.living().filter(|environment| environment.group.deleted.is_none())
}

/// The visible instances of an environment's group.
pub(super) fn members<'a>(
    world: &World,
    environment: &'a Environment,
) -> impl Iterator<Item = &'a Instance> {
    let instances = world.instances_of(environment).iter();
    instances.filter(|instance| instance.group == Group::Permanent)
}

/// The environment of the group in `AutoScalingGroupName`.
pub(super) fn group<'a>(world: &'a World, params: &Params) -> Result<&'a Environment, ApiError> {
    let name = params.required("AutoScalingGroupName")?;
    with_group(world).find(|environment| environment.group.name == name).ok_or_else(|| {
        validation(format!("AutoScalingGroup name not found - AutoScalingGroup: {name} not found"))
    })
}

/// The same environment, mutable.
pub(super) fn group_mut<'a>(
    world: &'a mut World,
    params: &Params,
) -> Result<&'a mut Environment, ApiError> {
    let id = group(world, params)?.id.clone();
    world.environment_mut(&id).ok_or_else(ApiError::internal)
}

/// The environment of the instance in `InstanceId`.
pub(super) fn instance<'a, 'p>(
    world: &'a World,
    params: &'p Params,
) -> Result<(&'a Environment, &'p str), ApiError> {
    let id = params.required("InstanceId")?;
    let has =
        |environment: &&Environment| members(world, environment).any(|member| member.id == id);
    let environment = with_group(world).find(has).ok_or_else(|| {
        validation(format!(
            "Instance Id not found - No managed instance found for instance ID: {id}"
        ))
    })?;
    Ok((environment, id))
}

/// The page in `MaxRecords` and `NextToken`, and the token of the next page. A token is the index of the first item.
pub(super) fn page<T>(
    items: impl Iterator<Item = T>,
    params: &Params,
) -> Result<(Vec<T>, Option<String>), ApiError> {
    let size = params.number("MaxRecords", 1..=MOST)?.unwrap_or(PAGE);
    let invalid = |_| ApiError::sender("InvalidNextToken", "The NextToken value is not valid.");
    let start: usize = params.text("NextToken").map_or(Ok(0), str::parse).map_err(invalid)?;
    let mut rest = items.skip(start);
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let next = rest.next().map(|_| start.saturating_add(size).to_string());
    Ok((page, next))
}
