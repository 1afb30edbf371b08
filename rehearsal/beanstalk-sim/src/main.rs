//! The `beanstalk-sim` program: a simulator that runs until it receives Ctrl-C or SIGTERM.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use beanstalk_sim::{Error, Scenario, Settings, Simulator};
use clap::Parser;
use jiff::Timestamp;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

// The headings of options in `--help`.
const NETWORK: &str = "Network";
const IDENTITY: &str = "Identity";
const STATE: &str = "State";
const TIME: &str = "Time";
const MISBEHAVIOUR: &str = "Misbehaviour";

/// Simulate AWS Elastic Beanstalk on this machine, and run the deployed bundles.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Address on which the API listens; port 0 selects a free port.
    #[arg(long, env = "BEANSTALK_SIM_LISTEN", help_heading = NETWORK, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Port on which all environments serve their sites [default: a free port].
    #[arg(long, env = "BEANSTALK_SIM_DATA_PORT", help_heading = NETWORK)]
    data_port: Option<u16>,
    /// Address of the first environment; the others get the next addresses.
    #[arg(long, env = "BEANSTALK_SIM_FIRST_ADDRESS", help_heading = NETWORK, default_value = "127.0.1.1")]
    first_address: Ipv4Addr,
    /// Region of the service.
    #[arg(long, env = "BEANSTALK_SIM_REGION", help_heading = IDENTITY, default_value = "us-east-1")]
    region: String,
    /// Account of the service, in 12 digits.
    #[arg(long, env = "BEANSTALK_SIM_ACCOUNT", help_heading = IDENTITY, default_value = "000000000000")]
    account: String,
    /// Quota of applications.
    #[arg(long, env = "BEANSTALK_SIM_APPLICATION_QUOTA", help_heading = IDENTITY, default_value_t = 75)]
    application_quota: usize,
    /// Quota of environments.
    #[arg(long, env = "BEANSTALK_SIM_ENVIRONMENT_QUOTA", help_heading = IDENTITY, default_value_t = 200)]
    environment_quota: usize,
    /// Speed of time: how many times as fast as the real service; 1 is real time.
    #[arg(long, env = "BEANSTALK_SIM_TIME_SCALE", help_heading = TIME, default_value_t = 1.0)]
    time_scale: f64,
    /// Duration of a deployment, in simulated seconds.
    #[arg(long, env = "BEANSTALK_SIM_DEPLOY_SECONDS", help_heading = TIME, default_value_t = 42.0)]
    deploy_seconds: f64,
    /// Least time for a process to listen on its port, in seconds of real time.
    #[arg(long, env = "BEANSTALK_SIM_PROCESS_SECONDS", help_heading = TIME, default_value_t = 60.0)]
    process_seconds: f64,
    /// File with a scenario of faults, in YAML or JSON [default: no faults].
    #[arg(long, env = "BEANSTALK_SIM_SCENARIO", value_name = "FILE", help_heading = MISBEHAVIOUR)]
    scenario: Option<PathBuf>,
    /// S3 endpoint of the source bundles [default: the endpoint that the AWS SDK finds].
    #[arg(long, env = "BEANSTALK_SIM_S3_ENDPOINT", help_heading = NETWORK)]
    s3_endpoint: Option<String>,
    /// Stop time; `POST /_sim/time` moves it.
    #[arg(long, env = "BEANSTALK_SIM_MANUAL_TIME", help_heading = TIME)]
    manual_time: bool,
    /// Start of simulated dates, such as `2026-01-01T00:00:00Z` [default: dates of the wall clock].
    #[arg(long, env = "BEANSTALK_SIM_START_TIME", help_heading = TIME)]
    start_time: Option<Timestamp>,
    /// Seed of generated names and identifiers; the same seed and calls give the same results.
    #[arg(long, env = "BEANSTALK_SIM_SEED", help_heading = TIME)]
    seed: Option<u64>,
    /// File that keeps the state between runs [default: the state is not kept].
    #[arg(long, env = "BEANSTALK_SIM_STATE", value_name = "FILE", help_heading = STATE)]
    state: Option<PathBuf>,
    /// EventBridge endpoint that receives the events of environments [default: none].
    #[arg(long, env = "BEANSTALK_SIM_EVENTS_ENDPOINT", help_heading = NETWORK)]
    events_endpoint: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let levels = std::env::var("RUST_LOG").ok().and_then(|levels| levels.parse::<Targets>().ok());
    let filter = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(filter).with(lines).init();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If the stream is closed, nothing reads the error.
            let _ = writeln!(std::io::stderr(), "beanstalk-sim: {}", sentence(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Runs the simulator until it receives a signal.
async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let mut terminated = signal(SignalKind::terminate())?;
    let scenario = options.scenario.as_deref().map(read).transpose()?;
    let simulator = Simulator::start(options.into()).await?;
    if let Some(scenario) = scenario {
        simulator.play(scenario);
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "export AWS_ENDPOINT_URL_ELASTIC_BEANSTALK={}", simulator.url())?;
    writeln!(stdout, "export AWS_ENDPOINT_URL_AUTO_SCALING={}", simulator.url())?;
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

/// An error and its causes, with the names of options.
fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    if let Some(Error::Setting { name, problem }) = error.downcast_ref() {
        return format!("`--{}` {problem}", name.replace('_', "-"));
    }
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |sentence, cause| format!("{sentence}: {cause}"))
}

/// Reads a scenario. The error names the file.
fn read(file: &Path) -> Result<Scenario, String> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| named(&error))?;
    Scenario::parse(&text).map_err(|error| named(&error))
}

impl From<Options> for Settings {
    fn from(options: Options) -> Self {
        Self {
            listen: options.listen,
            data_port: options.data_port,
            first_address: options.first_address,
            region: options.region,
            account: options.account,
            application_quota: options.application_quota,
            environment_quota: options.environment_quota,
            time_scale: options.time_scale,
            deploy_seconds: options.deploy_seconds,
            process_seconds: options.process_seconds,
            s3_endpoint: options.s3_endpoint,
            manual_time: options.manual_time,
            start_time: options.start_time,
            seed: options.seed,
            state: options.state,
            events_endpoint: options.events_endpoint,
        }
    }
}
