//! The `stop` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let world = stop::World {
        groups: aws.groups(),
        beanstalk: aws.beanstalk(),
        dns: aws.dns(),
        ledger: aws.ledger(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| stop::run(&world, request).await).await
}
