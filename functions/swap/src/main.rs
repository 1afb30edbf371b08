//! The `swap` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = swap::Ports {
        dns: aws.dns(),
        beanstalk: aws.beanstalk(),
        locks: aws.locks(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| swap::run(&ports, request).await).await
}
