//! Subscriptions of an SNS topic.

use aws_sdk_sns::{Client, error::ProvideErrorMetadata as _};
use mist_core::error::Error;

use crate::error::classify;

const SERVICE: &str = "sns";

/// The text in place of the ARN until the owner of the address confirms the subscription.
const PENDING: [&str; 2] = ["PendingConfirmation", "pending confirmation"];

/// The text in place of the ARN for some days after a subscription ended.
const ENDED: &str = "Deleted";

/// The subscriptions of topics, through the SDK.
#[derive(Clone, Debug)]
pub struct Notifications {
    client: Client,
}

/// The subscription of an e-mail address.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subscription {
    /// The address.
    pub email: String,
    /// The ARN; `None` until the owner of the address confirms. Before that, the subscription cannot be ended.
    pub arn: Option<String>,
}

impl Notifications {
    /// Uses `client` for every call.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// The subscriptions of e-mail addresses to `topic`.
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

    /// Subscribes `email` to `topic`. SNS sends a mail to confirm; returns whether that was done. Before that, a
    /// repeated call sends the mail again.
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

    /// Ends the subscription `arn`. A missing one is no error.
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
    async fn tells_a_pending_subscription_from_a_confirmed_one() {
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
    async fn a_new_subscription_is_pending() {
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
    async fn a_subscription_can_be_ended_twice() {
        let rule = mock!(Client::unsubscribe)
            .then_http_response(|| xml_error(404, "NotFound", "Subscription does not exist"));
        let notifications = Notifications::new(mock_client!(aws_sdk_sns, [&rule]));
        notifications.unsubscribe("arn:aws:sns:us-east-1:1:mist:s-1").await.unwrap();
    }
}
