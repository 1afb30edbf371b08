//! The `lock` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let (ledger, clock) = (mist_aws::Aws::from_env().await.ledger(), mist_aws::SystemClock);
    mist_lambda::serve(async |request| lock::run(&ledger, &clock, request).await).await
}
