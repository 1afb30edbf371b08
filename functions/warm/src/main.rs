//! The `warm` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let secrets = mist_aws::Aws::from_env().await.secrets();
    let (probe, clock) = (mist_web::HttpProbe::default(), mist_aws::SystemClock);
    mist_lambda::serve(async |request| warm::run(&probe, &secrets, &clock, request).await).await
}
