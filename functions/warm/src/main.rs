//! The `warm` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let (secrets, clock) = (mist_aws::Aws::from_env().await.secrets(), mist_aws::SystemClock);
    // A new probe for each warm-up, since one resolves the name of an environment only once.
    let warm = async |request| {
        warm::run(&mist_http::HttpProbe::default(), &secrets, &clock, request).await
    };
    mist_lambda::serve(warm).await
}
