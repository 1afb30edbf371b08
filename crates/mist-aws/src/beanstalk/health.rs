//! Enhanced health of environments and instances.

use aws_sdk_elasticbeanstalk::{
    error::ProvideErrorMetadata,
    operation::describe_environment_health::DescribeEnvironmentHealthOutput,
    types::{
        ApplicationMetrics, EnvironmentHealthAttribute, InstancesHealthAttribute, Latency,
        SingleInstanceHealth,
    },
};
use mist_core::{
    beanstalk::health::{HealthReport, InstanceHealth},
    error::Error,
    names::EnvironmentName,
    ports::Monitor,
};

use super::{ElasticBeanstalk, SERVICE};
use crate::error::{classify, message_contains};

/// The most pages of instances that are read. An environment with more instances is an error.
const MOST_PAGES: usize = 20;

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
        let message = format!("`{environment}` has more instances than {MOST_PAGES} pages hold");
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
        Ok(Some(report(&answer)))
    }
}

// Basic health has neither instances nor figures. Beanstalk refuses both calls then.
fn is_basic(error: &impl ProvideErrorMetadata) -> bool {
    error.code() == Some("InvalidRequestException") || message_contains(error, "is not supported")
}

fn report(answer: &DescribeEnvironmentHealthOutput) -> HealthReport {
    let metrics = answer.application_metrics();
    let codes = metrics.and_then(ApplicationMetrics::status_codes);
    let count = |count: Option<i32>| count.and_then(|it| u32::try_from(it).ok()).unwrap_or(0);
    let failed = codes.map_or(0, |codes| count(codes.status5xx()));
    // Not `RequestCount`: it is rounded per second, so one request in three seconds counts as none.
    let requests = codes.map_or(0, |codes| {
        let others = [codes.status2xx(), codes.status3xx(), codes.status4xx()];
        others.into_iter().map(count).sum::<u32>() + failed
    });
    let failed_percent = (requests > 0).then(|| f64::from(failed) * 100.0 / f64::from(requests));
    HealthReport {
        causes: answer.causes().to_vec(),
        requests,
        failed_percent,
        p90_ms: metrics
            .and_then(ApplicationMetrics::latency)
            .and_then(Latency::p90)
            .map(|seconds| seconds * 1000.0),
    }
}

fn instance(found: &SingleInstanceHealth) -> InstanceHealth {
    let deployment = found.deployment();
    InstanceHealth {
        id: found.instance_id().unwrap_or_default().to_owned(),
        version: deployment.and_then(|it| it.version_label()).map(str::to_owned),
        deployment: deployment.and_then(|it| it.status()).map(str::to_owned),
    }
}
