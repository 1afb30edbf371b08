//! The table of operations.

use std::sync::Arc;

use super::{
    applications, compose, configuration, creation, environments, events, health, logs,
    managed_actions, operations_role, platforms, resources, saved, tags, templates, updates,
    versions,
};
use crate::engine::Engine;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params, Service};

/// Terminates an environment without an API call, as another client would.
pub(crate) async fn terminate(engine: &Arc<Engine>, environment: &str) -> Result<(), ApiError> {
    let parameters = [("EnvironmentName", environment), ("ForceTerminate", "true")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = Request {
        engine: Arc::clone(engine),
        params: Params::from_pairs(parameters),
        service: Service::ElasticBeanstalk,
        id: engine.request_id(),
    };
    carry_out("TerminateEnvironment", &request).await.map(drop)
}

/// Carries out an operation by its name.
pub(super) async fn carry_out(operation: &str, request: &Request) -> Reply {
    match operation {
        "AbortEnvironmentUpdate" => updates::abort(request),
        "ApplyEnvironmentManagedAction" => managed_actions::apply(request),
        "AssociateEnvironmentOperationsRole" => operations_role::associate(request),
        "CheckDNSAvailability" => resources::check_dns(request),
        "ComposeEnvironments" => compose::compose(request).await,
        "CreateApplication" => applications::create(request),
        "CreateApplicationVersion" => versions::create(request).await,
        "CreateConfigurationTemplate" => templates::create(request).await,
        "CreateEnvironment" => {
            saved::read(request).await?;
            creation::create(request)
        }
        "CreatePlatformVersion" => platforms::create_version(request),
        "CreateStorageLocation" => resources::create_storage_location(request).await,
        "DeleteApplication" => applications::delete(request),
        "DeleteApplicationVersion" => versions::delete(request).await,
        "DeleteConfigurationTemplate" => templates::delete(request).await,
        "DeleteEnvironmentConfiguration" => configuration::delete_draft(request),
        "DeletePlatformVersion" => platforms::delete_version(request),
        "DescribeAccountAttributes" => Ok(Some(resources::account_attributes(request))),
        "DescribeApplicationVersions" => versions::describe(request),
        "DescribeApplications" => Ok(Some(applications::describe(request))),
        "DescribeConfigurationOptions" => configuration::options(request),
        "DescribeConfigurationSettings" => {
            saved::read(request).await?;
            configuration::settings(request)
        }
        "DescribeEnvironmentHealth" => health::environment(request),
        "DescribeEnvironmentManagedActionHistory" => managed_actions::history(request),
        "DescribeEnvironmentManagedActions" => managed_actions::describe(request),
        "DescribeEnvironmentResources" => resources::describe(request),
        "DescribeEnvironments" => environments::describe(request),
        "DescribeEvents" => events::describe(request),
        "DescribeInstancesHealth" => health::instances(request),
        "DescribePlatformVersion" => platforms::describe(request),
        "DisassociateEnvironmentOperationsRole" => operations_role::disassociate(request),
        "ListAvailableSolutionStacks" => Ok(Some(platforms::solution_stacks())),
        "ListPlatformBranches" => platforms::branches(request),
        "ListPlatformVersions" => platforms::versions(request),
        "ListTagsForResource" => tags::list(request),
        "RebuildEnvironment" => updates::rebuild(request),
        "RequestEnvironmentInfo" => logs::request(request),
        "RestartAppServer" => updates::restart(request),
        "RetrieveEnvironmentInfo" => logs::retrieve(request),
        "SwapEnvironmentCNAMEs" => updates::swap(request),
        "TerminateEnvironment" => environments::terminate(request),
        "UpdateApplication" => applications::update(request),
        "UpdateApplicationResourceLifecycle" => applications::update_lifecycle(request),
        "UpdateApplicationVersion" => versions::update(request),
        "UpdateConfigurationTemplate" => templates::update(request).await,
        "UpdateEnvironment" => {
            saved::read(request).await?;
            updates::update(request)
        }
        "UpdateTagsForResource" => tags::update(request),
        "ValidateConfigurationSettings" => {
            saved::read(request).await?;
            configuration::validate(request)
        }
        unknown => {
            Err(ApiError::sender("InvalidAction", format!("Operation {unknown} is not simulated")))
        }
    }
}
