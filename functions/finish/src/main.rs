//! The `finish` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = finish::Ports {
        locks: aws.locks(),
        history: aws.history(),
        tasks: aws.tasks(),
        wakes: aws.wakes(),
        beanstalk: aws.beanstalk(),
        dns: aws.dns(),
        texts: mist_http::HttpTextReader,
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| finish::run(&ports, request).await).await
}
