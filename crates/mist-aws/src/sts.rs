//! The identity of the credentials.

use aws_sdk_sts::Client;
use mist_core::error::Error;

use crate::error::classify;

const SERVICE: &str = "sts";

/// The Security Token Service, through the SDK.
#[derive(Clone, Debug)]
pub struct Sts {
    client: Client,
}

/// The identity that makes the calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    /// The account, as twelve digits.
    pub account: String,
    /// The ARN of the user or role.
    pub arn: String,
}

impl Sts {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The identity that makes the calls. This needs no permission, so an error means absent or invalid credentials.
    pub async fn caller(&self) -> Result<Caller, Error> {
        let answer = self
            .client
            .get_caller_identity()
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        Ok(Caller {
            account: answer.account().unwrap_or_default().to_owned(),
            arn: answer.arn().unwrap_or_default().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_mocks::{mock, mock_client};

    use super::*;
    use crate::wire::{answer, xml_error};

    #[tokio::test]
    async fn reads_account_and_user() {
        let rule = mock!(Client::get_caller_identity).then_http_response(|| {
            answer(
                200,
                &[("content-type", "text/xml")],
                "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDA</UserId>\
                 <Account>123456789012</Account>\
                 </GetCallerIdentityResult></GetCallerIdentityResponse>",
            )
        });
        let caller = Sts::new(mock_client!(aws_sdk_sts, [&rule])).caller().await.unwrap();
        let arn = "arn:aws:iam::123456789012:user/ada".to_owned();
        assert_eq!(caller, Caller { account: "123456789012".to_owned(), arn });
    }

    #[tokio::test]
    async fn refuses_an_invalid_key() {
        let rule = mock!(Client::get_caller_identity).then_http_response(|| {
            xml_error(403, "InvalidClientTokenId", "The security token included is invalid.")
        });
        let error = Sts::new(mock_client!(aws_sdk_sts, [&rule])).caller().await.unwrap_err();
        assert_eq!(error.code(), "Mist.AccessDenied");
    }
}
