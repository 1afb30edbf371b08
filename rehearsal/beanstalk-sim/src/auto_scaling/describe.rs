//! Descriptions of groups, their instances, activities and tags.

use super::lookup::{members, page, validation, with_group};
use super::views::{self, Tag};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::{Environment, World};

/// A filter of a description. A result must pass all filters of a call.
struct Filter {
    name: String,
    values: Vec<String>,
}

impl Filter {
    fn read(params: &Params, known: impl Fn(&str) -> bool) -> Result<Vec<Self>, ApiError> {
        let read = |filter: Params| {
            let name = filter.required("Name")?.to_owned();
            if !known(&name) {
                return Err(validation(format!("Filter type {name} is not correct.")));
            }
            let values = filter.list("Values").into_iter().map(str::to_owned).collect();
            Ok(Self { name, values })
        };
        params.structures("Filters").into_iter().map(read).collect()
    }

    fn has(&self, value: &str) -> bool {
        self.values.iter().any(|wanted| wanted == value)
    }

    /// Whether a group with these tags passes.
    fn passes_group(&self, tags: &[Tag]) -> bool {
        tags.iter().any(|tag| match self.name.as_str() {
            "tag-key" => self.has(&tag.key),
            "tag-value" => self.has(&tag.value),
            name => name.strip_prefix("tag:") == Some(&tag.key) && self.has(&tag.value),
        })
    }

    fn passes_tag(&self, tag: &Tag) -> bool {
        match self.name.as_str() {
            "auto-scaling-group" => self.has(&tag.group),
            "key" => self.has(&tag.key),
            "value" => self.has(&tag.value),
            _ => self.has("true"),
        }
    }
}

/// Describes groups. Unknown names are not an error; they are left out.
pub(super) fn groups(request: &Request) -> Reply {
    let params = &request.params;
    let names = params.list("AutoScalingGroupNames");
    let with_instances = params.flag("IncludeInstances")?.unwrap_or(true);
    let filters = Filter::read(params, |name| {
        matches!(name, "tag-key" | "tag-value") || name.starts_with("tag:")
    })?;
    let world = request.engine.world();
    let passes = |environment: &&Environment| {
        let tags = views::tags(&world, environment);
        filters.iter().all(|filter| filter.passes_group(&tags))
    };
    let found = with_group(&world)
        .filter(|environment| names.is_empty() || names.contains(&environment.group.name.as_str()))
        .filter(passes);
    let (groups, next) = page(found, params)?;
    let view = |environment| views::group(&world, environment, with_instances);
    Ok(Some(listed("AutoScalingGroups", groups.into_iter().map(view), next)))
}

pub(super) fn instances(request: &Request) -> Reply {
    let params = &request.params;
    let ids = params.list("InstanceIds");
    let world = request.engine.world();
    let found = with_group(&world)
        .flat_map(|environment| {
            members(&world, environment).map(move |instance| (environment, instance))
        })
        .filter(|(_, instance)| ids.is_empty() || ids.contains(&instance.id.as_str()));
    let (instances, next) = page(found, params)?;
    let view = |(environment, instance)| views::instance(&world, environment, instance);
    Ok(Some(listed("AutoScalingInstances", instances.into_iter().map(view), next)))
}

/// Describes activities, newest first within each group.
pub(super) fn activities(request: &Request) -> Reply {
    let params = &request.params;
    let ids = params.list("ActivityIds");
    let name = params.text("AutoScalingGroupName");
    let with_deleted = params.flag("IncludeDeletedGroups")?.unwrap_or_default();
    let world = request.engine.world();
    if let Some(name) = name.filter(|_| !with_deleted) {
        check_exists(&world, name)?;
    }
    let found = world
        .environments
        .iter()
        .filter(|environment| with_deleted || exists(&world, &environment.group.name))
        .filter(|environment| name.is_none_or(|name| environment.group.name == name))
        .flat_map(|environment| {
            environment.group.activities.iter().map(move |activity| (environment, activity))
        })
        .filter(|(_, activity)| ids.is_empty() || ids.contains(&activity.id.as_str()));
    let (activities, next) = page(found, params)?;
    let view = |(environment, activity)| views::activity(&world, environment, activity);
    Ok(Some(listed("Activities", activities.into_iter().map(view), next)))
}

pub(super) fn tags(request: &Request) -> Reply {
    let params = &request.params;
    let filters = Filter::read(params, |name| {
        matches!(name, "auto-scaling-group" | "key" | "value" | "propagate-at-launch")
    })?;
    let world = request.engine.world();
    let found = with_group(&world)
        .flat_map(|environment| views::tags(&world, environment))
        .filter(|tag| filters.iter().all(|filter| filter.passes_tag(tag)));
    let (tags, next) = page(found, params)?;
    Ok(Some(listed("Tags", tags.into_iter().map(Tag::structure), next)))
}

fn exists(world: &World, group: &str) -> bool {
    with_group(world).any(|environment| environment.group.name == group)
}

fn check_exists(world: &World, group: &str) -> Result<(), ApiError> {
    if exists(world, group) {
        return Ok(());
    }
    Err(validation(format!(
        "AutoScalingGroup name not found - AutoScalingGroup: {group} not found"
    )))
}

fn listed(
    list: &'static str,
    items: impl Iterator<Item = Structure>,
    next: Option<String>,
) -> Structure {
    Structure::new().with_list(list, items).with_some("NextToken", next)
}
