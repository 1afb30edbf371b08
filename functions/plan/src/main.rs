//! The `plan` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let world = plan::World {
        stacks: aws.stacks(),
        dns: aws.dns(),
        beanstalk: aws.beanstalk(),
        artifacts: aws.artifacts(),
        groups: aws.groups(),
        ledger: aws.ledger(),
        alarms: aws.alarms(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| plan::run(&world, request).await).await
}
