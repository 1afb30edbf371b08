//! The `deploy` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = deploy::Ports {
        beanstalk: aws.beanstalk(),
        artifacts: aws.artifacts(),
        dns: aws.dns(),
        groups: aws.groups(),
        locks: aws.locks(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| deploy::run(&ports, request).await).await
}
