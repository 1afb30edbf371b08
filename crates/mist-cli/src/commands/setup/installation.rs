//! Whose account it is, and whether mist is installed in it.

use mist_aws::{Aws, artifacts::BucketEvents};
use mist_core::error::Error;

use super::{finding::Finding, report::Report};

/// What the findings are about.
pub(super) const ABOUT: &str = "account";

/// What an installation has.
#[derive(Debug)]
pub(super) struct Installation {
    /// The ARN of the topic that is told of failed releases.
    pub(super) topic: Option<String>,
}

/// Whether there are credentials at all. Without them nothing else can be asked.
pub(super) async fn credentials(aws: &Aws, report: &mut Report) -> bool {
    let check = "credentials";
    match aws.sts().caller().await {
        Ok(caller) => {
            report.add([Finding::good(ABOUT, check, format!("{} calls", caller.arn))]);
            true
        }
        Err(error) => {
            let remedy = "sign in, as for every AWS tool (aws configure, aws sso login, --profile NAME), \
                          and run this again";
            report.add([Finding::blocking(ABOUT, check, error.to_string(), remedy)]);
            false
        }
    }
}

/// Looks at what the template makes.
pub(super) async fn check(aws: &Aws, report: &mut Report) -> Installation {
    let stacks = aws.stacks();
    report.add([match stacks.state_machine().await {
        Ok(machine) => match aws.executions().newest(&machine).await {
            Ok(_) => Finding::good(ABOUT, "workflow", machine),
            Err(error) => Finding::failed(ABOUT, "workflow", "states:ListExecutions", &error),
        },
        Err(Error::InvalidInput { problem }) => {
            let remedy = "install it: sam deploy -t infra/template.yaml --guided";
            Finding::blocking(ABOUT, "workflow", problem, remedy)
        }
        Err(error) => Finding::failed(ABOUT, "workflow", "ssm:GetParameter", &error),
    }]);
    let topic = match stacks.notifications_topic().await {
        Ok(Some(topic)) => Some(topic),
        Ok(None) => {
            let found = "the installation has no topic for notifications: it is an older one";
            let remedy = "bring it up to date: sam deploy -t infra/template.yaml";
            report.add([Finding::warning(ABOUT, "notifications", found, remedy)]);
            None
        }
        Err(error) => {
            report.add([Finding::failed(ABOUT, "notifications", "ssm:GetParameter", &error)]);
            None
        }
    };
    Installation { topic }
}

/// Looks at the bucket that bundles are uploaded to.
pub(super) async fn bucket(aws: &Aws, bucket: &str) -> Finding {
    match aws.artifacts().events(bucket).await {
        Ok(events) => judge_bucket(bucket, events),
        Err(error) => Finding::failed(ABOUT, "bucket", "s3:GetBucketNotification", &error),
    }
}

fn judge_bucket(bucket: &str, events: BucketEvents) -> Finding {
    let check = "bucket";
    match events {
        BucketEvents::Sent => {
            Finding::good(ABOUT, check, format!("{bucket} tells EventBridge of uploads"))
        }
        BucketEvents::Silent => Finding::blocking(
            ABOUT,
            check,
            format!("{bucket} does not tell EventBridge of uploads, so they start nothing"),
            format!(
                "switch it on: aws s3api put-bucket-notification-configuration --bucket {bucket} \
                 --notification-configuration '{{\"EventBridgeConfiguration\":{{}}}}' (this replaces what \
                 else the bucket tells), or name the bucket of the installation in mist.yaml"
            ),
        ),
        BucketEvents::NoBucket => Finding::blocking(
            ABOUT,
            check,
            format!("there is no bucket {bucket}"),
            "`artifacts.bucket` in mist.yaml must be the output ArtifactBucket of the installation",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Verdict, *};

    #[test]
    fn a_bucket_that_is_not_there_or_tells_nobody_blocks() {
        let verdict = |events| judge_bucket("artifacts", events).verdict;
        assert_eq!(verdict(BucketEvents::Sent), Verdict::Good);
        assert_eq!(verdict(BucketEvents::Silent), Verdict::Blocking);
        assert_eq!(verdict(BucketEvents::NoBucket), Verdict::Blocking);
    }
}
