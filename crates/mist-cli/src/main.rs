//! The `mist` command: starts operations, follows them, sets mist up, and runs the local cloud.

mod account;
mod arguments;
mod ask;
mod commands;
mod config_file;
mod email;
mod failure;
mod first_mist;
mod follow;
mod output;
mod report;
mod stacks;
#[cfg(test)]
mod testing;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let format = arguments.output;
    // The future holds the state of every command, which is too large for the stack.
    match Box::pin(commands::run(arguments)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure, format);
            failure.exit_code()
        }
    }
}
