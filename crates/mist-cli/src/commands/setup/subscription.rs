//! The e-mail address for notifications of failed releases and lost uploads.

use mist_aws::{Aws, notifications::Subscription};

use super::{finding::Finding, report::Report};
use crate::email::Email;

const ABOUT: &str = "e-mail";
const CHECK: &str = "subscription";

/// Checks whether `email` is subscribed to `topic`. Returns whether it must be subscribed.
pub(super) async fn check(aws: &Aws, topic: &str, email: &Email, report: &mut Report) -> bool {
    match aws.notifications().emails(topic).await {
        Ok(found) => {
            let (finding, subscribe) = judge(email, &found);
            report.add([finding]);
            subscribe
        }
        Err(error) => {
            report.add([Finding::failed(ABOUT, CHECK, "sns:ListSubscriptionsByTopic", &error)]);
            false
        }
    }
}

fn judge(email: &Email, found: &[Subscription]) -> (Finding, bool) {
    let ours = found.iter().find(|it| email.matches(&it.email));
    match ours {
        None => {
            let found =
                format!("{email} is not subscribed to notifications yet; setup subscribes it");
            (Finding::good(ABOUT, CHECK, found), true)
        }
        Some(Subscription { arn: Some(_), .. }) => {
            (Finding::good(ABOUT, CHECK, format!("{email} is subscribed to notifications")), false)
        }
        Some(Subscription { arn: None, .. }) => {
            let found = format!("{email} has not confirmed the subscription to notifications yet");
            let remedy = "follow the link in the e-mail from AWS Notifications; it expires after three days, \
                          then run this again";
            (Finding::warning(ABOUT, CHECK, found, remedy), false)
        }
    }
}

/// Subscribes `email` to `topic`. The address is stored first, so that cleanup always finds it.
pub(super) async fn subscribe(aws: &Aws, topic: &str, email: &Email, report: &mut Report) {
    let stacks = aws.stacks();
    let stored = async {
        let mut emails = stacks.subscribed().await?;
        if !emails.iter().any(|known| email.matches(known)) {
            emails.push(email.to_string());
            stacks.remember_subscribed(&emails).await?;
        }
        Ok(())
    };
    if let Err(error) = stored.await {
        report.add([Finding::failed(ABOUT, CHECK, "ssm:PutParameter", &error)]);
        return;
    }
    match aws.notifications().subscribe(topic, email.as_str()).await {
        Ok(true) => report.stored(format!("subscribed {email} to notifications")),
        Ok(false) => report.stored(format!(
            "requested the subscription of {email}: confirm it with the link in the e-mail from AWS Notifications"
        )),
        Err(error) => report.add([Finding::failed(ABOUT, CHECK, "sns:Subscribe", &error)]),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Verdict, *};

    fn judged(found: &[(&str, Option<&str>)]) -> (Verdict, bool) {
        let subscription = |(email, arn): &(&str, Option<&str>)| Subscription {
            email: (*email).to_owned(),
            arn: arn.map(str::to_owned),
        };
        let found: Vec<_> = found.iter().map(subscription).collect();
        let (finding, subscribe) = judge(&"ada@example.com".parse().unwrap(), &found);
        (finding.verdict, subscribe)
    }

    #[test]
    fn a_subscribed_address_is_not_subscribed_again() {
        assert_eq!(judged(&[]), (Verdict::Good, true));
        assert_eq!(judged(&[("bob@example.com", Some("arn:1"))]), (Verdict::Good, true));
        assert_eq!(judged(&[("Ada@Example.com", Some("arn:1"))]), (Verdict::Good, false));
        assert_eq!(judged(&[("ada@example.com", None)]), (Verdict::Warning, false));
    }
}
