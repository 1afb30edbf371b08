//! Brings the configuration of the first mist, the one of 2013, into the shape of `mist.yaml`.

mod address;
mod draft;
mod read;
mod render;
#[cfg(test)]
mod tests;
mod tree;

use serde::Serialize;

/// What `mist.yaml` needs and the old file never had; whoever imports may say it at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    /// The bucket for bundles.
    pub(crate) bucket: Option<String>,
    /// The id of the hosted zone of all stacks.
    pub(crate) hosted_zone_id: Option<String>,
}

/// What came of an import.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Import {
    /// The text of `mist.yaml`.
    #[serde(skip)]
    pub(crate) yaml: String,
    /// The names of the stacks.
    pub(crate) stacks: Vec<String>,
    /// Fields of `mist.yaml` that a person must fill in before it is good.
    pub(crate) fill_in: Vec<Note>,
    /// Secrets that must be made; none of their values was carried over.
    pub(crate) secrets: Vec<Note>,
    /// Fields of the old file that were left out.
    pub(crate) left_out: Vec<Note>,
    /// What is different from now on.
    pub(crate) different: Vec<Note>,
}

/// Something to know about a field or a secret.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Note {
    /// The field or the secret.
    pub(crate) name: String,
    /// What about it.
    pub(crate) why: String,
}

impl Note {
    fn new(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), why: why.into() }
    }
}

/// Reads `text`, which came from the file `source`. The error names the field that cannot be understood.
pub(crate) fn import(text: &str, source: &str, given: &Given) -> Result<Import, String> {
    let tree = tree::Tree::parse(text)?;
    let old = read::read(&tree)?;
    let mut draft = draft::Draft::new(&old, given);
    draft.left_out.extend(read::left_out(&tree));
    draft.check()?;
    Ok(Import {
        yaml: render::yaml(&draft, source),
        stacks: draft.stacks.iter().map(|stack| stack.name.clone()).collect(),
        fill_in: draft.fill_in(),
        secrets: draft.secrets,
        left_out: draft.left_out,
        different: draft.different,
    })
}
