//! Operations on application versions.

use jiff::Timestamp;

use super::paging::page;
use super::{Reply, Request, applications, lookup, views};
use crate::bundles::{Location, Unavailable};
use crate::lifecycle::validation;
use crate::wire::{ApiError, Params, Structure};
use crate::world::{Severity, Status, VERSION_QUOTA, Version, VersionStatus, World};

pub(super) async fn create(request: &Request) -> Reply {
    let params = &request.params;
    params.check_length("ApplicationName", 1..=100)?;
    params.check_length("VersionLabel", 1..=100)?;
    params.check_length("Description", 0..=200)?;
    let (application, label) =
        (params.required("ApplicationName")?, params.required("VersionLabel")?);
    let auto_create = params.flag("AutoCreateApplication")?.unwrap_or_default();
    let process = params.flag("Process")?.unwrap_or_default();
    let bundle = bundle(params)?;
    check_room(&request.engine.world(), application, label, auto_create)?;
    if let Some(location) = &bundle {
        request
            .engine
            .bundles
            .check(location)
            .await
            .map_err(|error| no_bundle(location, &error))?;
    }
    let mut world = request.engine.world();
    // Somebody else may have been faster while S3 was asked.
    check_room(&world, application, label, auto_create)?;
    if !world.applications.contains_key(application) {
        applications::add(&mut world, application, None);
    }
    let now = Timestamp::now();
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
    if process {
        request.engine.spawn(validation::run(std::sync::Arc::clone(&request.engine), version));
    }
    answer(&world, application, label)
}

fn check_room(
    world: &World,
    application: &str,
    label: &str,
    auto_create: bool,
) -> Result<(), ApiError> {
    if !auto_create {
        lookup::application(world, application)?;
    }
    if world.version(application, label).is_some() {
        return Err(ApiError::invalid_value(format!(
            "Application Version {label} already exists."
        )));
    }
    if world.versions.len() >= VERSION_QUOTA {
        return Err(ApiError::sender(
            "TooManyApplicationVersionsException",
            format!(
                "You cannot have more than {VERSION_QUOTA} Application Versions. \
                 Either remove some Application Versions or request a limit increase."
            ),
        ));
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
    // The newest comes first, as in the console.
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
    let version = world.version_mut(application, label).ok_or_else(|| lookup::no_version(label))?;
    if let Some(description) = params.raw("Description") {
        version.description = Some(description.to_owned());
    }
    version.updated = Timestamp::now();
    answer(&world, application, label)
}

pub(super) async fn delete(request: &Request) -> Reply {
    let params = &request.params;
    let (application, label) =
        (params.required("ApplicationName")?, params.required("VersionLabel")?);
    let delete_bundle = params.flag("DeleteSourceBundle")?.unwrap_or_default();
    let bundle = remove(&mut request.engine.world(), application, label)?;
    if let Some(location) = bundle.filter(|_| delete_bundle) {
        // The version is gone all the same.
        request.engine.bundles.delete(&location).await.map_err(|error| {
            ApiError::sender(
                "SourceBundleDeletionFailure",
                format!("Unable to delete the source bundle. Reason: {error}"),
            )
        })?;
    }
    Ok(None)
}

/// Forgets a version, which environments that run it do not notice.
fn remove(world: &mut World, application: &str, label: &str) -> Result<Option<Location>, ApiError> {
    lookup::application(world, application)?;
    let version = lookup::version(world, application, label)?;
    let bundle = version.bundle.clone();
    let busy = version.status == VersionStatus::Processing
        || world.living().any(|environment| {
            environment.application == application
                && environment.status == Status::Updating
                && environment
                    .instances
                    .iter()
                    .any(|instance| instance.deployment.version.as_deref() == Some(label))
        });
    if busy {
        return Err(ApiError::sender(
            "OperationInProgressFailure",
            format!("Application Version {label} cannot be deleted while an operation uses it."),
        ));
    }
    world.versions.retain(|version| version.application != application || version.label != label);
    world.note(
        Severity::Info,
        application,
        Some(label),
        format!("Deleted Application Version: {label}"),
    );
    Ok(bundle)
}

fn answer(world: &World, application: &str, label: &str) -> Reply {
    let version = lookup::version(world, application, label)?;
    Ok(Some(Structure::new().with("ApplicationVersion", views::version(world, version))))
}
