//! `mist logs`: the last lines of the logs of an environment's instances.

use jiff::Timestamp;
use mist_aws::{Aws, SystemClock};
use mist_core::{names::EnvironmentName, release::log_tail, stack::settings::Stack};
use mist_http::HttpTextReader;
use serde_json::json;

use super::version;
use crate::{
    account::Place,
    arguments::{Logs, WhichSide},
    failure::Failure,
    output::{self, Format, moment, note},
    stacks,
};

/// Shows the last lines of the instances' logs, with their secrets masked.
pub(crate) async fn run(place: Place<'_>, arguments: Logs, format: Format) -> Result<(), Failure> {
    let Logs { stack: name, environment, side, since } = arguments;
    let aws = place.open().await?;
    let stack = stacks::load(&aws, &name).await?;
    let environment = match environment {
        Some(environment) => {
            version::belongs(&environment, &stack)?;
            environment
        }
        None => of_side(&aws, &stack, side).await?,
    };
    place.announce(&aws, &format!("stack {name}, environment {environment}")).await?;
    note("requesting the logs of the instances, which takes some seconds");
    let ports = (&aws.beanstalk(), &HttpTextReader, &SystemClock);
    let lines = log_tail::read(ports, &environment, since).await?;
    match format {
        Format::Json => output::json(&json!({
            "stack": name, "environment": environment, "since": since, "lines": lines,
        })),
        Format::Table if lines.is_empty() => note(nothing(&environment, since)),
        Format::Table => lines.iter().for_each(output::result),
    }
    Ok(())
}

/// The environment of `side` by the record, as it points now.
async fn of_side(aws: &Aws, stack: &Stack, side: WhichSide) -> Result<EnvironmentName, Failure> {
    let both = &stack.settings.environments;
    match (version::look(aws, stack).await?.live, side) {
        (Some(live), WhichSide::Live) => Ok(both.on(live).clone()),
        (Some(live), WhichSide::Idle) => Ok(both.on(live.other()).clone()),
        (None, _) => Err(Failure::State(format!(
            "the record of stack {} points to neither environment; name one: `-e {}` or `-e {}`",
            stack.name, both.a, both.b
        ))),
    }
}

fn nothing(environment: &EnvironmentName, since: Timestamp) -> String {
    format!(
        "the logs of {environment} have no line since {}; --since reaches further back",
        moment(since)
    )
}

#[cfg(test)]
mod tests {
    use mist_testkit::START;

    use super::*;

    #[test]
    fn logs_without_new_lines_name_the_time_and_the_option() {
        let environment = "Demo-QA-B".parse().unwrap();
        let shown = nothing(&environment, Timestamp::from_second(START).unwrap());
        assert!(shown.contains("since 2026-01-02 03:04:05 UTC; --since"), "{shown}");
    }
}
