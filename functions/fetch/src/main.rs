//! The `fetch` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let world = fetch::World {
        stacks: aws.stacks(),
        secrets: aws.secrets(),
        github: mist_web::GitHubApi::new()?,
        bucket: aws.artifacts(),
        ledger: aws.ledger(),
    };
    mist_lambda::serve(async |request| Box::pin(fetch::run(&world, request)).await).await
}
