//! The `wait-ready` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let beanstalk = mist_aws::Aws::from_env().await.beanstalk();
    let clock = mist_aws::SystemClock;
    mist_lambda::serve(async |request| wait_ready::run(&beanstalk, &clock, request).await).await
}
