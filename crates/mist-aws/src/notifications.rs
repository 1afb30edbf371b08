//! Who is told when a release goes wrong: the subscriptions of a topic of SNS.

use aws_sdk_sns::{Client, error::ProvideErrorMetadata as _};
use mist_core::error::Error;

use crate::error::classify;

const SERVICE: &str = "sns";

// A subscription to a topic has this in place of an ARN until its owner agrees.
const PENDING: [&str; 2] = ["PendingConfirmation", "pending confirmation"];

// And one that was ended has this, for some days.
const ENDED: &str = "Deleted";

/// The subscriptions of topics, through the SDK.
#[derive(Clone, Debug)]
pub struct Notifications {
    client: Client,
}

/// An e-mail address that is told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subscription {
    /// The address.
    pub email: String,
    /// What it is ended by; `None` until its owner agreed, which nobody else can do or end.
    pub arn: Option<String>,
}

impl Notifications {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The e-mail addresses that `topic` tells.
    pub async fn emails(&self, topic: &str) -> Result<Vec<Subscription>, Error> {
        let mut found = Vec::new();
        let list = self.client.list_subscriptions_by_topic().topic_arn(topic);
        let mut pages = list.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| classify(SERVICE, &error))?;
            let emails = page.subscriptions().iter().filter(|it| {
                it.protocol() == Some("email") && it.subscription_arn() != Some(ENDED)
            });
            found.extend(emails.map(|it| Subscription {
                email: it.endpoint().unwrap_or_default().to_owned(),
                arn: confirmed(it.subscription_arn()),
            }));
        }
        Ok(found)
    }

    /// Makes `topic` tell `email`. Its owner gets a mail, and must agree; `false` until then. Doing it again
    /// before that sends the mail again.
    pub async fn subscribe(&self, topic: &str, email: &str) -> Result<bool, Error> {
        let answer = self
            .client
            .subscribe()
            .topic_arn(topic)
            .protocol("email")
            .endpoint(email)
            .send()
            .await
            .map_err(|error| classify(SERVICE, &error))?;
        Ok(confirmed(answer.subscription_arn()).is_some())
    }

    /// Ends the subscription `arn`. One that is not there is fine.
    pub async fn unsubscribe(&self, arn: &str) -> Result<(), Error> {
        match self.client.unsubscribe().subscription_arn(arn).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("NotFound") => Ok(()),
            Err(error) => Err(classify(SERVICE, &error)),
        }
    }
}

fn confirmed(arn: Option<&str>) -> Option<String> {
    arn.filter(|arn| !PENDING.contains(arn)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use aws_smithy_mocks::{mock, mock_client};

    use super::*;
    use crate::wire::{answer, xml_error};

    const XML: &[(&str, &str)] = &[("content-type", "text/xml")];

    #[tokio::test]
    async fn one_who_did_not_agree_yet_is_told_from_one_who_did() {
        let rule = mock!(Client::list_subscriptions_by_topic).then_http_response(|| {
            let member = |protocol: &str, endpoint: &str, arn: &str| {
                format!(
                    "<member><SubscriptionArn>{arn}</SubscriptionArn><Protocol>{protocol}</Protocol>\
                     <Endpoint>{endpoint}</Endpoint></member>"
                )
            };
            let members = [
                member("email", "ada@example.com", "arn:aws:sns:us-east-1:1:mist:s-1"),
                member("email", "bob@example.com", "PendingConfirmation"),
                member("email", "eve@example.com", "Deleted"),
                member("sqs", "arn:aws:sqs:us-east-1:1:q", "arn:aws:sns:us-east-1:1:mist:s-2"),
            ];
            let body = format!(
                "<ListSubscriptionsByTopicResponse><ListSubscriptionsByTopicResult><Subscriptions>{}\
                 </Subscriptions></ListSubscriptionsByTopicResult></ListSubscriptionsByTopicResponse>",
                members.concat()
            );
            answer(200, XML, body)
        });
        let client = mock_client!(aws_sdk_sns, [&rule]);
        let emails = Notifications::new(client).emails("arn:topic").await.unwrap();
        let agreed = Some("arn:aws:sns:us-east-1:1:mist:s-1".to_owned());
        let expected = [("ada@example.com", agreed), ("bob@example.com", None)];
        let expected = expected.map(|(email, arn)| Subscription { email: email.to_owned(), arn });
        assert_eq!(emails, expected);
    }

    #[tokio::test]
    async fn a_new_one_must_agree_first() {
        let rule = mock!(Client::subscribe)
            .match_requests(|input| {
                (input.protocol(), input.endpoint()) == (Some("email"), Some("ada@example.com"))
            })
            .then_http_response(|| {
                answer(
                    200,
                    XML,
                    "<SubscribeResponse><SubscribeResult><SubscriptionArn>pending confirmation\
                     </SubscriptionArn></SubscribeResult></SubscribeResponse>",
                )
            });
        let notifications = Notifications::new(mock_client!(aws_sdk_sns, [&rule]));
        assert!(!notifications.subscribe("arn:topic", "ada@example.com").await.unwrap());
    }

    #[tokio::test]
    async fn to_end_one_twice_is_fine() {
        let rule = mock!(Client::unsubscribe)
            .then_http_response(|| xml_error(404, "NotFound", "Subscription does not exist"));
        let notifications = Notifications::new(mock_client!(aws_sdk_sns, [&rule]));
        notifications.unsubscribe("arn:aws:sns:us-east-1:1:mist:s-1").await.unwrap();
    }
}
