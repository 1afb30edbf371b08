//! The limits of the size of the workflow. A higher limit needs a reason in the commit.

use std::path::Path;

use crate::{
    example::Example,
    project::{self, Result, none},
};

/// The most states of the definition.
const STATES: usize = 21;

/// The most lines of the definition.
const LINES: usize = 650;

/// The most functions.
const FUNCTIONS: usize = 16;

/// The most states that an execution enters, by example. Step Functions bills each.
const TRANSITIONS: &[(&str, usize)] = &[
    ("deploy-a-stack", 16),
    ("swap", 11),
    ("rollback", 11),
    ("start", 5),
    ("stop", 5),
    ("warm", 6),
    ("mark", 6),
    ("deployment-fails", 7),
    ("rolled-back", 15),
];

#[test]
fn the_workflow_stays_small() -> Result {
    let mut found = vec![
        ("the definition has".to_owned(), "states", project::machine()?.states().count(), STATES),
        ("functions/ has".to_owned(), "functions", project::functions()?.len(), FUNCTIONS),
    ];
    let lines = project::read(Path::new("statemachine/blue-green.asl.json"))?.lines().count();
    found.push(("the definition has".to_owned(), "lines", lines, LINES));
    for (name, most) in TRANSITIONS {
        let path = Example::named(name)?.walk()?.path;
        found.push((format!("`{name}` enters"), "states", path.len(), *most));
    }
    let large = found.into_iter().filter(|(.., found, most)| found > most);
    let problems: Vec<_> = large
        .map(|(what, unit, found, most)| format!("{what} {found} {unit}, not {most}"))
        .collect();
    none(&problems);
    Ok(())
}
