//! The Auto Scaling groups of environments.

use aws_sdk_autoscaling::types::LifecycleState;
use aws_sdk_elasticbeanstalk::{
    error::ProvideErrorMetadata as _, types::EnvironmentResourceDescription,
};
use mist_core::{
    beanstalk::capacity::{Group, Sizes},
    error::Error,
    names::EnvironmentName,
    ports::Groups,
};

use crate::error::classify;

const SERVICE: &str = "autoscaling";

/// The Auto Scaling groups of environments, through the SDK. Beanstalk tells which group is whose.
#[derive(Clone, Debug)]
pub struct AutoScaling {
    beanstalk: aws_sdk_elasticbeanstalk::Client,
    client: aws_sdk_autoscaling::Client,
}

impl AutoScaling {
    /// Uses these clients for every call.
    pub fn new(
        beanstalk: aws_sdk_elasticbeanstalk::Client,
        client: aws_sdk_autoscaling::Client,
    ) -> Self {
        Self { beanstalk, client }
    }

    async fn name(&self, environment: &EnvironmentName) -> Result<String, Error> {
        let answer = self
            .beanstalk
            .describe_environment_resources()
            .environment_name(environment.as_str())
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.message().is_some_and(|it| it.contains("No Environment found")) => {
                return Err(Error::EnvironmentMissing { environment: environment.to_string() });
            }
            Err(error) => return Err(classify("elasticbeanstalk", &error)),
        };
        let resources = answer.environment_resources();
        let groups =
            resources.map(EnvironmentResourceDescription::auto_scaling_groups).unwrap_or_default();
        let environment = environment.to_string();
        match groups {
            [group] if group.name().is_some() => Ok(group.name().unwrap_or_default().to_owned()),
            [] | [_] => Err(Error::NoGroup { environment }),
            [..] => {
                let status = format!("it has {} Auto Scaling groups for now", groups.len());
                Err(Error::EnvironmentBusy { environment, status })
            }
        }
    }
}

impl Groups for AutoScaling {
    async fn group(&self, environment: &EnvironmentName) -> Result<Group, Error> {
        let name = self.name(environment).await?;
        let answer = self
            .client
            .describe_auto_scaling_groups()
            .auto_scaling_group_names(&name)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let Some(found) = answer.auto_scaling_groups().first() else {
            return Err(Error::NoGroup { environment: environment.to_string() });
        };
        let size = |size: Option<i32>| size.and_then(|size| u32::try_from(size).ok()).unwrap_or(0);
        let serves = |state: Option<&LifecycleState>| state == Some(&LifecycleState::InService);
        let in_service = found.instances().iter().filter(|it| serves(it.lifecycle_state()));
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Group {
            name,
            sizes: Sizes {
                min: size(found.min_size()),
                max: size(found.max_size()),
                desired: size(found.desired_capacity()),
            },
            instances: count(found.instances().len()),
            in_service: count(in_service.count()),
        })
    }

    async fn resize(&self, name: &str, min: u32, desired: u32) -> Result<(), Error> {
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
            // Another activity of the group is not over yet.
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
    use aws_sdk_autoscaling as autoscaling;
    use aws_sdk_elasticbeanstalk as beanstalk;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use aws_smithy_types::retry::RetryConfig;

    use super::*;
    use crate::wire::{answer, xml_error};

    const RESOURCES: &str = "<DescribeEnvironmentResourcesResponse><DescribeEnvironmentResourcesResult>\
        <EnvironmentResources><EnvironmentName>Demo-QA-A</EnvironmentName><AutoScalingGroups><member>\
        <Name>awseb-e-a</Name></member></AutoScalingGroups></EnvironmentResources>\
        </DescribeEnvironmentResourcesResult></DescribeEnvironmentResourcesResponse>";

    fn resources(body: &'static str) -> Rule {
        mock!(beanstalk::Client::describe_environment_resources)
            .match_requests(|input| input.environment_name() == Some("Demo-QA-A"))
            .then_http_response(move || answer(200, &[], body))
    }

    fn groups(resources: &Rule, rules: &[&Rule]) -> AutoScaling {
        let beanstalk =
            mock_client!(aws_sdk_elasticbeanstalk, RuleMode::Sequential, [resources], |config| {
                config.retry_config(RetryConfig::disabled())
            });
        let client = mock_client!(aws_sdk_autoscaling, RuleMode::Sequential, rules, |config| {
            config.retry_config(RetryConfig::disabled())
        });
        AutoScaling::new(beanstalk, client)
    }

    #[tokio::test]
    async fn a_group_tells_its_sizes_and_what_serves() {
        let found = mock!(autoscaling::Client::describe_auto_scaling_groups)
            .match_requests(|input| input.auto_scaling_group_names() == ["awseb-e-a"])
            .then_http_response(|| {
                let instances = ["InService", "Pending", "Terminating"].map(|state| {
                    format!("<member><InstanceId>i-1</InstanceId><LifecycleState>{state}</LifecycleState></member>")
                });
                answer(
                    200,
                    &[],
                    format!(
                        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>\
                         <member><AutoScalingGroupName>awseb-e-a</AutoScalingGroupName><MinSize>1</MinSize>\
                         <MaxSize>4</MaxSize><DesiredCapacity>2</DesiredCapacity><Instances>{}</Instances></member>\
                         </AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>",
                        instances.concat()
                    ),
                )
            });
        let group =
            groups(&resources(RESOURCES), &[&found]).group(&"Demo-QA-A".parse().unwrap()).await;
        let sizes = Sizes { min: 1, max: 4, desired: 2 };
        let expected = Group { name: "awseb-e-a".to_owned(), sizes, instances: 3, in_service: 1 };
        assert_eq!(group.unwrap(), expected);
    }

    #[tokio::test]
    async fn an_environment_that_is_not_there_or_has_no_group_is_told_by_name() {
        let none = "<DescribeEnvironmentResourcesResponse><DescribeEnvironmentResourcesResult>\
            <EnvironmentResources/></DescribeEnvironmentResourcesResult></DescribeEnvironmentResourcesResponse>";
        let name = "Demo-QA-A".parse().unwrap();
        let error = groups(&resources(none), &[]).group(&name).await.unwrap_err();
        assert_eq!(error.code(), "Mist.NoGroup");
        let two = "<DescribeEnvironmentResourcesResponse><DescribeEnvironmentResourcesResult>\
            <EnvironmentResources><AutoScalingGroups><member><Name>awseb-e-a</Name></member><member>\
            <Name>awseb-e-a-immutable</Name></member></AutoScalingGroups></EnvironmentResources>\
            </DescribeEnvironmentResourcesResult></DescribeEnvironmentResourcesResponse>";
        let error = groups(&resources(two), &[]).group(&name).await.unwrap_err();
        assert_eq!(error.code(), "Mist.EnvironmentBusy");
        let missing =
            mock!(beanstalk::Client::describe_environment_resources).then_http_response(|| {
                xml_error(
                    400,
                    "InvalidParameterValue",
                    "No Environment found for EnvironmentName = 'Demo-QA-A'.",
                )
            });
        let error = groups(&missing, &[]).group(&name).await.unwrap_err();
        assert_eq!(error.code(), "Mist.EnvironmentMissing");
    }

    #[tokio::test]
    async fn a_group_keeps_its_maximum() {
        let update = mock!(autoscaling::Client::update_auto_scaling_group)
            .match_requests(|input| {
                (input.min_size(), input.max_size(), input.desired_capacity())
                    == (Some(0), None, Some(0))
            })
            .then_http_response(|| answer(200, &[], "<UpdateAutoScalingGroupResponse/>"));
        let busy = mock!(autoscaling::Client::update_auto_scaling_group).then_http_response(|| {
            xml_error(400, "ScalingActivityInProgress", "Scaling activity 1 is in progress")
        });
        let resources = resources(RESOURCES);
        let groups = groups(&resources, &[&update, &busy]);
        groups.resize("awseb-e-a", 0, 0).await.unwrap();
        let error = groups.resize("awseb-e-a", 0, 0).await.unwrap_err();
        assert_eq!(error.code(), "Mist.NotReady");
    }
}
