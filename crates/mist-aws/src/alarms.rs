//! Alarms of `CloudWatch`.

use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmType, StateValue},
};
use mist_core::{
    error::Error,
    ports::{Alarm, AlarmState, Alarms},
};

use crate::error::classify;

/// Alarms of `CloudWatch`, through the SDK.
#[derive(Clone, Debug)]
pub struct CloudWatch {
    client: Client,
}

impl CloudWatch {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Alarms for CloudWatch {
    async fn states(&self, names: &[String]) -> Result<Vec<Alarm>, Error> {
        // Without names, the call returns all alarms of the account.
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self
            .client
            .describe_alarms()
            .set_alarm_names(Some(names.to_vec()))
            .max_records(100)
            // By default, composite alarms are left out.
            .alarm_types(AlarmType::MetricAlarm)
            .alarm_types(AlarmType::CompositeAlarm)
            .send()
            .await
            .map_err(|error| classify("cloudwatch", &error))?;
        let metric = answer.metric_alarms().iter().map(|it| (it.alarm_name(), it.state_value()));
        let composite =
            answer.composite_alarms().iter().map(|it| (it.alarm_name(), it.state_value()));
        Ok(metric
            .chain(composite)
            .map(|(name, state)| Alarm {
                name: name.unwrap_or_default().to_owned(),
                state: match state {
                    Some(StateValue::Ok) => AlarmState::Ok,
                    Some(StateValue::Alarm) => AlarmState::Alarm,
                    _ => AlarmState::InsufficientData,
                },
            })
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::{
        operation::describe_alarms::DescribeAlarmsOutput,
        types::{CompositeAlarm, MetricAlarm},
    };
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;

    #[tokio::test]
    async fn reads_metric_and_composite_alarms() {
        let rule = mock!(Client::describe_alarms)
            .match_requests(|input| {
                input.alarm_names() == ["errors", "latency", "all"]
                    && input.alarm_types() == [AlarmType::MetricAlarm, AlarmType::CompositeAlarm]
            })
            .then_output(|| {
                let metric = |name: &str, state: StateValue| {
                    MetricAlarm::builder().alarm_name(name).state_value(state).build()
                };
                let all =
                    CompositeAlarm::builder().alarm_name("all").state_value(StateValue::Ok).build();
                DescribeAlarmsOutput::builder()
                    .metric_alarms(metric("errors", StateValue::Alarm))
                    .metric_alarms(metric("latency", StateValue::InsufficientData))
                    .composite_alarms(all)
                    .build()
            });
        let client = mock_client!(aws_sdk_cloudwatch, RuleMode::Sequential, [&rule]);
        let names = ["errors", "latency", "all"].map(str::to_owned);
        let found = CloudWatch::new(client).states(&names).await.unwrap();
        let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.state)).collect();
        assert_eq!(
            found,
            [
                ("errors", AlarmState::Alarm),
                ("latency", AlarmState::InsufficientData),
                ("all", AlarmState::Ok)
            ]
        );
    }

    #[tokio::test]
    async fn without_names_there_is_no_call() {
        let client = mock_client!(aws_sdk_cloudwatch, RuleMode::Sequential, []);
        assert_eq!(CloudWatch::new(client).states(&[]).await.unwrap(), []);
    }
}
