//! Elastic Beanstalk.

use aws_sdk_elasticbeanstalk::{
    Client,
    error::ProvideErrorMetadata,
    operation::RequestId,
    types::{
        ApplicationMetrics, ApplicationVersionDescription, EnvironmentDescription,
        EnvironmentHealthAttribute, EnvironmentInfoType, EventDescription, EventSeverity,
        InstancesHealthAttribute, S3Location, SingleInstanceHealth,
    },
};
use jiff::Timestamp;
use mist_core::{
    beanstalk::{
        application_version::{ApplicationVersion, Bundle, VersionStatus},
        environment::{Environment, EnvironmentStatus, Event, Severity, Tier},
        health::{Health, HealthReport, InstanceHealth},
        instance_log::SentLog,
    },
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Beanstalk, Logs, Monitor, NewVersion, Update},
};

use crate::{error::classify, time::timestamp};

const SERVICE: &str = "elasticbeanstalk";

// Enough for any deployment's story, and far from what a payload may hold.
const MOST_EVENTS: i32 = 100;

// Of instances; an environment with more of them is none that mist was made for.
const MOST_PAGES: usize = 20;

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
                .max_records(1000)
                .set_next_token(token)
                .send()
                .await
                .map_err(|error| classify(SERVICE, &error))?;
            let fit = answer.application_versions().iter().filter_map(made);
            newest = newest.into_iter().chain(fit).max();
            token = answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(newest.map(|(_, label)| label))
    }

    async fn create_version(&self, version: &NewVersion) -> Result<(), Error> {
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
            // Beanstalk checks a version when it deploys it as well, and a check before that takes time.
            .process(false)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if says(&error, "already exists.") => Ok(()),
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
                    // Without it the update's events cannot be told from those of others.
                    _ => Err(Error::ServiceUnavailable {
                        service: SERVICE,
                        message: "it answered without a request id".to_owned(),
                    }),
                };
            }
            Err(error) => error,
        };
        let name = environment.to_string();
        if says(&error, "invalid state for this operation") {
            let status = error.message().unwrap_or_default().to_owned();
            return Err(Error::EnvironmentBusy { environment: name, status });
        }
        if says(&error, "No Environment found") {
            return Err(Error::EnvironmentMissing { environment: name });
        }
        // Seen right after the version was made: it is there, but not everywhere yet.
        if says(&error, "No Application Version named") {
            let status = "not visible to Beanstalk yet".to_owned();
            return Err(Error::NotReady { what: format!("version `{label}`"), status });
        }
        Err(classify(SERVICE, &error))
    }

    async fn events(
        &self,
        environment: &EnvironmentName,
        request_id: Option<&str>,
    ) -> Result<Vec<Event>, Error> {
        let answer = self
            .client
            .describe_events()
            .environment_name(environment.as_str())
            .set_request_id(request_id.map(str::to_owned))
            .max_records(MOST_EVENTS)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        // Beanstalk answers with the newest first.
        Ok(answer.events().iter().rev().map(event).collect())
    }
}

impl Monitor for ElasticBeanstalk {
    async fn instances(
        &self,
        environment: &EnvironmentName,
    ) -> Result<Option<Vec<InstanceHealth>>, Error> {
        let mut found = Vec::new();
        let mut token = None;
        for _ in 0..MOST_PAGES {
            let answer = self
                .client
                .describe_instances_health()
                .environment_name(environment.as_str())
                .attribute_names(InstancesHealthAttribute::Deployment)
                .set_next_token(token)
                .send()
                .await;
            let answer = match answer {
                Ok(answer) => answer,
                Err(error) if is_basic(&error) => return Ok(None),
                Err(error) => return Err(classify(SERVICE, &error)),
            };
            found.extend(answer.instance_health_list().iter().map(instance));
            token = answer.next_token().map(str::to_owned);
            if token.is_none() {
                return Ok(Some(found));
            }
        }
        let message = format!("`{environment}` has more instances than {MOST_PAGES} answers tell");
        Err(Error::ServiceFailed { service: SERVICE, message })
    }

    async fn health(&self, environment: &EnvironmentName) -> Result<Option<HealthReport>, Error> {
        let answer = self
            .client
            .describe_environment_health()
            .environment_name(environment.as_str())
            .attribute_names(EnvironmentHealthAttribute::Causes)
            .attribute_names(EnvironmentHealthAttribute::ApplicationMetrics)
            .send()
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if is_basic(&error) => return Ok(None),
            Err(error) => return Err(classify(SERVICE, &error)),
        };
        let metrics = answer.application_metrics();
        let codes = metrics.and_then(ApplicationMetrics::status_codes);
        let count = |count: Option<i32>| count.and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
        let failed = codes.map_or(0, |codes| count(codes.status5xx()));
        // `RequestCount` is rounded, so less than one request in two seconds would be none.
        let requests = codes.map_or(0, |codes| {
            let others = [codes.status2xx(), codes.status3xx(), codes.status4xx()];
            others.into_iter().map(count).sum::<u32>() + failed
        });
        let failed_percent =
            (requests > 0).then(|| f64::from(failed) * 100.0 / f64::from(requests));
        Ok(Some(HealthReport {
            causes: answer.causes().to_vec(),
            requests,
            failed_percent,
            p90_ms: metrics
                .and_then(ApplicationMetrics::latency)
                .and_then(aws_sdk_elasticbeanstalk::types::Latency::p90)
                .map(|seconds| seconds * 1000.0),
        }))
    }
}

impl Logs for ElasticBeanstalk {
    async fn ask(&self, environment: &EnvironmentName) -> Result<(), Error> {
        let answer = self
            .client
            .request_environment_info()
            .environment_name(environment.as_str())
            .info_type(EnvironmentInfoType::Tail)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if says(&error, "invalid state for this operation") => {
                let status = error.message().unwrap_or_default().to_owned();
                Err(Error::EnvironmentBusy { environment: environment.to_string(), status })
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }

    async fn sent(&self, environment: &EnvironmentName) -> Result<Vec<SentLog>, Error> {
        let answer = self
            .client
            .retrieve_environment_info()
            .environment_name(environment.as_str())
            .info_type(EnvironmentInfoType::Tail)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let sent = answer.environment_info().iter().filter_map(|info| {
            Some(SentLog {
                instance: info.ec2_instance_id()?.to_owned(),
                time: timestamp(*info.sample_timestamp()?),
                url: info.message()?.to_owned().into(),
            })
        });
        Ok(sent.collect())
    }
}

// Basic health knows neither instances nor figures; both calls are refused then.
fn is_basic(error: &impl ProvideErrorMetadata) -> bool {
    error.code() == Some("InvalidRequestException") || says(error, "is not supported")
}

fn instance(found: &SingleInstanceHealth) -> InstanceHealth {
    let deployment = found.deployment();
    InstanceHealth {
        id: found.instance_id().unwrap_or_default().to_owned(),
        version: deployment.and_then(|it| it.version_label()).map(str::to_owned),
        deployment: deployment.and_then(|it| it.status()).map(str::to_owned),
    }
}

// Beanstalk has few codes and many texts: what matters is only in the message.
fn says(error: &impl ProvideErrorMetadata, fragment: &str) -> bool {
    error.message().is_some_and(|message| message.contains(fragment))
}

fn environment(found: &EnvironmentDescription) -> Environment {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let cname = text(found.cname()).to_lowercase();
    let tier = found.tier().and_then(|tier| tier.name()).unwrap_or("WebServer");
    Environment {
        name: text(found.environment_name()),
        application: text(found.application_name()),
        version: found.version_label().map(str::to_owned),
        status: status(found.status().map_or("", |status| status.as_str())),
        health: Health {
            color: found.health().map_or("Grey", |color| color.as_str()).to_owned(),
            status: found.health_status().map(|status| status.as_str().to_owned()),
        },
        tier: if tier == "Worker" { Tier::Worker } else { Tier::WebServer },
        address: found.endpoint_url().map_or_else(|| cname.clone(), str::to_owned),
        cname,
        platform: text(found.platform_arn()),
        updated: found.date_updated().map(|time| timestamp(*time)),
    }
}

fn status(status: &str) -> EnvironmentStatus {
    match status {
        "Aborting" => EnvironmentStatus::Aborting,
        "Launching" => EnvironmentStatus::Launching,
        "LinkingFrom" => EnvironmentStatus::LinkingFrom,
        "LinkingTo" => EnvironmentStatus::LinkingTo,
        "Ready" => EnvironmentStatus::Ready,
        "Terminating" => EnvironmentStatus::Terminating,
        "Terminated" => EnvironmentStatus::Terminated,
        "Updating" => EnvironmentStatus::Updating,
        _ => EnvironmentStatus::Unknown,
    }
}

/// When a version that can be deployed was made, and its label.
fn made(version: &ApplicationVersionDescription) -> Option<(Timestamp, VersionLabel)> {
    if application_version(version).status == VersionStatus::Failed {
        return None;
    }
    Some((timestamp(*version.date_created()?), version.version_label()?.parse().ok()?))
}

// The model says `Processed`, the wire says `PROCESSED`, and the SDK then knows neither.
fn application_version(found: &ApplicationVersionDescription) -> ApplicationVersion {
    let status = found.status().map_or("", |status| status.as_str()).to_ascii_uppercase();
    let location = found.source_bundle();
    ApplicationVersion {
        bundle: location
            .and_then(|at| Some((at.s3_bucket()?, at.s3_key()?)))
            .map(|(bucket, key)| Bundle { bucket: bucket.to_owned(), key: key.to_owned() }),
        status: match status.as_str() {
            "FAILED" => VersionStatus::Failed,
            "PROCESSING" | "BUILDING" => VersionStatus::Processing,
            _ => VersionStatus::Usable,
        },
    }
}

fn event(found: &EventDescription) -> Event {
    Event {
        time: found.event_date().map_or(Timestamp::UNIX_EPOCH, |time| timestamp(*time)),
        severity: match found.severity() {
            Some(EventSeverity::Error | EventSeverity::Fatal) => Severity::Error,
            Some(EventSeverity::Warn) => Severity::Warn,
            Some(EventSeverity::Debug | EventSeverity::Trace) => Severity::Debug,
            _ => Severity::Info,
        },
        message: found.message().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests;
