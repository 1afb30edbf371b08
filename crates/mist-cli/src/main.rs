//! The `mist` command: starts operations, follows them, sets mist up, and runs the local cloud.

mod account;
mod arguments;
mod ask;
mod caller;
mod command_line;
mod commands;
mod config_file;
mod email;
mod failure;
mod first_mist;
mod follow;
mod output;
mod page;
mod report;
mod side_by_side;
mod stacks;
#[cfg(test)]
mod testing;

use std::process::ExitCode;

use command_line::CommandLine;

#[tokio::main]
async fn main() -> ExitCode {
    let CommandLine { arguments, name } = match command_line::parse(std::env::args_os()) {
        Ok(parsed) => parsed,
        Err(exit_code) => return exit_code,
    };
    let format = arguments.output;
    // The future holds the state of every command, which is too large for the stack.
    let outcome = Box::pin(commands::run(arguments)).await;
    if let Err(failure) = &outcome {
        output::failure(failure);
    }
    output::end(&name, outcome.as_ref().err(), format);
    outcome.map_or_else(|failure| failure.exit_code(), |()| ExitCode::SUCCESS)
}
