//! The `beanstalk-sim` program: a simulator that runs until it is told to stop.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use beanstalk_sim::{Settings, Simulator};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Simulates AWS Elastic Beanstalk on this machine.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Where the API listens; port 0 picks a free one.
    #[arg(long, env = "BEANSTALK_SIM_LISTEN", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// The port on which all environments serve their sites [default: a free one].
    #[arg(long, env = "BEANSTALK_SIM_DATA_PORT")]
    data_port: Option<u16>,
    /// The address of the first environment; the others follow.
    #[arg(long, env = "BEANSTALK_SIM_FIRST_ADDRESS", default_value = "127.0.1.1")]
    first_address: Ipv4Addr,
    /// The region to be in.
    #[arg(long, env = "BEANSTALK_SIM_REGION", default_value = "us-east-1")]
    region: String,
    /// The account to be.
    #[arg(long, env = "BEANSTALK_SIM_ACCOUNT", default_value = "000000000000")]
    account: String,
    /// How many times faster than the real service; 1 is real time.
    #[arg(long, env = "BEANSTALK_SIM_TIME_SCALE", default_value_t = 1.0)]
    time_scale: f64,
    /// How long a deployment takes, in seconds before scaling.
    #[arg(long, env = "BEANSTALK_SIM_DEPLOY_SECONDS", default_value_t = 42.0)]
    deploy_seconds: f64,
    /// The S3 that holds the source bundles [default: what the AWS SDK finds].
    #[arg(long, env = "BEANSTALK_SIM_S3_ENDPOINT")]
    s3_endpoint: Option<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let options = Options::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let mut terminated = signal(SignalKind::terminate())?;

    let simulator = Simulator::start(options.into()).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "export AWS_ENDPOINT_URL_ELASTIC_BEANSTALK={}", simulator.url())?;
    writeln!(stdout, "# environments serve their sites on port {}", simulator.data_port())?;
    writeln!(stdout, "# state, calls and faults: {}/_sim/state", simulator.url())?;
    stdout.flush()?;

    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    simulator.stop().await;
    Ok(())
}

impl From<Options> for Settings {
    fn from(options: Options) -> Self {
        Self {
            listen: options.listen,
            data_port: options.data_port,
            first_address: options.first_address,
            region: options.region,
            account: options.account,
            time_scale: options.time_scale,
            deploy_seconds: options.deploy_seconds,
            s3_endpoint: options.s3_endpoint,
        }
    }
}
