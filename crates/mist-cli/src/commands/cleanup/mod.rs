//! `mist cleanup`: removes what `mist setup` created, and nothing else.

mod found;
mod remove;

use std::path::Path;

use jiff::Timestamp;
use mist_aws::Aws;
use serde_json::json;

use self::found::Found;
use crate::{
    account::Place,
    arguments::Cleanup,
    ask, config_file,
    failure::Failure,
    first_mist::SshKeys,
    output::{self, Format, note},
};

/// Lists what `mist setup` created, asks for consent, and removes it. Environments, DNS, bundles and the history
/// stay.
pub(crate) async fn run(
    arguments: Cleanup,
    place: Place<'_>,
    format: Format,
) -> Result<(), Failure> {
    let region_of_file = region_of(&arguments)?;
    let place = Place { region: place.region.or(region_of_file.as_deref()), ..place };
    let aws = place.open().await?;
    place.announce(&aws, "all that mist setup made").await?;
    let (keys, problem) = SshKeys::find(|name| std::env::var(name).ok()).await;
    let mut found = Found::read(&aws, Timestamp::now().as_second()).await?;
    found.keep(problem);
    list(&found, &keys);
    let nothing = found.is_empty() && keys.is_empty();
    if arguments.dry_run || nothing {
        end(&found, &keys, &[], format, arguments.dry_run);
        return Ok(());
    }
    ask::consent(
        "Remove all of this, for every mist.yaml of this account and region?",
        arguments.yes,
        "no terminal to confirm the removal; --yes removes it without confirmation, --dry-run only lists it",
        "nothing was removed",
    )?;
    remove_all(&aws, &found, &keys, format).await
}

async fn remove_all(
    aws: &Aws,
    found: &Found,
    keys: &SshKeys,
    format: Format,
) -> Result<(), Failure> {
    let mut outcome = remove::all(aws, found).await;
    for (key, result) in keys.remove().await {
        outcome.add(key, result);
    }
    end(found, keys, &outcome.removed, format, false);
    for removed in &outcome.removed {
        note(format!("✓ removed: {removed}"));
    }
    if outcome.failed.is_empty() {
        return Ok(());
    }
    let failed = outcome.failed.join("; ");
    Err(Failure::Setup(format!("removed only a part: {failed}; run this again")))
}

// Setup stored everything in the region that mist.yaml names.
fn region_of(arguments: &Cleanup) -> Result<Option<String>, Failure> {
    let file = &arguments.file;
    if !file.exists() && file == Path::new(config_file::DEFAULT) {
        return Ok(None);
    }
    config_file::read(file).map(|config| Some(config.region))
}

fn list(found: &Found, keys: &SshKeys) {
    for item in found.items().into_iter().chain(keys.items()) {
        note(format!("  {item}"));
    }
    for kept in &found.kept {
        note(format!("  stays: {kept}"));
    }
}

fn end(found: &Found, keys: &SshKeys, removed: &[String], format: Format, dry_run: bool) {
    let items: Vec<_> = found.items().into_iter().chain(keys.items()).collect();
    match format {
        Format::Json => output::json(&json!({
            "found": items, "removed": removed, "stays": found.kept, "dryRun": dry_run,
        })),
        Format::Table if items.is_empty() => output::result("nothing to remove"),
        Format::Table if dry_run => {
            output::result(format!(
                "{} would be removed; nothing was removed",
                counted(items.len())
            ));
        }
        Format::Table => output::result(format!("{} removed", counted(removed.len()))),
    }
}

fn counted(number: usize) -> String {
    if number == 1 { "1 item".to_owned() } else { format!("{number} items") }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::arguments::{Arguments, Command};

    #[test]
    fn a_named_file_that_is_missing_is_refused() {
        let file = ["mist", "cleanup", "-y", "-f", "no/such.yaml"];
        let Command::Cleanup(arguments) = Arguments::parse_from(file).command else {
            panic!("another command");
        };
        let failure = region_of(&arguments).unwrap_err();
        assert!(failure.message().contains("no/such.yaml"), "{failure:?}");
    }
}
