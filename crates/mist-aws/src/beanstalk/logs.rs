//! The logs of instances.

use aws_sdk_elasticbeanstalk::{error::ProvideErrorMetadata as _, types::EnvironmentInfoType};
use mist_core::{
    beanstalk::instance_log::LogTail, error::Error, names::EnvironmentName, ports::Logs,
};

use super::{ElasticBeanstalk, SERVICE};
use crate::{
    error::{classify, message_contains},
    time::timestamp,
};

impl Logs for ElasticBeanstalk {
    async fn request(&self, environment: &EnvironmentName) -> Result<(), Error> {
        let answer = self
            .client
            .request_environment_info()
            .environment_name(environment.as_str())
            .info_type(EnvironmentInfoType::Tail)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if message_contains(&error, "invalid state for this operation") => {
                let status = error.message().unwrap_or_default().to_owned();
                Err(Error::EnvironmentBusy { environment: environment.to_string(), status })
            }
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }

    async fn retrieve(&self, environment: &EnvironmentName) -> Result<Vec<LogTail>, Error> {
        let answer = self
            .client
            .retrieve_environment_info()
            .environment_name(environment.as_str())
            .info_type(EnvironmentInfoType::Tail)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        let tails = answer.environment_info().iter().filter_map(|info| {
            Some(LogTail {
                instance: info.ec2_instance_id()?.to_owned(),
                time: timestamp(*info.sample_timestamp()?),
                url: info.message()?.to_owned().into(),
            })
        });
        Ok(tails.collect())
    }
}
