//! The AWS account that a command works with.

use std::{error::Error as _, time::Duration};

use aws_config::{
    BehaviorVersion, Region, SdkConfig, profile::ProfileFileCredentialsProvider,
    provider_config::ProviderConfig,
};
use aws_credential_types::provider::{
    ProvideCredentials as _, SharedCredentialsProvider, error::CredentialsError,
};
use mist_aws::Aws;
use mist_core::{error::Error, release::console::execution_page, url};
use tokio::{net::TcpStream, time::timeout};

use crate::{config_file, failure::Failure, output::note};

/// The longest wait for a local endpoint that may be down.
const CONNECT: Duration = Duration::from_secs(2);

/// The account and the region of the command line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// The region of `--region`.
    pub(crate) region: Option<&'a str>,
    /// The profile of `--profile`.
    pub(crate) profile: Option<&'a str>,
}

impl Place<'_> {
    /// The account of `--profile`, else of the environment's credentials, among which access keys in `AWS_APP_…` take
    /// precedence. Those in `AWS_DNS_…` are for hosted zones, also with a profile. The region is that of `--region`,
    /// of the environment, of `mist.yaml`, or of the profile, in this order; a missing one is an error.
    pub(crate) async fn open(self) -> Result<Aws, Failure> {
        let mut loader = mist_aws::configure(aws_config::defaults(BehaviorVersion::latest()));
        let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].iter().any(is_set);
        let of_file = || (!named).then(config_file::region).flatten();
        if let Some(region) = self.region.map(str::to_owned).or_else(of_file) {
            loader = loader.region(Region::new(region));
        }
        if let Some(profile) = self.profile {
            loader = loader.profile_name(profile);
        }
        let mut config = loader.load().await;
        if config.region().is_none_or(|region| region.as_ref().is_empty()) {
            return Err(Failure::Setup(
                "no AWS region: use -r REGION, or set AWS_REGION, or run this beside a mist.yaml"
                    .to_owned(),
            ));
        }
        if let Some(profile) = self.profile {
            config = of_profile(&config, profile);
        }
        let variable = |name: &str| {
            let hidden = self.profile.is_some() && name.starts_with("AWS_APP_");
            std::env::var(name).ok().filter(|_| !hidden)
        };
        Ok(Aws::with_pairs(config, variable).await?)
    }

    /// Prints the account and the region of `aws`, with `what` a command is about to change there.
    pub(crate) async fn announce(self, aws: &Aws, what: &str) -> Result<(), Failure> {
        let account = aws.sts().caller().await?.account;
        let region = aws.config().region().map(Region::as_ref).unwrap_or_default();
        note(line(&account, self.profile, region, what, endpoint(aws.config()).as_deref()));
        Ok(())
    }

    /// `failure`, with the remedy in place of a chain of causes if the call was not even sent: no credentials, a local
    /// cloud that is down, or an account without mist.
    pub(crate) async fn explain(self, failure: Failure) -> Failure {
        let Failure::Call(error) = &failure else { return failure };
        if is_not_installed(error) {
            let region = self.open().await.ok().and_then(|aws| aws.config().region().cloned());
            let region = region.map(|region| format!(" ({region})")).unwrap_or_default();
            return Failure::Setup(format!(
                "mist is not installed in this account and region{region}: {error}"
            ));
        }
        if !error.is_transient() {
            return failure;
        }
        let Ok(aws) = self.open().await else { return failure };
        if let Some(address) = endpoint(aws.config())
            && !listens(&address).await
        {
            return Failure::Setup(format!(
                "nothing listens at {address} (AWS_ENDPOINT_URL); start the local cloud with `mist local up`, then run \
                 `eval \"$(mist local env)\"` again"
            ));
        }
        let Some(provider) = aws.config().credentials_provider() else { return failure };
        match provider.provide_credentials().await {
            Ok(_) => failure,
            Err(error) => Failure::Setup(without_credentials(&error, self.profile)),
        }
    }
}

/// Where people look at `execution` of `aws`: the page of the console, or its ARN in a local cloud, which has none.
pub(crate) fn page(aws: &Aws, execution: &str) -> String {
    let page = execution_page(execution).filter(|_| endpoint(aws.config()).is_none());
    page.unwrap_or_else(|| execution.to_owned())
}

/// `config` with the credentials of `profile`, whatever the environment has.
fn of_profile(config: &SdkConfig, profile: &str) -> SdkConfig {
    let mut provider = ProviderConfig::without_region().with_region(config.region().cloned());
    if let Some(client) = config.http_client() {
        provider = provider.with_http_client(client);
    }
    let provider = ProfileFileCredentialsProvider::builder()
        .configure(&provider)
        .profile_name(profile)
        .build();
    config.to_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// The endpoint on loopback that `config` or the environment names.
pub(crate) fn endpoint(config: &SdkConfig) -> Option<String> {
    let endpoint = config.endpoint_url().map(str::to_owned);
    let endpoint = endpoint.or_else(|| std::env::var("AWS_ENDPOINT_URL").ok())?;
    (endpoint.starts_with("http://") && url::is_secure(&endpoint)).then_some(endpoint)
}

/// Whether a server listens at `address`, a URL of loopback.
async fn listens(address: &str) -> bool {
    let place = address.trim_start_matches("http://").split('/').next().unwrap_or_default();
    matches!(timeout(CONNECT, TcpStream::connect(place)).await, Ok(Ok(_)))
}

fn line(
    account: &str,
    profile: Option<&str>,
    region: &str,
    what: &str,
    local: Option<&str>,
) -> String {
    let profile = profile.map(|profile| format!(" ({profile})")).unwrap_or_default();
    let local = local.map(|address| format!("LOCAL {address} · ")).unwrap_or_default();
    format!("{local}account {account}{profile} · {region} · {what}")
}

// The tables belong to the installation, and the parameter of a stack does not exist without one either.
fn is_not_installed(error: &Error) -> bool {
    matches!(error, Error::ServiceFailed { service: "dynamodb", message }
        if message.starts_with("ResourceNotFoundException"))
}

/// What to do about missing credentials.
fn without_credentials(error: &CredentialsError, profile: Option<&str>) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let all = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    let of = profile.map(|profile| format!(" --profile {profile}")).unwrap_or_default();
    if all.to_lowercase().contains("sso") {
        return format!("the sign-in with SSO has expired or is missing; run `aws sso login{of}`");
    }
    let Some(profile) = profile else {
        return "no AWS credentials: set AWS_PROFILE, or use --profile, or run `aws sso login`; for the local cloud, \
                run `eval \"$(mist local env)\"`"
            .to_owned();
    };
    let last = match all.rsplit(": ").next().unwrap_or_default() {
        // What the SDK says of a profile that no file has.
        "the credential provider was not enabled" => "there is no such profile",
        last => last,
    };
    format!(
        "no AWS credentials in profile `{profile}`: {last}; check `~/.aws/config`, or run `aws sso login{of}`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_account_region_stack_and_a_local_cloud() {
        assert_eq!(
            line("123456789012", Some("prod"), "eu-west-1", "stack LIVE", None),
            "account 123456789012 (prod) · eu-west-1 · stack LIVE"
        );
        assert_eq!(
            line("000000000000", None, "us-east-1", "stack QA", Some("http://127.0.0.1:4566")),
            "LOCAL http://127.0.0.1:4566 · account 000000000000 · us-east-1 · stack QA"
        );
    }

    #[test]
    fn only_an_endpoint_on_loopback_is_local() {
        let at = |url: &str| {
            let config = SdkConfig::builder().endpoint_url(url).build();
            endpoint(&config)
        };
        assert_eq!(at("http://127.0.0.1:4566").as_deref(), Some("http://127.0.0.1:4566"));
        assert_eq!(at("https://vpce-1.ssm.eu-west-1.vpce.amazonaws.com"), None);
        assert_eq!(at("http://127.0.0.1.example.com"), None);
    }

    #[tokio::test]
    async fn a_given_profile_fails_if_it_does_not_exist_whatever_the_environment_has() {
        let environment =
            aws_credential_types::Credentials::new("key", "secret", None, None, "test");
        let loader = mist_aws::configure(aws_config::defaults(BehaviorVersion::latest()));
        let loader = loader.region(Region::new("eu-west-1")).credentials_provider(environment);
        let config = loader.load().await;
        let config = of_profile(&config, "no-such-profile-of-mist");
        let provider = config.credentials_provider().unwrap();
        let error = provider.provide_credentials().await.unwrap_err();
        let shown = without_credentials(&error, Some("no-such-profile-of-mist"));
        assert!(
            shown.starts_with("no AWS credentials in profile `no-such-profile-of-mist`"),
            "{shown}"
        );
        assert!(shown.contains("there is no such profile; check"), "{shown}");
        assert!(shown.lines().count() == 1 && shown.len() < 300, "{shown}");
    }

    #[test]
    fn missing_credentials_have_a_remedy() {
        let none = CredentialsError::not_loaded("IMDS is disabled");
        let shown = without_credentials(&none, None);
        assert!(shown.starts_with("no AWS credentials: set AWS_PROFILE"), "{shown}");
        let expired = CredentialsError::provider_error("the SSO session has expired");
        let shown = without_credentials(&expired, Some("prod"));
        assert!(shown.ends_with("run `aws sso login --profile prod`"), "{shown}");
    }

    #[tokio::test]
    async fn an_execution_in_a_local_cloud_has_no_page() {
        let execution = "arn:aws:states:eu-west-1:123456789012:execution:mist:QA-1";
        let aws = crate::testing::aws(|_, _| Err("NotExpected")).await;
        assert_eq!(page(&aws, execution), execution);
        let aws = Aws::new(SdkConfig::builder().endpoint_url("https://states.example.com").build());
        assert!(page(&aws, execution).starts_with("https://eu-west-1.console.aws.amazon.com/"));
    }

    #[tokio::test]
    async fn a_local_cloud_that_is_down_does_not_listen() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", listener.local_addr().unwrap());
        assert!(listens(&address).await);
        drop(listener);
        assert!(!listens(&address).await);
    }

    #[test]
    fn a_table_that_does_not_exist_is_an_installation_that_does_not() {
        let message = "ResourceNotFoundException: Requested resource not found".to_owned();
        assert!(is_not_installed(&Error::ServiceFailed {
            service: "dynamodb",
            message: message.clone()
        }));
        assert!(!is_not_installed(&Error::ServiceFailed { service: "ssm", message }));
    }
}
