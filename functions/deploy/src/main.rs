//! The `deploy` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (beanstalk, artifacts, clock) = (aws.beanstalk(), aws.artifacts(), mist_aws::SystemClock);
    mist_lambda::serve(async |request| deploy::run(&beanstalk, &artifacts, &clock, request).await)
        .await
}
