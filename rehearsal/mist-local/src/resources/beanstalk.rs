//! Applications, versions, environments and Auto Scaling groups of Elastic Beanstalk.

use std::time::{Duration, Instant};

use aws_sdk_elasticbeanstalk::Client;
use aws_sdk_elasticbeanstalk::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_elasticbeanstalk::types::{
    ConfigurationOptionSetting, EnvironmentDescription, EnvironmentHealth, EnvironmentStatus,
    S3Location,
};

use crate::cloud::Cloud;
use crate::error::Error;
use crate::wait::pause;

/// The longest time until an environment is Ready.
const LIMIT: Duration = Duration::from_mins(10);

/// The pause between two status requests.
const INTERVAL: Duration = Duration::from_millis(50);

/// The platform of environments. On it, files are served as they are, and a bundle with a `Procfile` runs, as on AWS.
const PLATFORM: &str = "64bit Amazon Linux 2023 v4.7.4 running PHP 8.4";

/// Creates an application; does nothing if it exists.
pub(crate) async fn make_application(cloud: &Cloud, name: &str) -> Result<(), Error> {
    let request = client(cloud).create_application().application_name(name);
    accept_existing(request.send().await, format!("CreateApplication `{name}`"))
}

/// Creates a version from an object in S3; does nothing if it exists.
pub(crate) async fn make_version(
    cloud: &Cloud,
    application: &str,
    label: &str,
    bucket: &str,
    key: &str,
) -> Result<(), Error> {
    let source = S3Location::builder().s3_bucket(bucket).s3_key(key).build();
    let request = client(cloud)
        .create_application_version()
        .application_name(application)
        .version_label(label);
    accept_existing(
        request.source_bundle(source).send().await,
        format!("CreateApplicationVersion `{label}`"),
    )
}

/// Creates an environment unless it exists, waits until it is Ready, and returns its CNAME.
pub(crate) async fn make_environment(
    cloud: &Cloud,
    application: &str,
    name: &str,
    version: Option<&str>,
) -> Result<String, Error> {
    let client = client(cloud);
    let request = client.create_environment().application_name(application).environment_name(name);
    let request = request
        .cname_prefix(name)
        .solution_stack_name(PLATFORM)
        .option_settings(option(
            "aws:elasticbeanstalk:environment",
            "EnvironmentType",
            "SingleInstance",
        ))
        .option_settings(option(
            "aws:elasticbeanstalk:healthreporting:system",
            "SystemType",
            "enhanced",
        ))
        .set_version_label(version.map(str::to_owned));
    accept_existing(request.send().await, format!("CreateEnvironment `{name}`"))?;
    let deadline = Instant::now() + LIMIT;
    while Instant::now() < deadline {
        let environment = describe(&client, application, name).await?;
        let status = environment.as_ref().and_then(EnvironmentDescription::status);
        match status {
            // Health follows the status later, and a release requires good health.
            Some(EnvironmentStatus::Ready) => {
                if let Some(healthy) = environment.filter(is_green) {
                    return Ok(healthy.cname.unwrap_or_default());
                }
            }
            None | Some(EnvironmentStatus::Launching | EnvironmentStatus::Updating) => {}
            Some(other) => {
                let status = other.as_str().to_owned();
                return Err(Error::Environment { environment: name.to_owned(), status });
            }
        }
        pause(INTERVAL).await;
    }
    Err(Error::TookTooLong {
        what: format!("creation of environment `{name}`"),
        seconds: LIMIT.as_secs(),
    })
}

fn option(namespace: &str, name: &str, value: &str) -> ConfigurationOptionSetting {
    ConfigurationOptionSetting::builder()
        .namespace(namespace)
        .option_name(name)
        .value(value)
        .build()
}

fn is_green(environment: &EnvironmentDescription) -> bool {
    environment.health() == Some(&EnvironmentHealth::Green)
}

async fn describe(
    client: &Client,
    application: &str,
    name: &str,
) -> Result<Option<EnvironmentDescription>, Error> {
    let request =
        client.describe_environments().application_name(application).environment_names(name);
    let answer = request.include_deleted(false).send().await;
    let answer =
        answer.map_err(|error| Error::aws(format!("DescribeEnvironments `{name}`"), &error))?;
    Ok(answer.environments().first().cloned())
}

fn accept_existing<T, E>(outcome: Result<T, SdkError<E>>, call: String) -> Result<(), Error>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match outcome {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_service_error()
                .and_then(|error| error.message())
                .is_some_and(|text| text.contains("already exists")) =>
        {
            Ok(())
        }
        Err(error) => Err(Error::aws(call, &error)),
    }
}

/// Changes the minimum, maximum and desired capacity of an Auto Scaling group.
pub(crate) async fn resize(cloud: &Cloud, name: &str, sizes: [u32; 3]) -> Result<(), Error> {
    let [min, max, desired] = sizes.map(|size| i32::try_from(size).unwrap_or(i32::MAX));
    let answer = aws_sdk_autoscaling::Client::new(cloud.beanstalk_config())
        .update_auto_scaling_group()
        .auto_scaling_group_name(name)
        .min_size(min)
        .max_size(max)
        .desired_capacity(desired)
        .send()
        .await;
    answer.map(drop).map_err(|error| Error::aws(format!("UpdateAutoScalingGroup `{name}`"), &error))
}

fn client(cloud: &Cloud) -> Client {
    Client::new(cloud.beanstalk_config())
}
