//! Alarms of `CloudWatch`.

use aws_sdk_cloudwatch::{
    Client,
    types::{AlarmType, StateValue},
};
use mist_core::{
    Error,
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
        // Without a name the call would be for all alarms of the account.
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let answer = self
            .client
            .describe_alarms()
            .set_alarm_names(Some(names.to_vec()))
            // Without this, alarms that are made of others are left out.
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
                    Some(StateValue::Ok) => AlarmState::Fine,
                    Some(StateValue::Alarm) => AlarmState::InAlarm,
                    _ => AlarmState::NoData,
                },
            })
            .collect())
    }
}
