//! The `accept` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let stacks = mist_aws::Aws::from_env().await.stacks();
    mist_lambda::serve(async |request| accept::run(&stacks, request).await).await
}
