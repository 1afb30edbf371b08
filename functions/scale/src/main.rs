//! The `scale` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let world = scale::World {
        groups: aws.groups(),
        beanstalk: aws.beanstalk(),
        dns: aws.dns(),
        locks: aws.locks(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| scale::run(&world, request).await).await
}
