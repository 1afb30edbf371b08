//! Elastic Beanstalk.

mod convert;
mod health;
mod logs;
#[cfg(test)]
mod tests;

use aws_sdk_elasticbeanstalk::{
    Client, error::ProvideErrorMetadata as _, operation::RequestId as _, types::S3Location,
};
use jiff::Timestamp;
use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle},
        environment::Environment,
        event::Event,
    },
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Beanstalk, NewVersion, Update},
};

use self::convert::{application_version, deployable, environment, event};
use crate::{
    error::{classify, message_contains},
    time::date_time,
};

const SERVICE: &str = "elasticbeanstalk";

/// The most events of one answer. A deployment has fewer.
const MOST_EVENTS: i32 = 1000;

/// The most application versions of one answer.
const MOST_VERSIONS: i32 = 1000;

/// Elastic Beanstalk, through the SDK.
#[derive(Clone, Debug)]
pub struct ElasticBeanstalk {
    client: Client,
}

impl ElasticBeanstalk {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Beanstalk for ElasticBeanstalk {
    async fn environments(&self, names: &[&EnvironmentName]) -> Result<Vec<Environment>, Error> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let answer = self
            .client
            .describe_environments()
            .set_environment_names(Some(names.clone()))
            .include_deleted(false)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let mut found: Vec<_> = answer.environments().iter().map(environment).collect();
        found.sort_by_key(|environment| names.iter().position(|name| *name == environment.name));
        Ok(found)
    }

    async fn version(
        &self,
        application: &str,
        label: &VersionLabel,
    ) -> Result<Option<ApplicationVersion>, Error> {
        let answer = self
            .client
            .describe_application_versions()
            .application_name(application)
            .version_labels(label.as_str())
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        Ok(answer.application_versions().first().map(application_version))
    }

    async fn newest_version(&self, application: &str) -> Result<Option<VersionLabel>, Error> {
        let (mut newest, mut token) = (None, None);
        loop {
            let answer = self
                .client
                .describe_application_versions()
                .application_name(application)
                .max_records(MOST_VERSIONS)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| classify(SERVICE, &error))?;
            let fit = answer.application_versions().iter().filter_map(deployable);
            newest = newest.into_iter().chain(fit).max();
            token = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(newest.map(|(_, label)| label))
    }

    async fn create_version(
        &self,
        version: &NewVersion,
    ) -> Result<Option<ApplicationVersion>, Error> {
        let Bundle { bucket, key } = &version.bundle;
        let bundle = S3Location::builder().s3_bucket(bucket).s3_key(key).build();
        let answer = self
            .client
            .create_application_version()
            .application_name(&version.application)
            .version_label(version.label.as_str())
            .description(&version.description)
            .source_bundle(bundle)
            .auto_create_application(false)
            // Beanstalk also checks a version when it deploys it. A check now would only take time.
            .process(false)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.application_version().map(application_version)),
            Err(error) if message_contains(&error, "already exists.") => {
                self.version(&version.application, &version.label).await
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }

    async fn deploy(
        &self,
        environment: &EnvironmentName,
        label: &VersionLabel,
    ) -> Result<Update, Error> {
        let answer = self
            .client
            .update_environment()
            .environment_name(environment.as_str())
            .version_label(label.as_str())
            .send()
            .await;
        let error = match answer {
            Ok(answer) => {
                return match answer.request_id() {
                    Some(id) if !id.is_empty() => Ok(Update { request_id: id.to_owned() }),
                    // Only the request id tells the events of this update from others.
                    _ => Err(Error::ServiceUnavailable {
                        service: SERVICE,
                        message: "the answer has no request id".to_owned(),
                    }),
                };
            }
            Err(error) => error,
        };
        let name = environment.to_string();
        if message_contains(&error, "invalid state for this operation") {
            let status = error.message().unwrap_or_default().to_owned();
            return Err(Error::EnvironmentBusy { environment: name, status });
        }
        if message_contains(&error, "No Environment found") {
            return Err(Error::EnvironmentMissing { environment: name });
        }
        // Versions are eventually consistent: this one was just created.
        if message_contains(&error, "No Application Version named") {
            let status = "not visible to Beanstalk yet".to_owned();
            return Err(Error::NotReady { what: format!("version `{label}`"), status });
        }
        Err(classify(SERVICE, &error))
    }

    async fn events(
        &self,
        environment: &EnvironmentName,
        since: Option<Timestamp>,
    ) -> Result<Vec<Event>, Error> {
        let answer = self
            .client
            .describe_events()
            .environment_name(environment.as_str())
            .set_start_time(since.map(date_time))
            .max_records(MOST_EVENTS)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        // Beanstalk sorts events newest first.
        Ok(answer.events().iter().rev().map(event).collect())
    }
}
