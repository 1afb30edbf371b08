//! The `settle` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (ledger, runs, clock) = (aws.ledger(), aws.executions(), mist_aws::SystemClock);
    mist_lambda::serve(async |request| settle::run(&ledger, &runs, &clock, request).await).await
}
