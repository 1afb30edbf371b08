//! Platforms, their branches, and solution stacks.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::filter::Filter;
use super::paging::page;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Structure};
use crate::world::Platform;
use crate::world::platform::{BRANCHES, Branch, BranchState};

const TIERS: [&str; 2] = ["WebServer/Standard", "Worker/SQS/HTTP"];
const ADDONS: [&str; 3] = ["Log/S3", "Monitoring/Healthd", "WorkerDaemon/SQSD"];
const OWNER: &str = "AWSElasticBeanstalk";

pub(super) fn solution_stacks() -> Structure {
    let platforms = Platform::all();
    let names: Vec<_> = platforms.iter().map(Platform::solution_stack).collect();
    let details = platforms.iter().zip(&names).map(|(platform, name)| {
        Structure::new()
            .with("SolutionStackName", name)
            .with_list("PermittedFileTypes", file_types(platform).iter().copied())
    });
    Structure::new().with_list("SolutionStacks", &names).with_list("SolutionStackDetails", details)
}

fn file_types(platform: &Platform) -> &'static [&'static str] {
    if platform.language.starts_with("Tomcat") {
        &["war", "zip"]
    } else if platform.language.starts_with("Corretto") {
        &["jar", "zip"]
    } else {
        &["zip"]
    }
}

pub(super) fn describe(request: &Request) -> Reply {
    let arn = request.params.required("PlatformArn")?;
    let platform = Platform::from_arn(arn)
        .ok_or_else(|| ApiError::invalid_value(format!("No Platform named '{arn}' found.")))?;
    let world = request.engine.world();
    let now = world.now();
    let (language, version) = language(&platform);
    let language = Structure::new().with("Name", language).with("Version", version);
    let description = format!("{} {}", platform.branch(), platform.version);
    let amis = ["x86_64", "arm64"].map(|architecture| {
        Structure::new()
            .with("Architecture", architecture)
            .with("ImageId", image(&platform, architecture))
    });
    let amis_of_hvm = [Structure::new()
        .with("VirtualizationType", "hvm")
        .with("ImageId", image(&platform, "x86_64"))];
    let description = summary(&platform, &world.region)
        .with("PlatformName", platform.branch())
        .with("SolutionStackName", platform.solution_stack())
        // The release dates of versions are not published.
        .with("DateCreated", now)
        .with("DateUpdated", now)
        .with("Description", description)
        .with("Maintainer", OWNER)
        .with_list("ProgrammingLanguages", [language])
        .with_list("Frameworks", Vec::<Structure>::new())
        .with_list("CustomAmiList", amis_of_hvm)
        .with_list("DefaultAmiList", amis);
    Ok(Some(Structure::new().with("PlatformDescription", description)))
}

/// The name and the version of the language, such as `Java` and `21`.
fn language(platform: &Platform) -> (&str, &str) {
    let (name, version) =
        platform.language.rsplit_once(' ').unwrap_or((platform.language.as_str(), ""));
    let name = match category(platform) {
        "Java" | "Tomcat" => "Java",
        _ => name,
    };
    (name, version)
}

/// A machine image ID that depends only on the platform.
fn image(platform: &Platform, architecture: &str) -> String {
    let mut hasher = DefaultHasher::new();
    (platform.solution_stack(), architecture).hash(&mut hasher);
    format!("ami-0{:016x}", hasher.finish())
}

pub(super) fn versions(request: &Request) -> Reply {
    let filters = Filter::read(&request.params, "Type", &VERSION_ATTRIBUTES)?;
    let region = &request.engine.settings.region;
    let matching: Vec<_> = BRANCHES
        .iter()
        .flat_map(Branch::platforms)
        .filter(|platform| {
            filters.iter().all(|filter| filter.any(&values(platform, filter.attribute())))
        })
        .collect();
    let page = page(matching, &request.params)?;
    Ok(Some(
        Structure::new()
            .with_list(
                "PlatformSummaryList",
                page.items.iter().map(|platform| summary(platform, region)),
            )
            .with_some("NextToken", page.next_token),
    ))
}

const VERSION_ATTRIBUTES: [&str; 11] = [
    "PlatformName",
    "PlatformVersion",
    "PlatformStatus",
    "PlatformBranchName",
    "PlatformBranchLifecycleState",
    "PlatformLifecycleState",
    "PlatformOwner",
    "SupportedTier",
    "SupportedAddon",
    "ProgrammingLanguageName",
    "OperatingSystemName",
];

/// The values of an attribute that a filter compares.
fn values(platform: &Platform, attribute: &str) -> Vec<String> {
    let one = |value: &str| vec![value.to_owned()];
    let all = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    match attribute {
        "PlatformName" | "PlatformBranchName" => vec![platform.branch()],
        "PlatformVersion" => one(&platform.version),
        "PlatformStatus" => one("Ready"),
        "PlatformBranchLifecycleState" => one(state(platform).name()),
        "PlatformLifecycleState" => one(lifecycle_state(platform).unwrap_or_default()),
        "PlatformOwner" => vec![OWNER.to_owned(), "aws".to_owned()],
        "SupportedTier" => all(&TIERS),
        "SupportedAddon" => all(&ADDONS),
        "ProgrammingLanguageName" => one(language(platform).0),
        "OperatingSystemName" => one(system_name(platform)),
        _ => Vec::new(),
    }
}

pub(super) fn branches(request: &Request) -> Reply {
    let attributes = ["BranchName", "LifecycleState", "PlatformName", "TierType"];
    let filters = Filter::read(&request.params, "Attribute", &attributes)?;
    let values = |branch: &Branch, attribute: &str| match attribute {
        "BranchName" => vec![branch.name()],
        "LifecycleState" => vec![branch.state.name().to_owned()],
        "PlatformName" => vec![branch.platform.to_owned()],
        _ => TIERS.map(str::to_owned).to_vec(),
    };
    let matching: Vec<_> = BRANCHES
        .iter()
        .enumerate()
        .filter(|(_, branch)| {
            filters.iter().all(|filter| filter.any(&values(branch, filter.attribute())))
        })
        .collect();
    let page = page(matching, &request.params)?;
    let branches = page.items.into_iter().map(|(order, branch)| {
        Structure::new()
            .with("PlatformName", branch.platform)
            .with("BranchName", branch.name())
            .with("LifecycleState", branch.state.name())
            .with("BranchOrder", order)
            .with_list("SupportedTierList", TIERS)
    });
    Ok(Some(
        Structure::new()
            .with_list("PlatformBranchSummaryList", branches)
            .with_some("NextToken", page.next_token),
    ))
}

/// Custom platforms were retired with Amazon Linux 1, so none can be built. The text is *assumed*.
pub(super) fn create_version(request: &Request) -> Reply {
    for name in ["PlatformName", "PlatformVersion"] {
        request.params.required(name)?;
    }
    Err(ApiError::sender(
        "ElasticBeanstalkServiceException",
        "Custom platforms are no longer supported.",
    ))
}

/// There are no custom platforms, and callers cannot delete those of the service. The text is *assumed*.
pub(super) fn delete_version(request: &Request) -> Reply {
    let arn = request.params.required("PlatformArn")?;
    match Platform::from_arn(arn) {
        Some(_) => Err(ApiError {
            status: 403,
            ..ApiError::sender(
                "InsufficientPrivilegesException",
                format!("Access denied: the platform '{arn}' belongs to {OWNER}."),
            )
        }),
        None => Err(ApiError::invalid_value(format!("No Platform named '{arn}' found."))),
    }
}

fn state(platform: &Platform) -> BranchState {
    platform.known_branch().map_or(BranchState::Supported, |branch| branch.state)
}

/// The lifecycle state of a version: only the newest one of a branch is recommended.
fn lifecycle_state(platform: &Platform) -> Option<&'static str> {
    platform.is_recommended().then_some("Recommended")
}

fn category(platform: &Platform) -> &str {
    let own_word = platform.language.split(' ').next().unwrap_or_default();
    platform.known_branch().map_or(own_word, |branch| branch.platform)
}

fn system_name(platform: &Platform) -> &str {
    platform.system.trim_start_matches("64bit ").trim_end_matches(" 2023").trim_end_matches(" 2")
}

fn system_version(platform: &Platform) -> &str {
    platform.system.rsplit_once(" Linux ").map_or("1", |(_, version)| version)
}

fn summary(platform: &Platform, region: &str) -> Structure {
    Structure::new()
        .with("PlatformArn", platform.arn(region))
        .with("PlatformOwner", OWNER)
        .with("PlatformStatus", "Ready")
        .with("PlatformCategory", category(platform))
        .with("OperatingSystemName", system_name(platform))
        .with("OperatingSystemVersion", system_version(platform))
        .with("PlatformVersion", &platform.version)
        .with("PlatformBranchName", platform.branch())
        .with("PlatformBranchLifecycleState", state(platform).name())
        .with_some("PlatformLifecycleState", lifecycle_state(platform))
        .with_list("SupportedTierList", TIERS)
        .with_list("SupportedAddonList", ADDONS)
}
