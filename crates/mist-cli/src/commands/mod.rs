//! The commands, one file each.

mod abort;
mod cleanup;
mod completion;
mod config;
mod deploy;
pub(crate) mod explain;
mod help;
mod history;
mod lock;
mod logs;
mod man;
mod operation;
mod promote;
mod rehearsal;
mod remedy;
mod report;
mod rollback;
mod setup;
mod start;
pub(crate) mod status;
mod stop;
mod swap;
mod ui;
mod version;
mod watch;

use crate::{
    account::Place,
    arguments::{Arguments, Command, Lock, Operate},
    failure::Failure,
    output::{self, Format},
    stacks,
};

/// Executes the command of the command line. If a call could not be made, the failure names the remedy.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { command, output: format, region, profile, no_color } = arguments;
    if no_color {
        output::without_colors();
    }
    let place = Place { region: region.as_deref(), profile: profile.as_deref() };
    match Box::pin(execute(command, place, format)).await {
        Ok(()) => Ok(()),
        Err(failure) => Err(Box::pin(place.explain(failure)).await),
    }
}

async fn execute(command: Command, place: Place<'_>, format: Format) -> Result<(), Failure> {
    match command {
        Command::Operate(operation) => Box::pin(operate(operation, place, format)).await,
        Command::Status(arguments) => Box::pin(status::run(place, arguments, format)).await,
        Command::Watch(arguments) => Box::pin(watch::run(place, arguments, format)).await,
        Command::Abort(arguments) => Box::pin(abort::run(place, arguments, format)).await,
        Command::Logs(arguments) => Box::pin(logs::run(place, arguments, format)).await,
        Command::Version(arguments) => version::run(&place.open().await?, arguments, format).await,
        Command::History(arguments) => history::run(&place.open().await?, arguments, format).await,
        Command::Lock(command) => {
            let aws = place.open().await?;
            if let Lock::Release(arguments) = &command {
                place.announce(&aws, &format!("stack {}", arguments.stack)).await?;
            }
            lock::run(&aws, command, format).await
        }
        Command::Ui(arguments) => Box::pin(ui::run(place, arguments, format)).await,
        Command::Report(arguments) => Box::pin(report::run(place, arguments, format)).await,
        Command::Explain(arguments) => explain::run(&arguments, format),
        Command::Config(command) => Box::pin(config::run(command, place, format)).await,
        Command::Setup(arguments) => Box::pin(setup::run(arguments, place, format)).await,
        Command::Cleanup(arguments) => Box::pin(cleanup::run(arguments, place, format)).await,
        Command::Rehearsal(command) => Box::pin(rehearsal::run(&command, format)).await,
        Command::Help(arguments) => help::run(&arguments, format),
        Command::Completion { shell } => {
            completion::run(shell);
            Ok(())
        }
        Command::Man { folder } => man::run(&folder, format),
    }
}

/// Starts an execution, after the account and the stack are shown and the stack exists.
async fn operate(operation: Operate, place: Place<'_>, format: Format) -> Result<(), Failure> {
    if let Operate::Deploy(arguments) = &operation {
        deploy::check(arguments)?;
    }
    let aws = place.open().await?;
    place.announce(&aws, &format!("stack {}", operation.stack())).await?;
    stacks::require(&aws, operation.stack()).await?;
    if let Operate::Deploy(deploy) = &operation
        && deploy.takes_newest()
    {
        remedy::warn_of_failed_upload(&aws, operation.stack()).await;
    }
    match operation {
        Operate::Deploy(arguments) => Box::pin(deploy::run(&aws, arguments, format)).await,
        Operate::Promote(arguments) => Box::pin(promote::run(&aws, arguments, format)).await,
        Operate::Warm(arguments) => operation::run(&aws, "warm", &arguments, format).await,
        Operate::Swap(arguments) => swap::run(&aws, arguments, format).await,
        Operate::Rollback(arguments) => rollback::run(&aws, arguments, format).await,
        Operate::Mark(arguments) => operation::run(&aws, "mark", &arguments, format).await,
        Operate::Start(arguments) => start::run(&aws, arguments, format).await,
        Operate::Stop(arguments) => stop::run(&aws, arguments, format).await,
    }
}
