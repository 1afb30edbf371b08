//! The `notify` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = notify::Ports {
        stacks: aws.stacks(),
        secrets: aws.secrets(),
        locks: aws.locks(),
        github: mist_github::GitHubApi::new()?,
        marker: mist_new_relic::NewRelicMarker::new()?,
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| Box::pin(notify::run(&ports, request)).await).await
}
