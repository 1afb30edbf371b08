//! The `mark` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let secrets = mist_aws::Aws::from_env().await.secrets();
    let (new_relic, clock) = (mist_new_relic::NewRelicMarker::new()?, mist_aws::SystemClock);
    mist_lambda::serve(async |request| mark::run(&new_relic, &secrets, &clock, request).await).await
}
