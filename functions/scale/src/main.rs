//! The `scale` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = scale::Ports {
        groups: aws.groups(),
        beanstalk: aws.beanstalk(),
        dns: aws.dns(),
        locks: aws.locks(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| scale::run(&ports, request).await).await
}
