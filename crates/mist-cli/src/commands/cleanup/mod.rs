//! `mist cleanup`: takes away what `mist setup` made, and nothing else.

mod found;
mod github;
mod remove;

use jiff::Timestamp;
use mist_aws::Aws;
use serde_json::json;

use self::{found::Found, github::OldKeys};
use super::account;
use crate::{
    arguments::{Cleanup, Format},
    ask, config_file,
    failure::Failure,
    output::{self, note},
};

/// Lists what there is of mist, asks, and takes it away. Environments, DNS, bundles and the history stay.
pub(crate) async fn run(
    arguments: Cleanup,
    region: Option<&str>,
    profile: Option<&str>,
    format: Format,
) -> Result<(), Failure> {
    let of_file = region_of(&arguments)?;
    let aws = account(region.or(of_file.as_deref()), profile).await?;
    let (keys, problem) = OldKeys::look(|name| std::env::var(name).ok()).await;
    let mut found = Found::look(&aws, Timestamp::now().as_second()).await?;
    found.keep(problem);
    tell(&found, &keys);
    let nothing = found.is_empty() && keys.is_empty();
    if arguments.dry_run || nothing {
        end(&found, &keys, &[], format, arguments.dry_run);
        return Ok(());
    }
    ask::agreed(
        "Remove all of this, whichever mist.yaml of this account and region it is for?",
        arguments.yes,
        "nobody is there to be asked; --yes removes it without asking, --dry-run only lists it",
        "nothing was removed",
    )?;
    take_away(&aws, &found, &keys, format).await
}

async fn take_away(
    aws: &Aws,
    found: &Found,
    keys: &OldKeys,
    format: Format,
) -> Result<(), Failure> {
    let mut outcome = remove::all(aws, found).await;
    keys.remove(&mut outcome).await;
    end(found, keys, &outcome.removed, format, false);
    for removed in &outcome.removed {
        note(format!("✓ removed: {removed}"));
    }
    if outcome.failed.is_empty() {
        return Ok(());
    }
    let failed = outcome.failed.join("; ");
    Err(Failure::Setup(format!("not everything was removed: {failed}; run this again")))
}

// Where mist.yaml says which region it is for, that is where setup stored things.
fn region_of(arguments: &Cleanup) -> Result<Option<String>, Failure> {
    if !arguments.file.exists() {
        return Ok(None);
    }
    config_file::read(&arguments.file).map(|config| Some(config.region))
}

fn tell(found: &Found, keys: &OldKeys) {
    for item in found.items().into_iter().chain(keys.items()) {
        note(format!("  {item}"));
    }
    for kept in &found.kept {
        note(format!("  stays: {kept}"));
    }
}

fn end(found: &Found, keys: &OldKeys, removed: &[String], format: Format, dry_run: bool) {
    let items: Vec<_> = found.items().into_iter().chain(keys.items()).collect();
    match format {
        Format::Json => output::json(&json!({
            "found": items, "removed": removed, "stays": found.kept, "dryRun": dry_run,
        })),
        Format::Table if items.is_empty() => output::result("there is nothing to remove"),
        Format::Table if dry_run => {
            output::result(format!("{} would be removed; nothing was", things(items.len())));
        }
        Format::Table => output::result(format!("{} removed", things(removed.len()))),
    }
}

fn things(many: usize) -> String {
    if many == 1 { "1 thing".to_owned() } else { format!("{many} things") }
}
