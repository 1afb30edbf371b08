//! The credentials of a role.

use aws_config::{SdkConfig, sts::AssumeRoleProvider};
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use mist_core::error::Error;

use crate::error::{NoCredentials, classify, find};

/// The most characters of the name of a session.
const LONGEST_SESSION_NAME: usize = 64;

/// The credentials of a role, or an error of our own.
#[derive(Debug)]
pub(super) struct AssumedRole {
    arn: String,
    inner: AssumeRoleProvider,
}

impl AssumedRole {
    /// Assumes the role `arn` with the credentials of `own`.
    pub(super) async fn new(own: &SdkConfig, arn: &str, external_id: Option<&str>) -> Self {
        let mut builder =
            AssumeRoleProvider::builder(arn).session_name(session_name()).configure(own);
        if let Some(id) = external_id {
            builder = builder.external_id(id);
        }
        Self { arn: arn.to_owned(), inner: builder.build().await }
    }

    async fn assume(&self) -> provider::Result {
        let error = match self.inner.provide_credentials().await {
            Ok(credentials) => return Ok(credentials),
            Err(error) => error,
        };
        let refusal = find::<SdkError<AssumeRoleError, HttpResponse>>(&error)
            .map(|refusal| classify("sts", refusal));
        match refusal {
            Some(Error::AccessDenied { message, .. } | Error::ServiceFailed { message, .. }) => {
                let role = self.arn.clone();
                Err(NoCredentials(Error::RoleDenied { role, problem: message }).into())
            }
            Some(transient) => Err(NoCredentials(transient).into()),
            None => Err(error),
        }
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

// CloudTrail in the account of the role shows the session's name, and so which function made the call.
fn session_name() -> String {
    let name = std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|_| "mist".to_owned());
    name.chars().take(LONGEST_SESSION_NAME).collect()
}
