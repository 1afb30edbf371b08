//! Operations on application versions.

use super::paging::page;
use super::{applications, lookup, tags, views};
use crate::bundles::{Location, Unavailable};
use crate::lifecycle::validation;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Structure};
use crate::world::lifecycle_policy::{Candidate, Deletion, TERMINATED_PROTECTION};
use crate::world::{
    Environment, Instance, Severity, Status, VERSION_QUOTA, Version, VersionStatus, World,
};

pub(super) async fn create(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("ApplicationName", 1..=100)?;
    params.check_length("VersionLabel", 1..=100)?;
    params.check_length("Description", 0..=200)?;
    let (application, label) =
        (params.required("ApplicationName")?, params.required("VersionLabel")?);
    let auto_create = params.flag("AutoCreateApplication")?.unwrap_or_default();
    let process = params.flag("Process")?.unwrap_or_default();
    check_no_build(params)?;
    let bundle = bundle(params)?;
    let tags = tags::read_new(params, tags::MOST)?;
    let quota = request.engine.settings.application_quota;
    check_room(&request.engine.world(), application, label, auto_create.then_some(quota))?;
    if let Some(location) = &bundle {
        request
            .engine
            .bundles
            .check(location)
            .await
            .map_err(|error| no_bundle(location, &error))?;
    }
    let (reply, unwanted) = {
        let mut world = request.engine.world();
        // Another call may have created the version during the S3 request.
        check_room(&world, application, label, auto_create.then_some(quota))?;
        let version = add(&mut world, params, bundle, process)?;
        let arn = arn(&world, application, label);
        world.tags.insert(arn, tags);
        if process {
            let engine = std::sync::Arc::clone(&request.engine);
            request.engine.spawn(validation::run(engine, version));
        }
        let unwanted = apply_lifecycle(&mut world, application, label);
        (answer(&world, application, label), unwanted)
    };
    for location in unwanted {
        if let Err(error) = request.engine.bundles.delete(&location).await {
            tracing::warn!("source bundle `{}` could not be deleted: {error}", location.key);
        }
    }
    reply
}

/// Adds the version, and its application if it does not exist.
fn add(
    world: &mut World,
    params: &Params,
    bundle: Option<Location>,
    process: bool,
) -> Result<Version, ApiError> {
    let (application, label) =
        (params.required("ApplicationName")?, params.required("VersionLabel")?);
    if !world.applications.contains_key(application) {
        applications::add(world, application, None);
    }
    let now = world.now();
    let version = Version {
        application: application.to_owned(),
        label: label.to_owned(),
        description: params.owned("Description"),
        bundle,
        status: if process { VersionStatus::Processing } else { VersionStatus::Unprocessed },
        created: now,
        updated: now,
    };
    world.versions.push(version.clone());
    world.note(
        Severity::Info,
        application,
        Some(label),
        format!("Created new Application Version: {label}"),
    );
    Ok(version)
}

fn arn(world: &World, application: &str, label: &str) -> String {
    world.arn(&format!("applicationversion/{application}/{label}"))
}

/// Deletes the versions that the application's policy does not keep. Returns the bundles to delete.
fn apply_lifecycle(world: &mut World, application: &str, new: &str) -> Vec<Location> {
    let now = world.now();
    let candidates: Vec<_> = world
        .versions
        .iter()
        .filter(|version| version.application == application && version.label != new)
        .map(|version| Candidate {
            label: version.label.clone(),
            created: version.created,
            in_use: in_use(world, version),
        })
        .collect();
    let policy = world.applications.get(application).map(|application| &application.lifecycle);
    let deletions = policy.map(|policy| policy.deletions(&candidates, now)).unwrap_or_default();
    deletions
        .into_iter()
        .filter_map(|Deletion { label, delete_source }| {
            forget(world, application, &label).filter(|_| delete_source)
        })
        .collect()
}

/// Whether a version is deployed, is being deployed, or was deployed until recently.
fn in_use(world: &World, version: &Version) -> bool {
    let label = Some(version.label.as_str());
    let recently = |environment: &Environment| {
        environment.status != Status::Terminated
            || world.now().duration_since(environment.updated) < TERMINATED_PROTECTION
    };
    let runs = |environment: &Environment| {
        environment.release.version.as_deref() == label
            || environment.arriving() == label
            || environment
                .instances
                .iter()
                .any(|instance| instance.deployment.version.as_deref() == label)
    };
    version.status == VersionStatus::Processing
        || world
            .environments
            .iter()
            .filter(|environment| environment.application == version.application)
            .any(|environment| recently(environment) && runs(environment))
}

/// Refuses requests that need `CodeBuild`, as in a region without it.
fn check_no_build(params: &Params) -> Result<(), ApiError> {
    let has_bundle = params.text("SourceBundle.S3Bucket").is_some();
    let has_source = params.text("SourceBuildInformation.SourceLocation").is_some();
    // The texts of all refusals are *assumed*.
    if has_bundle && has_source {
        return Err(ApiError::invalid_combination(
            "Cannot specify both SourceBundle and SourceBuildInformation. Use one of the two.",
        ));
    }
    let builds = ["BuildConfiguration.Image", "ImageConfiguration.Build.Type"];
    if has_source || builds.iter().any(|name| params.text(name).is_some()) {
        return Err(ApiError::sender(
            "CodeBuildNotInServiceRegionException",
            "AWS CodeBuild is not available in the specified region.",
        ));
    }
    Ok(())
}

fn check_room(
    world: &World,
    application: &str,
    label: &str,
    new_up_to: Option<usize>,
) -> Result<(), ApiError> {
    match new_up_to {
        None => drop(lookup::application(world, application)?),
        Some(quota) if !world.applications.contains_key(application) => {
            applications::check_new(world, application, quota)?;
        }
        Some(_) => {}
    }
    if world.version(application, label).is_some() {
        return Err(ApiError::invalid_value(format!(
            "Application Version {label} already exists."
        )));
    }
    if world.versions.len() >= VERSION_QUOTA {
        let code = "TooManyApplicationVersionsException";
        return Err(ApiError::quota("Application Versions", code, VERSION_QUOTA));
    }
    Ok(())
}

fn bundle(params: &Params) -> Result<Option<Location>, ApiError> {
    params.check_length("SourceBundle.S3Bucket", 0..=255)?;
    params.check_length("SourceBundle.S3Key", 0..=1024)?;
    match (params.owned("SourceBundle.S3Bucket"), params.owned("SourceBundle.S3Key")) {
        (Some(bucket), Some(key)) => Ok(Some(Location { bucket, key })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => {
            Err(ApiError::invalid_combination("Both S3 bucket and key must be specified."))
        }
    }
}

fn no_bundle(location: &Location, error: &Unavailable) -> ApiError {
    ApiError::invalid_combination(format!(
        "Unable to download from S3 location (Bucket: {}  Key: {}). Reason: {error}",
        location.bucket, location.key
    ))
}

pub(super) fn describe(request: &Request) -> Reply {
    let params = &request.params;
    let application = params.text("ApplicationName");
    let labels = params.list("VersionLabels");
    let world = request.engine.world();
    // The newest is first, as in the console.
    let versions = world
        .versions
        .iter()
        .rev()
        .filter(|version| application.is_none_or(|name| version.application == name))
        .filter(|version| labels.is_empty() || labels.contains(&version.label.as_str()))
        .collect();
    let page = page(versions, params)?;
    Ok(Some(
        Structure::new()
            .with_list(
                "ApplicationVersions",
                page.items.into_iter().map(|version| views::version(&world, version)),
            )
            .with_some("NextToken", page.next_token),
    ))
}

pub(super) fn update(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("Description", 0..=200)?;
    let (application, label) =
        (params.required("ApplicationName")?, params.required("VersionLabel")?);
    let mut world = request.engine.world();
    lookup::application(&world, application)?;
    let now = world.now();
    let version = world.version_mut(application, label).ok_or_else(|| lookup::no_version(label))?;
    if let Some(description) = params.raw("Description") {
        version.description = Some(description.to_owned());
    }
    version.updated = now;
    answer(&world, application, label)
}

pub(super) async fn delete(request: &Request) -> Reply {
    let params = &request.params;
    let (application, label) =
        (params.required("ApplicationName")?, params.required("VersionLabel")?);
    let delete_bundle = params.flag("DeleteSourceBundle")?.unwrap_or_default();
    let bundle = remove(&mut request.engine.world(), application, label)?;
    if let Some(location) = bundle.filter(|_| delete_bundle) {
        // The version is deleted in any case.
        request.engine.bundles.delete(&location).await.map_err(|error| {
            ApiError::sender(
                "SourceBundleDeletionFailure",
                format!("Unable to delete the source bundle. Reason: {error}"),
            )
        })?;
    }
    Ok(None)
}

/// Deletes a version. Environments that run it are not affected; a running deployment of it prevents the deletion.
/// The text is *assumed*.
fn remove(world: &mut World, application: &str, label: &str) -> Result<Option<Location>, ApiError> {
    lookup::application(world, application)?;
    let version = lookup::version(world, application, label)?;
    let busy = version.status == VersionStatus::Processing
        || world.living().any(|environment| {
            let runs = |instance: &Instance| instance.deployment.version.as_deref() == Some(label);
            environment.application == application
                && (environment.arriving() == Some(label)
                    || environment.status == Status::Updating
                        && environment.instances.iter().any(runs))
        });
    if busy {
        return Err(ApiError::sender(
            "OperationInProgressFailure",
            format!("Application Version {label} cannot be deleted while an operation uses it."),
        ));
    }
    Ok(forget(world, application, label))
}

/// Removes a version and returns the location of its bundle.
fn forget(world: &mut World, application: &str, label: &str) -> Option<Location> {
    let bundle = world.version(application, label)?.bundle.clone();
    world.versions.retain(|version| version.application != application || version.label != label);
    let arn = arn(world, application, label);
    world.tags.remove(&arn);
    world.note(
        Severity::Info,
        application,
        Some(label),
        format!("Deleted Application Version: {label}"),
    );
    bundle
}

fn answer(world: &World, application: &str, label: &str) -> Reply {
    let version = lookup::version(world, application, label)?;
    Ok(Some(Structure::new().with("ApplicationVersion", views::version(world, version))))
}
