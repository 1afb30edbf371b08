//! Option settings of environments and of saved configurations, and the available options.

use super::{creation, lookup};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::option_table::{
    ASG, Kind, LAUNCH, NAMESPACES, OptionDefinition, SQSD, VARIABLES,
};
use crate::world::options::{Problem, problem_of};
use crate::world::{Environment, OptionName, OptionSettings, Platform, Template, Tier, World};

/// The deployed settings and, while an update runs, the pending ones; or those of a saved configuration.
pub(super) fn settings(request: &Request) -> Reply {
    let params = &request.params;
    let world = request.engine.world();
    check_one_source(params)?;
    let views = match subject(&world, params)? {
        Some(Subject::Template(template)) => vec![template_view(&world, template)],
        Some(Subject::Environment(environment)) => {
            let deployed = view(&world, environment, &environment.options, "deployed");
            let pending = environment
                .pending_options
                .as_ref()
                .map(|options| view(&world, environment, options, "pending"));
            [Some(deployed), pending].into_iter().flatten().collect()
        }
        None => return Err(ApiError::missing("EnvironmentName")),
    };
    Ok(Some(Structure::new().with_list("ConfigurationSettings", views)))
}

/// Every option of the platform, or the requested ones.
pub(super) fn options(request: &Request) -> Reply {
    let params = &request.params;
    let world = request.engine.world();
    let subject = subject(&world, params)?;
    let platform = creation::platform(params, subject.as_ref().map(Subject::platform))?;
    let wanted = lookup::read_options(params, "Options")?;
    let is_wanted = |namespace: &str, name: &str| {
        wanted.is_empty()
            || wanted.iter().any(|(option, _)| option.namespace == namespace && option.name == name)
    };
    let known = NAMESPACES
        .iter()
        .filter(|namespace| namespace.is_whole())
        .flat_map(|namespace| namespace.options.iter().map(|option| (namespace.name, option)));
    let known = known
        .filter(|(namespace, option)| is_wanted(namespace, option.name))
        .map(|(namespace, option)| option_view(namespace, option));
    // User-defined options exist once they are set.
    let own = subject.as_ref().map(Subject::options).into_iter().flat_map(OptionSettings::iter);
    let own = own
        .filter(|(name, _)| name.namespace == VARIABLES && is_wanted(VARIABLES, &name.name))
        .map(|(name, _)| variable_view(name));
    let options: Vec<_> = known.chain(own).collect();
    Ok(Some(
        Structure::new()
            .with("SolutionStackName", platform.solution_stack())
            .with("PlatformArn", platform.arn(&world.region))
            .with_list("Options", options),
    ))
}

/// Validates settings without changing anything.
pub(super) fn validate(request: &Request) -> Reply {
    let params = &request.params;
    let world = request.engine.world();
    check_one_source(params)?;
    let application = params.required("ApplicationName")?;
    lookup::application(&world, application)?;
    let subject = subject(&world, params)?;
    let mut options = subject.as_ref().map(Subject::options).cloned().unwrap_or_default();
    let mut problems = Vec::new();
    for (name, value) in lookup::read_options(params, "OptionSettings")? {
        let value = value.unwrap_or_default();
        problems.extend(problem_of(&name, &value));
        options.set(name, value);
    }
    // Settings that are invalid on their own would be reported twice.
    if problems.is_empty() {
        problems = options.contradictions();
    }
    Ok(Some(Structure::new().with_list("Messages", problems.iter().map(message))))
}

/// Deletes the draft of a finished change. A draft in deployment stays.
pub(super) fn delete_draft(request: &Request) -> Reply {
    let params = &request.params;
    let application = params.required("ApplicationName")?;
    let world = request.engine.world();
    lookup::application(&world, application)?;
    params.required("EnvironmentName")?;
    lookup::environment(&world, params)?;
    // Failed drafts are not kept and running ones cannot be deleted, so nothing is left to do.
    Ok(None)
}

/// The environment or saved configuration whose settings are requested.
enum Subject<'a> {
    Environment(&'a Environment),
    Template(&'a Template),
}

impl<'a> Subject<'a> {
    fn platform(&self) -> &'a Platform {
        match self {
            Self::Environment(environment) => &environment.platform,
            Self::Template(template) => &template.platform,
        }
    }

    fn options(&self) -> &'a OptionSettings {
        match self {
            Self::Environment(environment) => &environment.options,
            Self::Template(template) => &template.options,
        }
    }
}

fn subject<'a>(world: &'a World, params: &Params) -> Result<Option<Subject<'a>>, ApiError> {
    if let Some(name) = params.text("TemplateName") {
        let application = params.required("ApplicationName")?;
        lookup::application(world, application)?;
        return lookup::template(world, application, name).map(Subject::Template).map(Some);
    }
    if params.text("EnvironmentName").is_some() {
        return lookup::environment(world, params).map(Subject::Environment).map(Some);
    }
    Ok(None)
}

fn check_one_source(params: &Params) -> Result<(), ApiError> {
    let both = params.text("TemplateName").is_some() && params.text("EnvironmentName").is_some();
    if !both {
        return Ok(());
    }
    // *Assumed* text.
    Err(ApiError::invalid_combination(
        "You cannot specify both TemplateName and EnvironmentName. Use one of the two.",
    ))
}

fn message(problem: &Problem) -> Structure {
    Structure::new()
        .with("Message", problem.to_string())
        .with("Severity", "error")
        .with("Namespace", &problem.name.namespace)
        .with("OptionName", &problem.name.name)
}

fn option_view(namespace: &str, option: &OptionDefinition) -> Structure {
    let bounds = match option.kind {
        Kind::Number(least, most) => Some((least, most)),
        _ => None,
    };
    let regex = match option.kind {
        Kind::Pattern(pattern, label) => {
            Some(Structure::new().with("Pattern", pattern).with("Label", label))
        }
        _ => None,
    };
    Structure::new()
        .with("Namespace", namespace)
        .with("Name", option.name)
        .with_some("DefaultValue", option.default)
        .with("ChangeSeverity", option.severity.name())
        .with("UserDefined", false)
        .with("ValueType", option.kind.value_type())
        .with_list("ValueOptions", option.kind.values().iter().copied())
        .with_some("MinValue", bounds.map(|bounds| bounds.0.to_string()))
        .with_some("MaxValue", bounds.map(|bounds| bounds.1.to_string()))
        .with_some("Regex", regex)
}

fn variable_view(name: &OptionName) -> Structure {
    Structure::new()
        .with("Namespace", &name.namespace)
        .with("Name", &name.name)
        .with("ChangeSeverity", "RestartApplicationServer")
        .with("UserDefined", true)
        .with("ValueType", "Scalar")
}

/// The resource of an option, if it has one.
fn resource(name: &OptionName) -> Option<&str> {
    match name.namespace.as_str() {
        ASG => Some("AWSEBAutoScalingGroup"),
        LAUNCH => Some("AWSEBAutoScalingLaunchConfiguration"),
        _ => name.resource.as_deref(),
    }
}

fn settings_view(options: &OptionSettings, tier: Tier) -> Vec<Structure> {
    let shown = |name: &OptionName| name.namespace != SQSD || tier == Tier::Worker;
    let effective = options.effective().into_iter().filter(|(name, _)| shown(name));
    effective
        .map(|(name, value)| {
            Structure::new()
                .with_some("ResourceName", resource(&name))
                .with("Namespace", &name.namespace)
                .with("OptionName", &name.name)
                .with("Value", value)
        })
        .collect()
}

/// The members of a saved configuration in answers, without the settings.
pub(super) fn template_summary(world: &World, template: &Template) -> Structure {
    Structure::new()
        .with("SolutionStackName", template.platform.solution_stack())
        .with("PlatformArn", template.platform.arn(&world.region))
        .with("ApplicationName", &template.application)
        .with("TemplateName", &template.name)
        .with_some("Description", template.description.as_ref())
        .with("DateCreated", template.created)
        .with("DateUpdated", template.updated)
}

fn template_view(world: &World, template: &Template) -> Structure {
    template_summary(world, template)
        .with_list("OptionSettings", settings_view(&template.options, Tier::WebServer))
}

fn view(
    world: &World,
    environment: &Environment,
    options: &OptionSettings,
    status: &str,
) -> Structure {
    // The published model has no tier here, but `eb health` reads it.
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
        .with_list("OptionSettings", settings_view(options, environment.tier))
}
