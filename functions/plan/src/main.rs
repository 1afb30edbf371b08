//! The `plan` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = plan::Ports {
        stacks: aws.stacks(),
        dns: aws.dns(),
        beanstalk: aws.beanstalk(),
        artifacts: aws.artifacts(),
        groups: aws.groups(),
        locks: aws.locks(),
        history: aws.history(),
        alarms: aws.alarms(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| plan::run(&ports, request).await).await
}
