//! The `wait-ready` Lambda function.

use mist_core::release::look;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = wait_ready::Ports {
        beanstalk: aws.beanstalk_for_looks(),
        locks: aws.locks(),
        quota: aws.quota(),
        tasks: aws.tasks(),
        wakes: aws.wakes(),
        clock: mist_aws::SystemClock,
        recheck: look::recheck(std::env::var("MIST_RECHECK_SECONDS").ok().as_deref()),
    };
    let park = async |token, request| wait_ready::park(&ports, token, request).await;
    let look = async || wait_ready::look(&ports).await;
    mist_lambda::serve_waiting(&ports.tasks, park, look).await
}
