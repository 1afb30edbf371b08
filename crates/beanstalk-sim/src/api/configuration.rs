//! Option settings, and what can be set.

use super::{Reply, Request, lookup};
use crate::wire::{ApiError, Structure};
use crate::world::{Environment, OptionSettings, World};

/// The deployed settings and, while an update runs, the pending ones.
pub(super) fn settings(request: &Request) -> Reply {
    let params = &request.params;
    if let Some(template) = params.text("TemplateName") {
        return Err(ApiError::invalid_value(format!(
            "No Configuration Template named '{template}' found."
        )));
    }
    let world = request.engine.world();
    let environment = lookup::environment(&world, params)?;
    let deployed = view(&world, environment, &environment.options, "deployed");
    let pending = environment
        .pending_options
        .as_ref()
        .map(|options| view(&world, environment, options, "pending"));
    Ok(Some(
        Structure::new()
            .with_list("ConfigurationSettings", [Some(deployed), pending].into_iter().flatten()),
    ))
}

/// Only the options with a default are known; others can be set all the same.
pub(super) fn options(request: &Request) -> Reply {
    let world = request.engine.world();
    let platform = super::creation::platform(
        &request.params,
        lookup::environment(&world, &request.params).ok(),
    )?;
    let options = OptionSettings::default().effective().into_iter().map(|(name, value)| {
        Structure::new()
            .with("Namespace", name.namespace)
            .with("Name", name.name)
            .with("DefaultValue", value)
            .with("ChangeSeverity", "NoInterruption")
            .with("UserDefined", false)
            .with("ValueType", "Scalar")
    });
    Ok(Some(
        Structure::new()
            .with("SolutionStackName", platform.solution_stack())
            .with("PlatformArn", platform.arn(&world.region))
            .with_list("Options", options),
    ))
}

fn view(
    world: &World,
    environment: &Environment,
    options: &OptionSettings,
    status: &str,
) -> Structure {
    let settings = options.effective().into_iter().map(|(name, value)| {
        Structure::new()
            .with_some("ResourceName", name.resource)
            .with("Namespace", name.namespace)
            .with("OptionName", name.name)
            .with("Value", value)
    });
    // The tier is not in the published model, but `eb health` reads it.
    let tier = Structure::new()
        .with("Name", environment.tier.name())
        .with("Type", environment.tier.kind())
        .with("Version", "1.0");
    Structure::new()
        .with("SolutionStackName", environment.platform.solution_stack())
        .with("PlatformArn", environment.platform.arn(&world.region))
        .with("Tier", tier)
        .with("ApplicationName", &environment.application)
        .with_some("Description", environment.description.as_ref())
        .with("EnvironmentName", &environment.name)
        .with("DeploymentStatus", status)
        .with("DateCreated", environment.created)
        .with("DateUpdated", environment.updated)
        .with_list("OptionSettings", settings)
}
