//! The `verify` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let world = verify::World {
        name_servers: mist_web::DnsNameServers::from_env()?,
        probe: mist_web::HttpProbe::default(),
        secrets: mist_aws::Aws::from_env().await.secrets(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| verify::run(&world, request).await).await
}
