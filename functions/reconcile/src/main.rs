//! The `reconcile` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = reconcile::Ports {
        locks: aws.locks(),
        history: aws.history(),
        executions: aws.executions(),
        tasks: aws.tasks(),
        wakes: aws.wakes(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| reconcile::run(&ports, request).await).await
}
