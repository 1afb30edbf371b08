//! Look-up of the resources that a call names, with the errors for unknown ones.

use crate::wire::{ApiError, Params};
use crate::world::{
    Application, Environment, OptionName, OptionSettings, Status, Template, Version, World, options,
};

/// The environment in `EnvironmentId` or `EnvironmentName`. Terminated ones are not found.
pub(super) fn environment<'a>(
    world: &'a World,
    params: &Params,
) -> Result<&'a Environment, ApiError> {
    environment_by(world, params, "EnvironmentId", "EnvironmentName")
}

/// The same lookup with other parameter names.
pub(super) fn environment_by<'a>(
    world: &'a World,
    params: &Params,
    id_parameter: &str,
    name_parameter: &str,
) -> Result<&'a Environment, ApiError> {
    if let Some(id) = params.text(id_parameter) {
        return world.living().find(|environment| environment.id == id).ok_or_else(|| {
            ApiError::invalid_value(format!("No Environment found for EnvironmentId = '{id}'."))
        });
    }
    named(world, params.required(name_parameter)?)
}

/// The environment with this name.
pub(super) fn named<'a>(world: &'a World, name: &str) -> Result<&'a Environment, ApiError> {
    world.named(name).ok_or_else(|| {
        ApiError::invalid_value(format!("No Environment found for EnvironmentName = '{name}'."))
    })
}

/// The environment in a call, which must be `Ready`.
pub(super) fn ready_environment<'a>(
    world: &'a World,
    params: &Params,
) -> Result<&'a Environment, ApiError> {
    let environment = environment(world, params)?;
    must_be_ready(environment)?;
    Ok(environment)
}

pub(super) fn must_be_ready(environment: &Environment) -> Result<(), ApiError> {
    if environment.status == Status::Ready {
        Ok(())
    } else {
        Err(ApiError::must_be_ready(&environment.name))
    }
}

pub(super) fn application<'a>(world: &'a World, name: &str) -> Result<&'a Application, ApiError> {
    world.applications.get(name).ok_or_else(|| no_application(name))
}

pub(super) fn no_application(name: &str) -> ApiError {
    ApiError::invalid_value(format!("No Application named '{name}' found."))
}

pub(super) fn version<'a>(
    world: &'a World,
    application: &str,
    label: &str,
) -> Result<&'a Version, ApiError> {
    world.version(application, label).ok_or_else(|| no_version(label))
}

pub(super) fn no_version(label: &str) -> ApiError {
    ApiError::invalid_value(format!("No Application Version named '{label}' found."))
}

pub(super) fn template<'a>(
    world: &'a World,
    application: &str,
    name: &str,
) -> Result<&'a Template, ApiError> {
    world.template(application, name).ok_or_else(|| {
        ApiError::invalid_value(format!("No Configuration Template named '{name}' found."))
    })
}

/// The saved configuration in `TemplateName`, on which the settings of an environment are based.
pub(super) fn base<'a>(
    world: &'a World,
    params: &Params,
    application: &str,
) -> Result<Option<&'a Template>, ApiError> {
    params.text("TemplateName").map(|name| template(world, application, name)).transpose()
}

/// The names in `OptionSettings` or `OptionsToRemove`, with their values.
pub(super) fn read_options(
    params: &Params,
    list: &str,
) -> Result<Vec<(OptionName, Option<String>)>, ApiError> {
    let read = |option: Params| {
        let name = OptionName {
            namespace: option.required("Namespace")?.to_owned(),
            name: option.required("OptionName")?.to_owned(),
            resource: option.owned("ResourceName"),
        };
        Ok((name, option.raw("Value").map(str::to_owned)))
    };
    params.structures(list).into_iter().map(read).collect()
}

/// The options with the changes of a call; `None` if it changes none.
pub(super) fn changed_options(
    before: &OptionSettings,
    params: &Params,
) -> Result<Option<OptionSettings>, ApiError> {
    let (set, removed) =
        (read_options(params, "OptionSettings")?, read_options(params, "OptionsToRemove")?);
    if set.is_empty() && removed.is_empty() {
        return Ok(None);
    }
    let problem = set
        .iter()
        .find_map(|(name, value)| options::problem_of(name, value.as_deref().unwrap_or_default()));
    if let Some(problem) = problem {
        return Err(ApiError::configuration(problem));
    }
    let mut options = before.clone();
    for (name, _) in &removed {
        options.remove(name);
    }
    for (name, value) in set {
        options.set(name, value.unwrap_or_default());
    }
    match options.contradictions().into_iter().next() {
        Some(problem) => Err(ApiError::configuration(problem)),
        None => Ok(Some(options)),
    }
}
