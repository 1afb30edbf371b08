//! The clients of AWS: endpoints and credentials from the environment, our own TLS and time limits.

use std::time::Duration;

use aws_config::{
    AppName, BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use mist_core::error::Error;

use crate::{
    credentials::{Identity, KeyPair},
    timeouts::CONNECT_TIMEOUT,
};

/// The adapters, all over one HTTP client.
#[derive(Clone, Debug)]
pub struct Aws {
    config: SdkConfig,
    #[cfg_attr(
        not(any(feature = "alarms", feature = "beanstalk")),
        expect(dead_code, reason = "its clients are left out")
    )]
    beanstalk: SdkConfig,
    #[cfg_attr(not(feature = "dns"), expect(dead_code, reason = "its client is left out"))]
    dns: SdkConfig,
}

impl Aws {
    /// Reads credentials, region and endpoints as every AWS tool does: from the environment, a profile, or the role
    /// of the function. The installation sets the other identities: see [`Identity::beanstalk`] and `Identity::dns`.
    pub async fn from_env() -> Self {
        let config = configure(aws_config::defaults(BehaviorVersion::latest())).load().await;
        let variable = |name: &str| std::env::var(name).ok();
        #[cfg(feature = "dns")]
        let dns = Identity::dns(variable);
        #[cfg(not(feature = "dns"))]
        let dns = Identity::Own;
        Self::with_identities(config, &Identity::beanstalk(variable), &dns).await
    }

    /// Uses `config` for all calls.
    pub fn new(config: SdkConfig) -> Self {
        Self { beanstalk: config.clone(), dns: config.clone(), config }
    }

    /// Uses `config`, with the identity `beanstalk` for environments, versions and alarms, and `dns` for hosted zones.
    pub async fn with_identities(config: SdkConfig, beanstalk: &Identity, dns: &Identity) -> Self {
        let (beanstalk, dns) = (beanstalk.configure(&config).await, dns.configure(&config).await);
        Self { config, beanstalk, dns }
    }

    /// Uses `config`, with the access keys in the variables: see [`KeyPair::app`] and [`KeyPair::dns`]. Variables also
    /// set the other identities: see [`Identity::beanstalk`] and `Identity::dns`. Half a pair is
    /// [`Error::InvalidInput`].
    pub async fn with_pairs(
        config: SdkConfig,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let (app, dns) = (KeyPair::app(&variable)?, KeyPair::dns(&variable)?);
        let own = app.map_or(Identity::Own, Identity::Keys);
        let config = own.configure(&config).await;
        #[cfg(feature = "dns")]
        let dns = dns.map_or_else(|| Identity::dns(&variable), Identity::Keys);
        #[cfg(not(feature = "dns"))]
        let dns = dns.map_or(Identity::Own, Identity::Keys);
        Ok(Self::with_identities(config, &Identity::beanstalk(&variable), &dns).await)
    }

    /// The configuration of calls in the account of mist.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The same, with the identity `dns` for hosted zones.
    #[cfg(feature = "dns")]
    pub async fn with_dns(&self, dns: &Identity) -> Self {
        Self { dns: dns.configure(&self.config).await, ..self.clone() }
    }

    /// Alarms.
    #[cfg(feature = "alarms")]
    pub fn alarms(&self) -> crate::alarms::CloudWatch {
        crate::alarms::CloudWatch::new(aws_sdk_cloudwatch::Client::new(&self.beanstalk))
    }

    /// The bucket that bundles are uploaded to.
    #[cfg(feature = "artifacts")]
    pub fn artifacts(&self) -> crate::artifacts::S3Artifacts {
        // Only a local S3 has a custom endpoint, and it does not serve buckets by host name.
        let path_style = self.config.endpoint_url().is_some()
            || std::env::var_os("AWS_ENDPOINT_URL").is_some()
            || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(path_style);
        crate::artifacts::S3Artifacts::new(aws_sdk_s3::Client::from_conf(config.build()))
    }

    /// Elastic Beanstalk.
    #[cfg(feature = "beanstalk")]
    pub fn beanstalk(&self) -> crate::beanstalk::ElasticBeanstalk {
        crate::beanstalk::ElasticBeanstalk::new(aws_sdk_elasticbeanstalk::Client::new(
            &self.beanstalk,
        ))
    }

    /// Elastic Beanstalk for looks, without retries: a look is repeated anyway, and an immediate retry of a throttled
    /// call only consumes the quota that all releases share.
    #[cfg(feature = "beanstalk")]
    pub fn beanstalk_for_looks(&self) -> crate::beanstalk::ElasticBeanstalk {
        let config = aws_sdk_elasticbeanstalk::config::Builder::from(&self.beanstalk)
            .retry_config(RetryConfig::standard().with_max_attempts(1));
        crate::beanstalk::ElasticBeanstalk::new(aws_sdk_elasticbeanstalk::Client::from_conf(
            config.build(),
        ))
    }

    /// The DNS records of stacks.
    #[cfg(feature = "dns")]
    pub fn dns(&self) -> crate::dns::Route53 {
        crate::dns::Route53::new(aws_sdk_route53::Client::new(&self.dns))
    }

    /// The Auto Scaling groups of environments.
    #[cfg(feature = "groups")]
    pub fn groups(&self) -> crate::groups::AutoScaling {
        crate::groups::AutoScaling::new(aws_sdk_autoscaling::Client::new(&self.beanstalk))
    }

    /// Executions of the state machine.
    #[cfg(feature = "executions")]
    pub fn executions(&self) -> crate::executions::StepFunctions {
        crate::executions::StepFunctions::new(aws_sdk_sfn::Client::new(&self.config))
    }

    /// The Security Token Service.
    #[cfg(feature = "identity")]
    pub fn sts(&self) -> crate::sts::Sts {
        crate::sts::Sts::new(aws_sdk_sts::Client::new(&self.config))
    }

    /// The history of releases.
    #[cfg(feature = "history")]
    pub fn history(&self) -> crate::history::DynamoHistory {
        crate::history::DynamoHistory::new(aws_sdk_dynamodb::Client::new(&self.config))
    }

    /// The locks of stacks.
    #[cfg(feature = "locks")]
    pub fn locks(&self) -> crate::locks::DynamoLocks {
        crate::locks::DynamoLocks::new(aws_sdk_dynamodb::Client::new(&self.config))
    }

    /// The share of Beanstalk's API quotas that mist consumes: `MIST_RELEASES_PER_MINUTE` releases per minute, by
    /// default 30.
    #[cfg(feature = "quota")]
    pub fn quota(&self) -> crate::quota::DynamoQuota {
        let value = std::env::var("MIST_RELEASES_PER_MINUTE").ok();
        let per_minute = value.and_then(|value| value.parse().ok()).unwrap_or(30);
        let pace = mist_core::release::pace::Pace { per_minute };
        crate::quota::DynamoQuota::new(aws_sdk_dynamodb::Client::new(&self.config), pace)
    }

    /// Waiting tasks of the state machine.
    #[cfg(feature = "tasks")]
    pub fn tasks(&self) -> crate::tasks::WaitingTasks {
        crate::tasks::WaitingTasks::new(aws_sdk_sfn::Client::new(&self.config))
    }

    /// Wake-ups for the functions that look.
    #[cfg(feature = "wakes")]
    pub fn wakes(&self) -> crate::wakes::SqsWakes {
        let queues = crate::wakes::Queues::from_env(|name| std::env::var(name).ok());
        crate::wakes::SqsWakes::new(aws_sdk_sqs::Client::new(&self.config), queues)
    }

    /// The subscriptions of the topic for failed releases.
    #[cfg(feature = "notifications")]
    pub fn notifications(&self) -> crate::notifications::Notifications {
        crate::notifications::Notifications::new(aws_sdk_sns::Client::new(&self.config))
    }

    /// Secrets.
    #[cfg(feature = "secrets")]
    pub fn secrets(&self) -> crate::secrets::SecretsManager {
        crate::secrets::SecretsManager::new(aws_sdk_secretsmanager::Client::new(&self.config))
    }

    /// The configuration of stacks.
    #[cfg(feature = "stacks")]
    pub fn stacks(&self) -> crate::stacks::ParameterStore {
        crate::stacks::ParameterStore::new(aws_sdk_ssm::Client::new(&self.config))
    }
}

/// Our HTTP client, time limits and retries for `loader`.
///
/// The SDK has no default limits, so a server that never answers would block a call forever. All four limits are set:
/// 2 s to connect, 5 s to read, 6 s per attempt, 20 s in total. After three attempts the state machine retries: it
/// waits longer, at no cost.
#[must_use]
pub fn configure(loader: ConfigLoader) -> ConfigLoader {
    let client = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(6))
        .operation_timeout(Duration::from_secs(20));
    let loader = loader
        .http_client(client)
        .timeout_config(timeouts.build())
        .retry_config(RetryConfig::standard().with_max_attempts(3));
    match function() {
        Some(name) => loader.app_name(name),
        None => loader,
    }
}

// The user agent of every call, and so CloudTrail, names the function that made it.
fn function() -> Option<AppName> {
    AppName::new(std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok()?).ok()
}
