//! Converts the configuration of the first mist to `mist.yaml`.

mod address;
mod check;
mod draft;
mod from_old;
mod note;
mod read;
mod render;
#[cfg(test)]
mod tests;
mod tree;

use serde::Serialize;

pub(super) use self::note::{Given, Note};

/// The result of a conversion.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Converted {
    /// The text of `mist.yaml`.
    #[serde(skip)]
    pub(super) yaml: String,
    /// The names of the stacks.
    pub(super) stacks: Vec<String>,
    /// Fields of `mist.yaml` that a person must fill in before it is valid.
    pub(super) fill_in: Vec<Note>,
    /// Secrets that must be created; their values are not converted.
    pub(super) secrets: Vec<Note>,
    /// Fields of the old file that were left out.
    pub(super) left_out: Vec<Note>,
    /// Differences in behaviour from the first mist.
    pub(super) different: Vec<Note>,
}

/// Converts `text`, which was read from the file `source`. The error names the field that is invalid.
pub(super) fn convert(text: &str, source: &str, given: &Given) -> Result<Converted, String> {
    let tree = tree::Tree::parse(text)?;
    let old = read::read(&tree)?;
    let mut draft = from_old::draft(&old, given);
    draft.left_out.extend(read::left_out(&tree));
    check::check(&draft)?;
    Ok(Converted {
        yaml: render::yaml(&draft, source),
        stacks: draft.stacks.iter().map(|stack| stack.name.clone()).collect(),
        fill_in: draft.fill_in(),
        secrets: draft.secrets,
        left_out: draft.left_out,
        different: draft.different,
    })
}
