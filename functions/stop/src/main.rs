//! The `stop` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (groups, ledger, clock) = (aws.groups(), aws.ledger(), mist_aws::SystemClock);
    mist_lambda::serve(async |request| stop::run(&groups, &ledger, &clock, request).await).await
}
