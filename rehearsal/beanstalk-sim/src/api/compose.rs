//! The composition of a group of environments from bundles with environment manifests.

use std::sync::Arc;

use super::{creation, lookup, updates};
use crate::engine::Engine;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::manifest::{FILE, Manifest, ManifestError, in_group};
use crate::world::{Environment, Version};

/// The work for one version: a creation or an update.
struct Component {
    name: String,
    params: Params,
    links: Vec<(String, String)>,
}

/// Creates missing environments, and deploys to existing ones.
pub(super) async fn compose(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("GroupName", 1..=19)?;
    let application = params.required("ApplicationName")?;
    let labels = params.list("VersionLabels");
    if labels.is_empty() {
        return Err(ApiError::missing("VersionLabels"));
    }
    let group = params.text("GroupName");
    // No operation begins before all manifests are read.
    let mut components = Vec::new();
    for label in labels {
        let version = version(&request.engine, application, label)?;
        let manifest = manifest(&request.engine, &version).await?;
        components.push(component(&version, manifest, group)?);
    }
    let mut environments = Vec::new();
    for component in components {
        environments.extend(begin(request, component)?);
    }
    Ok(Some(Structure::new().with_list("Environments", environments)))
}

fn version(engine: &Engine, application: &str, label: &str) -> Result<Version, ApiError> {
    let world = engine.world();
    lookup::application(&world, application)?;
    lookup::version(&world, application, label).cloned()
}

/// The texts of all refusals are *assumed*.
async fn manifest(engine: &Engine, version: &Version) -> Result<Manifest, ApiError> {
    let refused = |reason: String| {
        ApiError::invalid_value(format!(
            "Application Version '{}' cannot be composed: {reason}.",
            version.label
        ))
    };
    let location = version.bundle.as_ref();
    let location = location.ok_or_else(|| refused(ManifestError::Missing.to_string()))?;
    let source = engine.load(Some(location)).await.map_err(|error| refused(error.to_string()))?;
    let text = source.text(FILE);
    let text = text.ok_or_else(|| refused(ManifestError::Missing.to_string()))?;
    Manifest::parse(&text).map_err(|error| refused(error.to_string()))
}

fn component(
    version: &Version,
    manifest: Manifest,
    group: Option<&str>,
) -> Result<Component, ApiError> {
    let name = manifest.environment_name.as_deref().ok_or_else(|| {
        ApiError::invalid_value(format!(
            "The environment manifest of '{}' has no EnvironmentName.",
            version.label
        ))
    })?;
    let named = |name: &str| {
        in_group(name, group).ok_or_else(|| {
            ApiError::invalid_value(format!(
                "A GroupName is required for the environment '{name}'."
            ))
        })
    };
    let name = named(name)?;
    let cname = manifest.cname.as_deref().map(named).transpose()?;
    let links = manifest
        .environment_links
        .into_iter()
        .map(|(link, environment)| Ok((link, named(&environment)?)))
        .collect::<Result<_, ApiError>>()?;
    let mut pairs = vec![
        ("ApplicationName".to_owned(), version.application.clone()),
        ("EnvironmentName".to_owned(), name.clone()),
        ("VersionLabel".to_owned(), version.label.clone()),
    ];
    let optional = [
        ("SolutionStackName", manifest.solution_stack),
        ("CNAMEPrefix", cname),
        ("Tier.Name", manifest.environment_tier.name),
    ];
    pairs.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    let options = manifest.option_settings.into_iter().flat_map(|(namespace, options)| {
        options.into_iter().map(move |(name, value)| (namespace.clone(), name, value))
    });
    for (index, (namespace, name, value)) in options.enumerate() {
        let member = format!("OptionSettings.member.{}", index + 1);
        pairs.push((format!("{member}.Namespace"), namespace));
        pairs.push((format!("{member}.OptionName"), name));
        pairs.push((format!("{member}.Value"), value));
    }
    Ok(Component { name, params: Params::from_pairs(pairs), links })
}

fn begin(request: &Request, component: Component) -> Reply {
    let Component { name, params, links } = component;
    let part = Request {
        engine: Arc::clone(&request.engine),
        params,
        service: request.service,
        id: request.id.clone(),
    };
    let exists = request.engine.world().named(&name).is_some();
    let reply = if exists { updates::update(&part)? } else { creation::create(&part)? };
    let mut world = request.engine.world();
    let id = world.named(&name).map(|environment: &Environment| environment.id.clone());
    if let Some(id) = id {
        world.environment_links.insert(id, links);
    }
    Ok(reply)
}
