//! The `settle` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (ledger, runs) = (aws.ledger(), aws.executions());
    mist_lambda::serve(async |request| settle::run(&ledger, &runs, request).await).await
}
