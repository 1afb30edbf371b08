//! The `swap` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let world = swap::World {
        dns: aws.dns(),
        beanstalk: aws.beanstalk(),
        ledger: aws.ledger(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| swap::run(&world, request).await).await
}
