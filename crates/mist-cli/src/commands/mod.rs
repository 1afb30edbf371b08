//! The commands, one file each.

mod cleanup;
mod config;
mod deploy;
mod history;
mod lock;
mod operation;
mod rehearsal;
mod rollback;
mod setup;
mod stop;
mod swap;
mod version;

use crate::{
    account::account,
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
        Command::Rehearsal(command) => rehearsal::run(&command, output).await,
    }
}
