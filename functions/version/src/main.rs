//! The `version` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (beanstalk, dns) = (aws.beanstalk(), aws.dns());
    mist_lambda::serve(async |request| version::run(&beanstalk, &dns, request).await).await
}
