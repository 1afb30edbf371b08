//! Checks of a definition that no other tool makes.

pub(crate) mod definition;
mod errors;
mod evaluate;
pub(crate) mod expressions;
mod fields;
mod graph;
pub(crate) mod interpreter;
mod seeds;
mod variables;
mod walks;

pub(crate) use definition::Definition;
pub(crate) use seeds::sow;

/// Everything that is wrong with a definition; `ours` are the error names that our functions raise.
pub(crate) fn lint(definition: &Definition, ours: &[&str]) -> Vec<String> {
    [
        graph::check(definition),
        fields::check(definition),
        errors::check(definition, ours),
        expressions::check(definition),
        variables::check(definition),
    ]
    .concat()
}
