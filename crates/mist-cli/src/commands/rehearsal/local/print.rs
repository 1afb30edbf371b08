//! A local cloud, as it is now.

use mist_aws::Aws;
use mist_core::{error::Error, names::StackName, ports::Stacks as _, release::stack_report};
use mist_local::{CloudState, Endpoints, Resolver, Status, status};
use serde_json::{Value, json};

use super::place::Place;
use crate::{
    commands::{rehearsal::program, version::reference},
    output::{self, Format},
    report,
};

/// The keys of the facts that the running cloud publishes about its contents.
pub(super) const SITE: &str = "site";
pub(super) const BUCKET: &str = "bucket";

/// Prints the running cloud `state` of `place` with its stacks, which are read now.
pub(super) async fn print(place: &Place, state: &CloudState, format: Format) {
    let CloudState { pid, endpoints, outputs, logs, .. } = state;
    let stacks = Box::pin(read(endpoints)).await;
    let others = others(place).await;
    if format == Format::Json {
        let stacks = stacks.unwrap_or_else(|error| vec![json!({ "problem": error.to_string() })]);
        return output::json(&json!({
            "name": place.name, "pid": pid, "endpoints": endpoints, "outputs": outputs, "logs": logs,
            "stacks": stacks, "others": others,
        }));
    }
    let bucket = outputs.get(BUCKET).map_or("unknown", String::as_str);
    output::result(format!(
        "The local cloud is running (process {pid}).\n  \
         AWS        {}\n  Beanstalk  {}\n  DNS        {}\n  New Relic  {}\n  bucket     {bucket}",
        endpoints.aws, endpoints.beanstalk, endpoints.dns, endpoints.recorder,
    ));
    match stacks {
        Ok(stacks) if stacks.is_empty() => output::result("\nIt has no stack."),
        Ok(stacks) => stacks.iter().for_each(stack),
        Err(error) => output::result(format!("\n! its stacks are unknown: {error}")),
    }
    if !others.is_empty() {
        output::result(format!("\nOther local clouds (--name): {}", others.join(", ")));
    }
    next(place);
}

/// Prints a stack and how its site is reached.
fn stack(stack: &Value) {
    output::heading(&format!("\nStack {}", stack["stack"].as_str().unwrap_or_default()));
    if let Some(problem) = stack["problem"].as_str() {
        return output::result(format!("! it is unknown: {problem}"));
    }
    for line in report::records(stack) {
        output::result(line);
    }
    output::table(&mut report::sides(stack));
    match stack["curl"].as_str() {
        Some(curl) => output::result(curl),
        None => output::result("! the record points to no address"),
    }
}

/// Prints the next steps.
fn next(place: &Place) {
    let program = program::name();
    output::heading("\nNext steps");
    let steps = [
        (format!("eval \"$({})\"", place.command("env")), "point mist, aws and eb to it"),
        (format!("{program} status"), "show all stacks"),
        (format!("{program} deploy -s QA -f app.zip"), "release your own bundle"),
        (place.command("down"), "stop it"),
    ];
    let width = steps.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    for (command, effect) in steps {
        output::result(format!("  {command:<width$}    {effect}"));
    }
}

/// The stacks of the cloud at `endpoints`, with the environments and the record of each. A stack that cannot be read
/// has a `problem`.
async fn read(endpoints: &Endpoints) -> Result<Vec<Value>, Error> {
    let aws = Aws::new(endpoints.sdk_config());
    let mut found = Vec::new();
    for name in aws.stacks().names().await? {
        let stack = match Box::pin(one(&aws, endpoints, &name)).await {
            Ok(stack) => stack,
            Err(error) => json!({ "stack": name, "problem": error.to_string() }),
        };
        found.push(stack);
    }
    Ok(found)
}

async fn one(aws: &Aws, endpoints: &Endpoints, name: &StackName) -> Result<Value, Error> {
    let stack = aws.stacks().load(name).await?;
    let beanstalk = Aws::new(endpoints.beanstalk_config()).beanstalk();
    let mut shown = json!(stack_report::look(&beanstalk, &aws.dns(), reference(&stack)).await?);
    let domain = stack.settings.domain.as_str();
    shown["stack"] = json!(name);
    shown["url"] = json!(format!("http://{domain}:{}/", endpoints.data_port));
    if let Some(address) = address(endpoints, domain).await {
        shown["curl"] = json!(curl(domain, &address, endpoints.data_port));
    }
    Ok(shown)
}

/// The address that the cloud's DNS server has for `domain` now.
async fn address(endpoints: &Endpoints, domain: &str) -> Option<String> {
    let found = Resolver::new(endpoints.dns).ok()?.addresses(domain).await.ok()?;
    found.first().map(ToString::to_string)
}

/// The command that requests the site at `domain`, which only the cloud's DNS server resolves.
fn curl(domain: &str, address: &str, port: u16) -> String {
    format!("curl --resolve {domain}:{port}:{address} http://{domain}:{port}/")
}

/// The names of the other local clouds that run.
async fn others(place: &Place) -> Vec<String> {
    let mut running = Vec::new();
    for name in place.home.names().into_iter().filter(|name| place.name.as_ref() != Some(name)) {
        if let Ok(Status::Running(_)) = status(&place.home.cloud(Some(&name))).await {
            running.push(name);
        }
    }
    running
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_site_is_requested_by_its_own_name() {
        assert_eq!(
            curl("qa.mist.test", "127.0.1.1", 20080),
            "curl --resolve qa.mist.test:20080:127.0.1.1 http://qa.mist.test:20080/"
        );
    }
}
