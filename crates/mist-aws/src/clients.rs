//! How clients of AWS are made: endpoints and credentials from the environment, our own TLS and times.

use std::time::Duration;

use aws_config::{
    AppName, BehaviorVersion, ConfigLoader, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};

use mist_core::error::Error;

use crate::credentials::{Identity, KeyPair};

/// For how long a connection may take to be made.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Makes the adapters, all over one HTTP client.
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
    /// Takes credentials, region and endpoints from where every AWS tool takes them: environment,
    /// profile, role; and the credentials of the two sides from what the installation says: see
    /// [`Identity::beanstalk`] and `Identity::dns`.
    pub async fn from_env() -> Self {
        let config = configure(aws_config::defaults(BehaviorVersion::latest())).load().await;
        let variable = |name: &str| std::env::var(name).ok();
        #[cfg(feature = "dns")]
        let dns = Identity::dns(variable);
        #[cfg(not(feature = "dns"))]
        let dns = Identity::Own;
        Self::with_sides(config, &Identity::beanstalk(variable), &dns).await
    }

    /// Uses `config` as it is, for everything.
    pub fn new(config: SdkConfig) -> Self {
        Self { beanstalk: config.clone(), dns: config.clone(), config }
    }

    /// Uses `config`, but for environments, versions and alarms the credentials of `beanstalk`, and for hosted
    /// zones those of `dns`.
    pub async fn with_sides(config: SdkConfig, beanstalk: &Identity, dns: &Identity) -> Self {
        let (beanstalk, dns) = (beanstalk.configure(&config).await, dns.configure(&config).await);
        Self { config, beanstalk, dns }
    }

    /// Uses `config`, with the access keys that `variable` tells: see [`KeyPair::app`] and [`KeyPair::dns`]. The
    /// two sides are those that it tells as well: see [`Identity::beanstalk`] and `Identity::dns`.
    /// Fails with [`Error::InvalidInput`] when one has only half of them.
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
        Ok(Self::with_sides(config, &Identity::beanstalk(&variable), &dns).await)
    }

    /// The configuration of the clients in mist's own account.
    pub fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The same, but for hosted zones the credentials of `dns`.
    #[cfg(feature = "dns")]
    pub async fn with_dns(&self, dns: &Identity) -> Self {
        Self { dns: dns.configure(&self.config).await, ..self.clone() }
    }

    /// Alarms.
    #[cfg(feature = "alarms")]
    pub fn alarms(&self) -> crate::CloudWatch {
        crate::CloudWatch::new(aws_sdk_cloudwatch::Client::new(&self.beanstalk))
    }

    /// The bucket that bundles are uploaded to.
    #[cfg(feature = "artifacts")]
    pub fn artifacts(&self) -> crate::S3Artifacts {
        // Only a local S3 is at an endpoint of its own, and it knows no bucket by host name.
        let path_style = self.config.endpoint_url().is_some()
            || std::env::var_os("AWS_ENDPOINT_URL").is_some()
            || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some();
        let config = aws_sdk_s3::config::Builder::from(&self.config).force_path_style(path_style);
        crate::S3Artifacts::new(aws_sdk_s3::Client::from_conf(config.build()))
    }

    /// Elastic Beanstalk.
    #[cfg(feature = "beanstalk")]
    pub fn beanstalk(&self) -> crate::ElasticBeanstalk {
        crate::ElasticBeanstalk::new(aws_sdk_elasticbeanstalk::Client::new(&self.beanstalk))
    }

    /// Elastic Beanstalk for a look that comes again: each call is tried once, as a throttled call that is
    /// tried again at once only takes from the quota that all share.
    #[cfg(feature = "beanstalk")]
    pub fn beanstalk_for_looks(&self) -> crate::ElasticBeanstalk {
        let config = aws_sdk_elasticbeanstalk::config::Builder::from(&self.beanstalk)
            .retry_config(RetryConfig::standard().with_max_attempts(1));
        crate::ElasticBeanstalk::new(aws_sdk_elasticbeanstalk::Client::from_conf(config.build()))
    }

    /// The DNS records of stacks.
    #[cfg(feature = "dns")]
    pub fn dns(&self) -> crate::Route53 {
        crate::Route53::new(aws_sdk_route53::Client::new(&self.dns))
    }

    /// The Auto Scaling groups of environments.
    #[cfg(feature = "groups")]
    pub fn groups(&self) -> crate::AutoScaling {
        crate::AutoScaling::new(
            aws_sdk_elasticbeanstalk::Client::new(&self.beanstalk),
            aws_sdk_autoscaling::Client::new(&self.beanstalk),
        )
    }

    /// Executions of the state machine.
    #[cfg(feature = "executions")]
    pub fn executions(&self) -> crate::StepFunctions {
        crate::StepFunctions::new(aws_sdk_sfn::Client::new(&self.config))
    }

    /// Whose credentials these are.
    #[cfg(feature = "identity")]
    pub fn sts(&self) -> crate::Sts {
        crate::Sts::new(aws_sdk_sts::Client::new(&self.config))
    }

    /// The history of releases.
    #[cfg(feature = "history")]
    pub fn history(&self) -> crate::DynamoHistory {
        crate::DynamoHistory::new(aws_sdk_dynamodb::Client::new(&self.config))
    }

    /// The locks of stacks.
    #[cfg(feature = "locks")]
    pub fn locks(&self) -> crate::DynamoLocks {
        crate::DynamoLocks::new(aws_sdk_dynamodb::Client::new(&self.config))
    }

    /// The part of Beanstalk's quotas that mist takes: as many releases per minute as
    /// `MIST_RELEASES_PER_MINUTE` says, or 30.
    #[cfg(feature = "quota")]
    pub fn quota(&self) -> crate::DynamoQuota {
        let told = std::env::var("MIST_RELEASES_PER_MINUTE").ok();
        let per_minute = told.and_then(|told| told.parse().ok()).unwrap_or(30);
        let pace = mist_core::release::pace::Pace { per_minute };
        crate::DynamoQuota::new(aws_sdk_dynamodb::Client::new(&self.config), pace)
    }

    /// Waiting tasks of the state machine.
    #[cfg(feature = "tasks")]
    pub fn tasks(&self) -> crate::WaitingTasks {
        crate::WaitingTasks::new(aws_sdk_sfn::Client::new(&self.config))
    }

    /// Wake-ups for the functions that look.
    #[cfg(feature = "wakes")]
    pub fn wakes(&self) -> crate::SqsWakes {
        let queues = crate::Queues::from_env(|name| std::env::var(name).ok());
        crate::SqsWakes::new(aws_sdk_sqs::Client::new(&self.config), queues)
    }

    /// Who is told of failed releases.
    #[cfg(feature = "notifications")]
    pub fn notifications(&self) -> crate::Notifications {
        crate::Notifications::new(aws_sdk_sns::Client::new(&self.config))
    }

    /// Secrets.
    #[cfg(feature = "secrets")]
    pub fn secrets(&self) -> crate::SecretsManager {
        crate::SecretsManager::new(aws_sdk_secretsmanager::Client::new(&self.config))
    }

    /// The configuration of stacks.
    #[cfg(feature = "stacks")]
    pub fn stacks(&self) -> crate::ParameterStore {
        crate::ParameterStore::new(aws_sdk_ssm::Client::new(&self.config))
    }
}

/// Gives `loader` our HTTP client, time limits and retries.
///
/// By default a server that never answers hangs a call for ever, so all four limits are set: 2 s to
/// connect, 5 s to read, 6 s per attempt, 20 s in all. Three attempts at most: what is still throttled
/// or down then is retried by the state machine, which waits longer and costs nothing meanwhile.
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

// In the user agent of every call, and so in CloudTrail: which of the functions made it.
fn function() -> Option<AppName> {
    AppName::new(std::env::var("AWS_LAMBDA_FUNCTION_NAME").ok()?).ok()
}
