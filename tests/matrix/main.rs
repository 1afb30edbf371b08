//! Whatever call of a function fails, a release ends safely: no client loses a request, and its result is true.
//!
//! A release that succeeds and one that fails are recorded first, so every outgoing call of every function is known.
//! Each call then has every fault of the gate, once or until the retries end, and its process is killed before and
//! after it.
//! `cargo test` runs a sample, which `MATRIX_SEED` chooses. All cases take long, and write `docs/FAULTS.md`:
//!
//! ```text
//! MATRIX=all cargo test -p mist-tests --test matrix
//! ```
//!
//! `MATRIX_ONLY` takes the cases whose names contain it, `MATRIX_CLOUDS` and `MATRIX_AT_ONCE` say how many clouds are
//! used and how many releases run at a time in each.

mod aftermath;
mod bystander;
mod cases;
mod choice;
mod invariants;
mod recording;
mod release;
mod report;
mod run;

use std::{io::Write as _, time::Instant};

use mist_tests::{Built, Result, World};
use tokio::runtime::Builder;

use choice::Choice;

#[test]
fn a_release_ends_safely_whatever_call_fails() -> Result {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(whole(&Choice::from_env()?))
}

async fn whole(choice: &Choice) -> Result {
    let begin = Instant::now();
    let built = Built::now().await?;
    // Each is needed until the process ends, and ends with it.
    let first: &'static World = Box::leak(Box::new(World::gated(&built).await?));
    let points = recording::of_both_releases(first).await?;
    let all = cases::all(&points);
    let chosen = choice.of(&all);
    say(&format!("{} calls, {} cases, of which {} run", points.len(), all.len(), chosen.len()));
    say(&choice.to_string());
    let mut worlds = vec![first];
    while worlds.len() < choice.clouds {
        worlds.push(Box::leak(Box::new(World::gated(&built).await?)));
    }
    let verdicts = run::all(&worlds, chosen, choice.at_once).await?;
    let seconds = begin.elapsed().as_secs();
    say(&format!("{} cases took {seconds} s", verdicts.len()));
    if choice.is_all() {
        report::write(&points, &verdicts)?;
    }
    let broken: Vec<_> = verdicts.iter().filter(|verdict| !verdict.broken.is_empty()).collect();
    assert!(broken.is_empty(), "\n{}\n", report::list(&broken).join("\n"));
    Ok(())
}

// To the terminal, as the test runner shows output of failed tests only.
fn say(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "     matrix: {line}"));
}
