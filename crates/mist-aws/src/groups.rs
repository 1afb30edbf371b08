//! The Auto Scaling groups of environments.

use aws_sdk_autoscaling::{
    error::ProvideErrorMetadata as _,
    types::{AutoScalingGroup, Filter, LifecycleState},
};
use mist_core::{
    beanstalk::capacity::{Capacity, Group},
    error::Error,
    names::EnvironmentName,
    ports::Groups,
};

use crate::error::classify;

const SERVICE: &str = "autoscaling";

/// The tag of a group with the name of its environment, which Beanstalk sets.
const ENVIRONMENT: &str = "elasticbeanstalk:environment-name";

/// The tag that CloudFormation puts on a group: its name in the template of the environment.
const LOGICAL_ID: &str = "aws:cloudformation:logical-id";

/// The Auto Scaling groups of environments, through the SDK. A tag names the environment, so no call of Beanstalk is
/// needed, whose quota all releases share.
#[derive(Clone, Debug)]
pub struct AutoScaling {
    client: aws_sdk_autoscaling::Client,
}

impl AutoScaling {
    /// Uses `client` for every call.
    pub fn new(client: aws_sdk_autoscaling::Client) -> Self {
        Self { client }
    }

    /// The one group of `environment`.
    async fn find(&self, environment: &EnvironmentName) -> Result<AutoScalingGroup, Error> {
        let tag = Filter::builder().name(format!("tag:{ENVIRONMENT}")).values(environment.as_str());
        let pages = self.client.describe_auto_scaling_groups().filters(tag.build());
        let found = pages.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let found = found.map_err(|error| classify(SERVICE, &error))?;
        let mut found: Vec<_> = found.into_iter().filter(serves_environment).collect();
        let environment = environment.to_string();
        match (found.pop(), found.len()) {
            (None, _) => Err(Error::NoGroup { environment }),
            (Some(group), 0) => Ok(group),
            (Some(_), others) => {
                let status = format!("it has {} Auto Scaling groups for now", others + 1);
                Err(Error::EnvironmentBusy { environment, status })
            }
        }
    }
}

/// Whether the instances of `group` serve its environment. All groups of the environment's stacks have its tags: also
/// the one that an immutable update makes for its own time, one that the application adds in `.ebextensions`, and one
/// that is being deleted with an earlier environment of that name.
fn serves_environment(group: &AutoScalingGroup) -> bool {
    let name = group.auto_scaling_group_name().unwrap_or_default();
    let logical_id = group.tags().iter().find(|tag| tag.key() == Some(LOGICAL_ID));
    let is_beanstalks = logical_id.is_none_or(|tag| tag.value() == Some("AWSEBAutoScalingGroup"));
    group.status().is_none() && is_beanstalks && !name.contains("-immutable-stack-")
}

impl Groups for AutoScaling {
    async fn group(&self, environment: &EnvironmentName) -> Result<Group, Error> {
        let found = self.find(environment).await?;
        let Some(name) = found.auto_scaling_group_name() else {
            return Err(Error::NoGroup { environment: environment.to_string() });
        };
        let size = |size: Option<i32>| size.and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
        let serves = |state: Option<&LifecycleState>| state == Some(&LifecycleState::InService);
        let in_service = found.instances().iter().filter(|it| serves(it.lifecycle_state()));
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Group {
            name: name.to_owned(),
            capacity: Capacity {
                min: size(found.min_size()),
                max: size(found.max_size()),
                desired: size(found.desired_capacity()),
            },
            instances: count(found.instances().len()),
            in_service: count(in_service.count()),
        })
    }

    async fn set_capacity(&self, name: &str, min: u32, desired: u32) -> Result<(), Error> {
        let size = |size: u32| i32::try_from(size).unwrap_or(i32::MAX);
        let answer = self
            .client
            .update_auto_scaling_group()
            .auto_scaling_group_name(name)
            .min_size(size(min))
            .desired_capacity(size(desired))
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            // Another scaling activity is in progress.
            Err(error) if error.code() == Some("ScalingActivityInProgress") => {
                let status = error.message().unwrap_or_default().to_owned();
                Err(Error::NotReady { what: format!("Auto Scaling group `{name}`"), status })
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_autoscaling::Client;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use aws_smithy_types::retry::RetryConfig;

    use super::*;
    use crate::wire::{answer, xml_error};

    fn groups(rules: &[&Rule]) -> AutoScaling {
        let client = mock_client!(aws_sdk_autoscaling, RuleMode::Sequential, rules, |config| {
            config.retry_config(RetryConfig::disabled())
        });
        AutoScaling::new(client)
    }

    /// The answer for `Demo-QA-A` with these groups, each the inside of a `member`.
    fn described<const N: usize>(members: [String; N]) -> Rule {
        let members = members.map(|member| format!("<member>{member}</member>")).concat();
        mock!(Client::describe_auto_scaling_groups)
            .match_requests(|input| {
                let [filter] = input.filters() else { return false };
                filter.name() == Some("tag:elasticbeanstalk:environment-name")
                    && filter.values() == ["Demo-QA-A"]
            })
            .then_http_response(move || {
                answer(
                    200,
                    &[],
                    format!(
                        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>\
                         {members}</AutoScalingGroups></DescribeAutoScalingGroupsResult>\
                         </DescribeAutoScalingGroupsResponse>"
                    ),
                )
            })
    }

    fn member(name: &str) -> String {
        let instances = ["InService", "Pending", "Terminating"].map(|state| {
            format!("<member><InstanceId>i-1</InstanceId><LifecycleState>{state}</LifecycleState></member>")
        });
        format!(
            "<AutoScalingGroupName>{name}</AutoScalingGroupName><MinSize>1</MinSize><MaxSize>4</MaxSize>\
             <DesiredCapacity>2</DesiredCapacity><Instances>{}</Instances>",
            instances.concat()
        )
    }

    async fn group<const N: usize>(members: [String; N]) -> Result<Group, Error> {
        groups(&[&described(members)]).group(&"Demo-QA-A".parse().unwrap()).await
    }

    #[tokio::test]
    async fn a_group_has_its_capacity_and_its_instances_in_service() {
        let leaving = format!("{}<Status>Delete in progress</Status>", member("awseb-e-old"));
        let update = member("awseb-e-a-immutable-stack-AWSEBAutoScalingGroup-1");
        let own = format!(
            "{}<Tags><member><Key>aws:cloudformation:logical-id</Key><Value>Workers</Value></member></Tags>",
            member("awseb-e-a-stack-Workers-1")
        );
        let capacity = Capacity { min: 1, max: 4, desired: 2 };
        let expected =
            Group { name: "awseb-e-a".to_owned(), capacity, instances: 3, in_service: 1 };
        assert_eq!(group([leaving, update, own, member("awseb-e-a")]).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn an_environment_with_no_group_or_with_several_is_refused_by_name() {
        assert_eq!(group([]).await.unwrap_err().code(), "Mist.NoGroup");
        let two = group([member("awseb-e-a"), member("awseb-e-b")]).await;
        assert_eq!(two.unwrap_err().code(), "Mist.EnvironmentBusy");
    }

    #[tokio::test]
    async fn a_group_keeps_its_maximum() {
        let update = mock!(Client::update_auto_scaling_group)
            .match_requests(|input| {
                (input.min_size(), input.max_size(), input.desired_capacity())
                    == (Some(0), None, Some(0))
            })
            .then_http_response(|| answer(200, &[], "<UpdateAutoScalingGroupResponse/>"));
        let busy = mock!(Client::update_auto_scaling_group).then_http_response(|| {
            xml_error(400, "ScalingActivityInProgress", "Scaling activity 1 is in progress")
        });
        let groups = groups(&[&update, &busy]);
        groups.set_capacity("awseb-e-a", 0, 0).await.unwrap();
        let error = groups.set_capacity("awseb-e-a", 0, 0).await.unwrap_err();
        assert_eq!(error.code(), "Mist.NotReady");
    }
}
