//! The `bake` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = bake::Ports {
        locks: aws.locks(),
        quota: aws.quota(),
        tasks: aws.tasks(),
        wakes: aws.wakes(),
        beanstalk: aws.beanstalk_for_looks(),
        alarms: aws.alarms(),
        clock: mist_aws::SystemClock,
    };
    let seconds = std::env::var("MIST_RECHECK_SECONDS").ok();
    let recheck = mist_core::release::look::recheck(seconds.as_deref());
    let park = async |token, request| ports.park(token, request).await;
    mist_lambda::serve_waiting(&ports.tasks, park, async || ports.look(recheck).await).await
}
