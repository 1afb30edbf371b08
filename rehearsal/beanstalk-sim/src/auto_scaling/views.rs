//! Groups and their parts in answers.

use super::lookup::members;
use crate::wire::Structure;
use crate::world::{
    AutoScalingGroup, Environment, Instance, ScalingActivity, ScheduledAction, World,
};

/// A tag of a group.
pub(super) struct Tag {
    pub(super) group: String,
    pub(super) key: String,
    pub(super) value: String,
}

pub(super) fn group(world: &World, environment: &Environment, with_instances: bool) -> Structure {
    let group = &environment.group;
    let suspended = group.suspended.iter().map(|process| {
        Structure::new()
            .with("ProcessName", process.name())
            .with("SuspensionReason", "User suspended")
    });
    let instances = members(world, environment)
        .filter(|_| with_instances)
        .map(|instance| member(world, environment, instance));
    let zones = ['a', 'b', 'c'].map(|zone| format!("{}{zone}", world.region));
    Structure::new()
        .with("AutoScalingGroupName", &group.name)
        .with("AutoScalingGroupARN", arn(world, group))
        .with("LaunchTemplate", launch_template(environment))
        .with("MinSize", group.min)
        .with("MaxSize", group.max)
        .with("DesiredCapacity", group.desired)
        .with("DefaultCooldown", u64::from(group.cooldown))
        .with_list("AvailabilityZones", zones)
        .with_list("LoadBalancerNames", Vec::<Structure>::new())
        .with("HealthCheckType", "EC2")
        .with("HealthCheckGracePeriod", 0_u64)
        .with_list("Instances", instances)
        .with("CreatedTime", environment.created)
        .with_list("SuspendedProcesses", suspended)
        .with_list("Tags", tags(world, environment).into_iter().map(Tag::structure))
        .with_list("TerminationPolicies", ["Default"])
        .with("NewInstancesProtectedFromScaleIn", false)
}

/// An instance within the description of its group.
fn member(world: &World, environment: &Environment, instance: &Instance) -> Structure {
    described(world, environment, instance)
        .with("InstanceType", environment.options.instance_type())
        .with("LaunchTemplate", launch_template(environment))
        .with("ProtectedFromScaleIn", false)
}

/// An instance on its own.
pub(super) fn instance(world: &World, environment: &Environment, instance: &Instance) -> Structure {
    member(world, environment, instance).with("AutoScalingGroupName", &environment.group.name)
}

fn described(world: &World, environment: &Environment, instance: &Instance) -> Structure {
    let unhealthy = environment.group.unhealthy.contains(&instance.id);
    Structure::new()
        .with("InstanceId", &instance.id)
        .with("AvailabilityZone", format!("{}{}", world.region, instance.zone))
        .with("LifecycleState", lifecycle_state(environment, instance))
        .with("HealthStatus", if unhealthy { "Unhealthy" } else { "Healthy" })
}

/// The lifecycle state of an instance: pending until it is launched. The group does not consider its application.
fn lifecycle_state(environment: &Environment, instance: &Instance) -> &'static str {
    let mut activities = environment.group.activities.iter();
    let launching =
        activities.any(|activity| activity.instance_id == instance.id && activity.end.is_none());
    if launching { "Pending" } else { "InService" }
}

pub(super) fn activity(
    world: &World,
    environment: &Environment,
    activity: &ScalingActivity,
) -> Structure {
    let (status, progress) = match activity.end {
        Some(_) => ("Successful", 100_u64),
        None => ("InProgress", 50),
    };
    Structure::new()
        .with("ActivityId", &activity.id)
        .with("AutoScalingGroupName", &environment.group.name)
        .with("Description", &activity.description)
        .with("Cause", &activity.cause)
        .with("StartTime", activity.start)
        .with_some("EndTime", activity.end)
        .with("StatusCode", status)
        .with("Progress", progress)
        .with("Details", "{}")
        .with("AutoScalingGroupARN", arn(world, &environment.group))
}

pub(super) fn scheduled_action(
    world: &World,
    environment: &Environment,
    name: &str,
    action: &ScheduledAction,
) -> Structure {
    let group = &environment.group.name;
    Structure::new()
        .with("AutoScalingGroupName", group)
        .with("ScheduledActionName", name)
        .with(
            "ScheduledActionARN",
            format!(
                "arn:aws:autoscaling:{}:{}:scheduledUpdateGroupAction:{}:autoScalingGroupName/{group}:scheduledActionName/{name}",
                world.region, world.account, environment.id
            ),
        )
        .with_some("StartTime", action.start)
        // The older member has the same value.
        .with_some("Time", action.start)
        .with_some("EndTime", action.end)
        .with_some("Recurrence", action.recurrence.as_ref())
        .with_some("MinSize", action.sizes.min)
        .with_some("MaxSize", action.sizes.max)
        .with_some("DesiredCapacity", action.sizes.desired)
        .with_some("TimeZone", action.time_zone.as_ref())
}

/// The tags of an environment are those of its group.
pub(super) fn tags(world: &World, environment: &Environment) -> Vec<Tag> {
    let tag = |(key, value)| Tag { group: environment.group.name.clone(), key, value };
    world.tags_of(environment).into_iter().map(tag).collect()
}

impl Tag {
    pub(super) fn structure(self) -> Structure {
        Structure::new()
            .with("ResourceId", self.group)
            .with("ResourceType", "auto-scaling-group")
            .with("Key", self.key)
            .with("Value", self.value)
            .with("PropagateAtLaunch", true)
    }
}

fn launch_template(environment: &Environment) -> Structure {
    Structure::new()
        .with("LaunchTemplateId", format!("lt-{}", environment.id))
        .with(
            "LaunchTemplateName",
            format!("awseb-{}-stack-AWSEBEC2LaunchTemplate", environment.id),
        )
        .with("Version", "1")
}

fn arn(world: &World, group: &AutoScalingGroup) -> String {
    format!(
        "arn:aws:autoscaling:{}:{}:autoScalingGroup:00000000-0000-4000-8000-000000000000:autoScalingGroupName/{}",
        world.region, world.account, group.name
    )
}
