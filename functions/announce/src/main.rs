//! The `announce` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let (stacks, secrets) = (aws.stacks(), aws.secrets());
    let github = mist_web::GitHubApi::new()?;
    let announce = async |request| announce::run(&stacks, &secrets, &github, request).await;
    mist_lambda::serve(async |request| Box::pin(announce(request)).await).await
}
