//! The operations of the API: what each checks, changes and answers.

mod applications;
mod configuration;
mod creation;
mod environments;
mod events;
mod health;
mod lookup;
mod paging;
mod platforms;
mod resources;
mod server;
mod tags;
mod updates;
mod versions;
mod views;

use std::sync::Arc;

pub(crate) use server::router;

use crate::engine::Engine;
use crate::wire::{ApiError, Params, Structure};

/// One call, ready to be carried out.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) engine: Arc<Engine>,
    pub(crate) params: Params,
    /// What the answer and the events of the work carry.
    pub(crate) id: String,
}

/// The result element of a success, which some operations do not have.
pub(crate) type Reply = Result<Option<Structure>, ApiError>;

/// The table of operations.
async fn carry_out(operation: &str, request: &Request) -> Reply {
    match operation {
        "AbortEnvironmentUpdate" => updates::abort(request),
        "CheckDNSAvailability" => resources::check_dns(request),
        "CreateApplication" => applications::create(request),
        "CreateApplicationVersion" => versions::create(request).await,
        "CreateEnvironment" => creation::create(request),
        "CreateStorageLocation" => resources::create_storage_location(request).await,
        "DeleteApplication" => applications::delete(request),
        "DeleteApplicationVersion" => versions::delete(request).await,
        "DescribeAccountAttributes" => Ok(Some(resources::account_attributes())),
        "DescribeApplicationVersions" => versions::describe(request),
        "DescribeApplications" => Ok(Some(applications::describe(request))),
        "DescribeConfigurationOptions" => configuration::options(request),
        "DescribeConfigurationSettings" => configuration::settings(request),
        "DescribeEnvironmentHealth" => health::environment(request),
        "DescribeEnvironmentManagedActions" => resources::managed_actions(request),
        "DescribeEnvironmentResources" => resources::describe(request),
        "DescribeEnvironments" => environments::describe(request),
        "DescribeEvents" => events::describe(request),
        "DescribeInstancesHealth" => health::instances(request),
        "DescribePlatformVersion" => platforms::describe(request),
        "ListAvailableSolutionStacks" => Ok(Some(platforms::solution_stacks())),
        "ListPlatformBranches" => Ok(Some(platforms::branches())),
        "ListPlatformVersions" => Ok(Some(platforms::versions(request))),
        "ListTagsForResource" => tags::list(request),
        "RebuildEnvironment" => updates::rebuild(request),
        "RestartAppServer" => updates::restart(request),
        "SwapEnvironmentCNAMEs" => updates::swap(request),
        "TerminateEnvironment" => environments::terminate(request),
        "UpdateApplication" => applications::update(request),
        "UpdateApplicationVersion" => versions::update(request),
        "UpdateEnvironment" => updates::update(request),
        "UpdateTagsForResource" => tags::update(request),
        unknown => Err(ApiError::sender(
            "InvalidAction",
            format!("Could not find operation {unknown} for version 2010-12-01"),
        )),
    }
}
