//! The `bake` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (beanstalk, alarms, clock) = (aws.beanstalk(), aws.alarms(), mist_aws::SystemClock);
    mist_lambda::serve(async |request| bake::run(&beanstalk, &alarms, &clock, request).await).await
}
