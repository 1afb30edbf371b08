//! The `tail-log` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (logs, texts) = (aws.beanstalk(), mist_web::HttpTexts);
    mist_lambda::serve(async |request| tail_log::run(&logs, &texts, request).await).await
}
