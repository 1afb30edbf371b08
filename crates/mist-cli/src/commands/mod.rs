//! The commands, one file each.

mod cleanup;
mod config;
mod demo;
mod deploy;
mod history;
mod import;
mod local;
mod lock;
mod operation;
mod rollback;
mod setup;
mod stop;
mod swap;
mod version;

use aws_config::{BehaviorVersion, Region};
use mist_aws::Aws;

use crate::{
    arguments::{Arguments, Command},
    failure::Failure,
};

/// Executes the command of the command line.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { command, output, region, profile } = arguments;
    let aws = async || account(region.as_deref(), profile.as_deref()).await;
    match command {
        Command::Deploy(arguments) => deploy::run(&aws().await?, arguments, output).await,
        Command::Warm(arguments) => operation::run(&aws().await?, "warm", &arguments, output).await,
        Command::Swap(arguments) => swap::run(&aws().await?, arguments, output).await,
        Command::Rollback(arguments) => rollback::run(&aws().await?, arguments, output).await,
        Command::Mark(arguments) => operation::run(&aws().await?, "mark", &arguments, output).await,
        Command::Start(arguments) => {
            operation::run(&aws().await?, "start", &arguments, output).await
        }
        Command::Stop(arguments) => stop::run(&aws().await?, arguments, output).await,
        Command::Version(arguments) => version::run(&aws().await?, arguments, output).await,
        Command::History(arguments) => history::run(&aws().await?, arguments, output).await,
        Command::Lock(command) => lock::run(&aws().await?, command, output).await,
        Command::Config(command) => {
            config::run(command, region.as_deref(), profile.as_deref(), output).await
        }
        Command::Setup(arguments) => {
            Box::pin(setup::run(arguments, region.as_deref(), profile.as_deref(), output)).await
        }
        Command::Cleanup(arguments) => {
            Box::pin(cleanup::run(arguments, region.as_deref(), profile.as_deref(), output)).await
        }
        Command::Local(command) => local::run(command, output).await,
        Command::Demo(arguments) => demo::run(arguments, output).await,
    }
}

/// The account that the environment, or else `profile`, leads to; `region` goes before theirs. The access keys
/// in `AWS_APP_…` and `AWS_DNS_…` go before both.
async fn account(region: Option<&str>, profile: Option<&str>) -> Result<Aws, Failure> {
    let mut loader = mist_aws::configure(aws_config::defaults(BehaviorVersion::latest()));
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    Ok(Aws::with_pairs(loader.load().await, |name| std::env::var(name).ok()).await?)
}
