//! The account, and the installation of mist in it.

use mist_aws::{Aws, artifacts::BucketEvents};
use mist_core::error::Error;

use super::{finding::Finding, report::Report};

/// The subject of the findings.
pub(super) const ABOUT: &str = "account";

/// Checks the credentials. Returns whether they work; without them, no other check is possible.
pub(super) async fn credentials(aws: &Aws, report: &mut Report) -> bool {
    let check = "credentials";
    match aws.sts().caller().await {
        Ok(caller) => {
            report.add([Finding::good(ABOUT, check, format!("signed in as {}", caller.arn))]);
            true
        }
        Err(error) => {
            let remedy = "sign in to AWS (aws configure, aws sso login, or --profile NAME), and run this again";
            report.add([Finding::blocking(ABOUT, check, error.to_string(), remedy)]);
            false
        }
    }
}

/// Checks the state machine and the topic of the installation. Returns the ARN of the topic.
pub(super) async fn check(aws: &Aws, report: &mut Report) -> Option<String> {
    let stacks = aws.stacks();
    report.add([match stacks.state_machine().await {
        Ok(machine) => match aws.executions().newest(&machine).await {
            Ok(_) => Finding::good(ABOUT, "workflow", machine),
            Err(error) => Finding::failed(ABOUT, "workflow", "states:ListExecutions", &error),
        },
        Err(Error::InvalidInput { problem }) => {
            let remedy = "install mist: sam deploy -t infra/template.yaml --guided";
            Finding::blocking(ABOUT, "workflow", problem, remedy)
        }
        Err(error) => Finding::failed(ABOUT, "workflow", "ssm:GetParameter", &error),
    }]);
    match stacks.notifications_topic().await {
        Ok(Some(topic)) => Some(topic),
        Ok(None) => {
            let found = "the installation is an older one, without a topic for notifications";
            let remedy = "update it: sam deploy -t infra/template.yaml";
            report.add([Finding::warning(ABOUT, "notifications", found, remedy)]);
            None
        }
        Err(error) => {
            report.add([Finding::failed(ABOUT, "notifications", "ssm:GetParameter", &error)]);
            None
        }
    }
}

/// Checks the bucket that bundles are uploaded to.
pub(super) async fn bucket(aws: &Aws, bucket: &str) -> Finding {
    match aws.artifacts().events(bucket).await {
        Ok(events) => judge_bucket(bucket, events),
        Err(error) => Finding::failed(ABOUT, "bucket", "s3:GetBucketNotification", &error),
    }
}

fn judge_bucket(bucket: &str, events: BucketEvents) -> Finding {
    let check = "bucket";
    match events {
        BucketEvents::Sent => Finding::good(
            ABOUT,
            check,
            format!("`{bucket}` sends events of uploads to EventBridge"),
        ),
        BucketEvents::Silent => Finding::blocking(
            ABOUT,
            check,
            format!("`{bucket}` sends no events to EventBridge, so uploads start no releases"),
            format!(
                "enable them: aws s3api put-bucket-notification-configuration --bucket {bucket} \
                 --notification-configuration '{{\"EventBridgeConfiguration\":{{}}}}' (this replaces the other \
                 notifications of the bucket), or set `artifacts.bucket` in mist.yaml to the bucket of the \
                 installation"
            ),
        ),
        BucketEvents::NoBucket => Finding::blocking(
            ABOUT,
            check,
            format!("bucket `{bucket}` does not exist"),
            "set `artifacts.bucket` in mist.yaml to the output ArtifactBucket of the installation",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::finding::Verdict, *};

    #[test]
    fn a_bucket_that_is_missing_or_sends_no_events_blocks() {
        let verdict = |events| judge_bucket("artifacts", events).verdict;
        assert_eq!(verdict(BucketEvents::Sent), Verdict::Good);
        assert_eq!(verdict(BucketEvents::Silent), Verdict::Blocking);
        assert_eq!(verdict(BucketEvents::NoBucket), Verdict::Blocking);
    }
}
