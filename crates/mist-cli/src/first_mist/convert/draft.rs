//! The draft of `mist.yaml`, with the fields that are still missing.

use super::note::Note;

/// A required field.
#[derive(Clone, Debug)]
pub(super) enum Field {
    /// The value.
    Known(String),
    /// A description of the value that a person must fill in.
    Open(String),
}

impl Field {
    pub(super) fn from(known: Option<&String>, open: impl Into<String>) -> Self {
        known.cloned().map_or_else(|| Self::Open(open.into()), Self::Known)
    }

    // A valid stand-in lets the other fields be checked.
    pub(super) fn or(&self, stand_in: impl Into<String>) -> String {
        match self {
            Self::Known(value) => value.clone(),
            Self::Open(_) => stand_in.into(),
        }
    }
}

/// The draft of `mist.yaml`.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) application: Field,
    pub(super) region: Field,
    pub(super) bucket: Field,
    pub(super) stacks: Vec<DraftStack>,
    pub(super) secrets: Vec<Note>,
    pub(super) left_out: Vec<Note>,
    pub(super) different: Vec<Note>,
}

/// The draft of a stack.
#[derive(Debug)]
pub(super) struct DraftStack {
    pub(super) name: String,
    pub(super) domain: Field,
    pub(super) hosted_zone_id: Field,
    pub(super) environments: [Field; 2],
    pub(super) paths: Option<String>,
    pub(super) https: bool,
    pub(super) port: Option<u16>,
    pub(super) basic_auth_secret: Option<String>,
    pub(super) new_relic: Option<String>,
}

/// The secret with the key of New Relic, one for all stacks.
pub(super) const NEW_RELIC_SECRET: &str = "mist/new-relic";

impl Draft {
    /// The fields that a person must fill in, with descriptions.
    pub(super) fn fill_in(&self) -> Vec<Note> {
        let top = [
            ("application".to_owned(), &self.application),
            ("region".to_owned(), &self.region),
            ("artifacts.bucket".to_owned(), &self.bucket),
        ];
        let stacks = self.stacks.iter().flat_map(|stack| {
            let name = &stack.name;
            let [a, b] = &stack.environments;
            [
                (format!("stacks.{name}.domain"), &stack.domain),
                (format!("stacks.{name}.hostedZoneId"), &stack.hosted_zone_id),
                (format!("stacks.{name}.environments.a"), a),
                (format!("stacks.{name}.environments.b"), b),
            ]
        });
        let open = |(name, field): (String, &Field)| match field {
            Field::Known(_) => None,
            Field::Open(why) => Some(Note::new(name, why)),
        };
        top.into_iter().chain(stacks).filter_map(open).collect()
    }
}
