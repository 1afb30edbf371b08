//! Secrets Manager.

use aws_sdk_secretsmanager::Client;
use mist_core::{error::Error, ports::Secrets};
use secrecy::SecretString;

use crate::error::classify;

pub mod keep;

/// Secrets Manager, through the SDK.
#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: Client,
}

impl SecretsManager {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }
}

impl Secrets for SecretsManager {
    async fn read(&self, id: &str) -> Result<SecretString, Error> {
        let missing = |problem: String| Error::SecretMissing { id: id.to_owned(), problem };
        match self.client.get_secret_value().secret_id(id).send().await {
            Ok(answer) => answer
                .secret_string()
                .map(|secret| SecretString::from(secret.trim()))
                .ok_or_else(|| missing("it is binary, not text".to_owned())),
            Err(error) => match classify("secretsmanager", &error) {
                Error::AccessDenied { message, .. } | Error::ServiceFailed { message, .. } => {
                    Err(missing(message))
                }
                later => Err(later),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_types::retry::RetryConfig;
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::wire::{answer, json_error};

    async fn read(response: fn() -> HttpResponse) -> Result<SecretString, Error> {
        let rule = mock!(Client::get_secret_value)
            .match_requests(|input| input.secret_id() == Some("mist/new-relic"))
            .then_http_response(response);
        let client =
            mock_client!(aws_sdk_secretsmanager, RuleMode::Sequential, [&rule], |config| config
                .retry_config(RetryConfig::disabled()));
        SecretsManager::new(client).read("mist/new-relic").await
    }

    async fn refused(response: fn() -> HttpResponse) -> String {
        let error = read(response).await.unwrap_err();
        let told = format!("{}: {error}", error.code());
        assert!(!format!("{told} {error:?}").contains("NRAK"), "{error:?}");
        told
    }

    #[tokio::test]
    async fn reads_a_secret_without_its_line_end() {
        let there = || answer(200, &[], r#"{"SecretString":"NRAK-TOP-SECRET\n"}"#);
        let secret = read(there).await.unwrap();
        assert_eq!(secret.expose_secret(), "NRAK-TOP-SECRET");
        assert!(!format!("{secret:?}").contains("NRAK"));
    }

    #[tokio::test]
    async fn names_a_missing_secret() {
        insta::assert_snapshot!(refused(|| json_error(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")).await, @"Mist.SecretMissing: secret `mist/new-relic` cannot be read: ResourceNotFoundException: Secrets Manager can't find the specified secret.");
    }

    #[tokio::test]
    async fn names_a_denied_secret() {
        insta::assert_snapshot!(refused(|| json_error(400, "AccessDeniedException", "not authorized")).await, @"Mist.SecretMissing: secret `mist/new-relic` cannot be read: AccessDeniedException: not authorized");
    }

    #[tokio::test]
    async fn refuses_a_binary_secret() {
        insta::assert_snapshot!(refused(|| answer(200, &[], r#"{"SecretBinary":"TlJBSw=="}"#)).await, @"Mist.SecretMissing: secret `mist/new-relic` cannot be read: it is binary, not text");
    }

    #[tokio::test]
    async fn an_invalid_answer_does_not_show_the_secret() {
        let told = refused(|| answer(200, &[], r#"{"SecretString":"NRAK-TOP-SECRET"#)).await;
        assert!(told.starts_with("Mist.ServiceUnavailable: "), "{told}");
    }

    #[tokio::test]
    async fn throttling_and_failures_are_transient() {
        insta::assert_snapshot!(refused(|| json_error(500, "InternalServiceError", "Sorry.")).await, @"Mist.ServiceUnavailable: secretsmanager is unavailable: InternalServiceError: Sorry.");
        insta::assert_snapshot!(refused(|| json_error(400, "ThrottlingException", "Rate exceeded")).await, @"Mist.Throttled: secretsmanager throttled the request: ThrottlingException: Rate exceeded");
    }
}
