//! The `swap` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let dns = mist_aws::Aws::from_env().await.dns();
    mist_lambda::serve(async |request| swap::run(&dns, request).await).await
}
