//! The `fetch` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = fetch::Ports {
        stacks: aws.stacks(),
        secrets: aws.secrets(),
        github: mist_github::GitHubApi::new()?,
        bucket: aws.artifacts(),
        locks: aws.locks(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| Box::pin(fetch::run(&ports, request)).await).await
}
