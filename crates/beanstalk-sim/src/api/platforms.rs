//! Platforms and solution stacks.

use super::{Reply, Request};
use crate::wire::{ApiError, Structure};
use crate::world::Platform;

pub(super) fn solution_stacks() -> Structure {
    let names: Vec<_> = Platform::all().iter().map(Platform::solution_stack).collect();
    let details = names.iter().map(|name| {
        Structure::new().with("SolutionStackName", name).with_list("PermittedFileTypes", ["zip"])
    });

    Structure::new().with_list("SolutionStacks", &names).with_list("SolutionStackDetails", details)
}

pub(super) fn describe(request: &Request) -> Reply {
    let arn = request.params.required("PlatformArn")?;
    let platform = Platform::from_arn(arn)
        .ok_or_else(|| ApiError::invalid_value(format!("No Platform named '{arn}' found.")))?;
    let description = summary(&platform, &request.engine.settings.region)
        .with("PlatformName", platform.branch())
        .with("SolutionStackName", platform.solution_stack());
    Ok(Some(Structure::new().with("PlatformDescription", description)))
}

pub(super) fn versions(request: &Request) -> Structure {
    let region = &request.engine.settings.region;
    let summaries = Platform::all().into_iter().map(|platform| summary(&platform, region));
    Structure::new().with_list("PlatformSummaryList", summaries)
}

pub(super) fn branches() -> Structure {
    let branches = Platform::all().into_iter().enumerate().map(|(order, platform)| {
        Structure::new()
            .with("PlatformName", &platform.language)
            .with("BranchName", platform.branch())
            .with("LifecycleState", "Supported")
            .with("BranchOrder", order)
            .with_list("SupportedTierList", ["WebServer/Standard", "Worker/SQS/HTTP"])
    });
    Structure::new().with_list("PlatformBranchSummaryList", branches)
}

fn summary(platform: &Platform, region: &str) -> Structure {
    Structure::new()
        .with("PlatformArn", platform.arn(region))
        .with("PlatformOwner", "AWSElasticBeanstalk")
        .with("PlatformStatus", "Ready")
        .with("PlatformCategory", platform.language.split(' ').next().unwrap_or_default())
        .with("OperatingSystemName", platform.system.trim_start_matches("64bit "))
        .with("PlatformVersion", &platform.version)
        .with("PlatformBranchName", platform.branch())
        .with("PlatformBranchLifecycleState", "Supported")
        .with("PlatformLifecycleState", "Recommended")
        .with_list("SupportedTierList", ["WebServer/Standard", "Worker/SQS/HTTP"])
        .with_list("SupportedAddonList", ["Log/S3", "Monitoring/Healthd"])
}
