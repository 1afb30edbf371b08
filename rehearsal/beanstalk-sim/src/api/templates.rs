//! Operations on saved configurations, which the API calls configuration templates.

use super::configuration::template_summary;
use super::{creation, lookup, saved, tags};
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params};
use crate::world::{OptionSettings, Platform, Severity, Subject, TEMPLATE_QUOTA, Template, World};

pub(super) async fn create(request: &Request) -> Reply {
    let reply = add(request)?;
    let (application, name) = names(request)?;
    saved::write(request, application, name).await;
    Ok(reply)
}

fn add(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("TemplateName", 1..=100)?;
    params.check_length("Description", 0..=200)?;
    let (application, name) = names(request)?;
    let mut world = request.engine.world();
    lookup::application(&world, application)?;
    check_room(&world, application, name)?;
    let (base, platform) = source(&world, params, application)?;
    let options = lookup::changed_options(&base, params)?.unwrap_or(base);
    let tags = tags::read_new(params, tags::MOST)?;
    let now = world.now();
    let template = Template {
        application: application.to_owned(),
        name: name.to_owned(),
        description: params.owned("Description"),
        platform,
        options,
        created: now,
        updated: now,
    };
    let arn = world.arn(&resource(application, name));
    world.tags.insert(arn, tags);
    world.templates.insert(key(application, name), template);
    say(&mut world, application, name, "Created new Configuration Template");
    answer(&world, application, name)
}

pub(super) async fn update(request: &Request) -> Reply {
    let reply = change(request)?;
    let (application, name) = names(request)?;
    saved::write(request, application, name).await;
    Ok(reply)
}

fn change(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("Description", 0..=200)?;
    let (application, name) = names(request)?;
    let mut world = request.engine.world();
    lookup::application(&world, application)?;
    let before = lookup::template(&world, application, name)?;
    let options = lookup::changed_options(&before.options, params)?;
    let now = world.now();
    if let Some(template) = world.templates.get_mut(&key(application, name)) {
        template.updated = now;
        if let Some(options) = options {
            template.options = options;
        }
        if let Some(description) = params.raw("Description") {
            template.description = Some(description.to_owned());
        }
    }
    answer(&world, application, name)
}

/// Deletes a template. Environments have copies and are not affected. An unknown template is *assumed* to be no
/// error.
pub(super) async fn delete(request: &Request) -> Reply {
    let reply = remove(request)?;
    let (application, name) = names(request)?;
    saved::delete(request, application, name).await;
    Ok(reply)
}

fn remove(request: &Request) -> Reply {
    let (application, name) = names(request)?;
    let mut world = request.engine.world();
    lookup::application(&world, application)?;
    if world.templates.remove(&key(application, name)).is_some() {
        let arn = world.arn(&resource(application, name));
        world.tags.remove(&arn);
        say(&mut world, application, name, "Deleted Configuration Template");
    }
    Ok(None)
}

fn names(request: &Request) -> Result<(&str, &str), ApiError> {
    let params = &request.params;
    Ok((params.required("ApplicationName")?, params.required("TemplateName")?))
}

fn check_room(world: &World, application: &str, name: &str) -> Result<(), ApiError> {
    if world.template(application, name).is_some() {
        return Err(ApiError::invalid_value(format!(
            "Configuration Template {name} already exists."
        )));
    }
    if world.templates.len() >= TEMPLATE_QUOTA {
        let code = "TooManyConfigurationTemplatesException";
        return Err(ApiError::quota("Configuration Templates", code, TEMPLATE_QUOTA));
    }
    Ok(())
}

/// The base of settings and platform.
fn source(
    world: &World,
    params: &Params,
    application: &str,
) -> Result<(OptionSettings, Platform), ApiError> {
    if let Some(id) = params.text("EnvironmentId") {
        let environment = lookup::environment(world, params)?;
        if environment.application != application {
            return Err(ApiError::invalid_value(format!(
                "No Environment found for EnvironmentId = '{id}'."
            )));
        }
        let platform = creation::platform(params, Some(&environment.platform))?;
        return Ok((environment.options.clone(), platform));
    }
    // `eb config save` sends this parameter, which the published model lacks.
    if let Some(name) = params.text("TemplateSpecification.TemplateSource.EnvironmentName") {
        let environment = lookup::named(world, name)?;
        return Ok((environment.options.clone(), environment.platform.clone()));
    }
    if let Some(name) = params.text("SourceConfiguration.TemplateName") {
        let owner = params.text("SourceConfiguration.ApplicationName").unwrap_or(application);
        let template = lookup::template(world, owner, name)?;
        let platform = creation::platform(params, Some(&template.platform))?;
        // *Assumed* text.
        if platform != template.platform {
            return Err(ApiError::invalid_combination(
                "The solution stack of the source configuration must match the specified solution stack.",
            ));
        }
        return Ok((template.options.clone(), platform));
    }
    let given = params.text("SolutionStackName").or(params.text("PlatformArn"));
    // *Assumed* text.
    given.ok_or_else(|| {
        ApiError::invalid_combination(
            "One of SolutionStackName, PlatformArn, EnvironmentId and SourceConfiguration must be specified.",
        )
    })?;
    Ok((OptionSettings::default(), creation::platform(params, None)?))
}

fn key(application: &str, name: &str) -> (String, String) {
    (application.to_owned(), name.to_owned())
}

fn resource(application: &str, name: &str) -> String {
    format!("configurationtemplate/{application}/{name}")
}

/// The text is *assumed*.
fn say(world: &mut World, application: &str, name: &str, what: &str) {
    let subject = Subject {
        application: application.to_owned(),
        template: Some(name.to_owned()),
        ..Subject::default()
    };
    let now = world.now();
    world.events.record(now, Severity::Info, subject, None, format!("{what}: {name}"));
}

fn answer(world: &World, application: &str, name: &str) -> Reply {
    let template = lookup::template(world, application, name)?;
    Ok(Some(template_summary(world, template)))
}
