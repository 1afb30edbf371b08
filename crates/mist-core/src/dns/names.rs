//! The DNS names of a stack.

use serde::{Deserialize, Serialize};

use super::record::{RecordRef, RecordType};
use crate::names::{DomainName, RecordName};

/// The names of a stack in its hosted zone.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StackNames {
    /// The id of the hosted zone, such as `Z0123456789ABC`.
    pub zone: String,
    /// The domain of the stack.
    pub name: DomainName,
    /// The form of its record.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// The other names whose records move with that of the domain.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_known_as: Vec<DomainName>,
    /// The names that point to one environment on purpose, and stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed_names: Vec<RecordName>,
}

impl StackNames {
    /// The names whose records move, the domain first.
    pub fn own(&self) -> impl Iterator<Item = &DomainName> {
        std::iter::once(&self.name).chain(&self.also_known_as)
    }

    /// Whether `which` is the record of the domain that the configuration names.
    pub fn is_domain(&self, which: &RecordRef) -> bool {
        which.name == self.name && which.kind == self.kind.first()
    }

    /// Whether the records of `name` move.
    pub fn owns(&self, name: &str) -> bool {
        self.own().any(|own| own.as_str() == name)
    }

    /// Whether the records of `name` stay on purpose.
    pub fn keeps(&self, name: &str) -> bool {
        self.fixed_names.iter().any(|fixed| fixed.as_str() == name)
    }
}
