//! The `begin` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = begin::Ports {
        stacks: aws.stacks(),
        locks: aws.locks(),
        history: aws.history(),
        quota: aws.quota(),
        tasks: aws.tasks(),
        wakes: aws.wakes(),
        clock: mist_aws::SystemClock,
    };
    let begin = async |token, request| begin::run(&ports, token, request).await;
    mist_lambda::serve_task(&ports.tasks, begin).await
}
