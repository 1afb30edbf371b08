//! The `verify` Lambda function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), mist_lambda::ServeError> {
    let aws = mist_aws::Aws::from_env().await;
    let ports = verify::Ports {
        dns: aws.dns(),
        name_servers: mist_dns::DnsNameServers::from_env()?,
        probe: mist_http::HttpProbe::default(),
        secrets: aws.secrets(),
        locks: aws.locks(),
        clock: mist_aws::SystemClock,
    };
    mist_lambda::serve(async |request| verify::run(&ports, request).await).await
}
