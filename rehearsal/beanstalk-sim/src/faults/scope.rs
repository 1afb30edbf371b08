//! Scopes of faults, and the targets that they are matched with.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

/// The scope of a fault: everything, or an environment, a version label, an operation, or a combination.
///
/// The environment's name alone is a scope as well: `Scope::from("shop-a")`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
}

/// The environment, version and operation of an action, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    pub(crate) environment: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) operation: Option<&'a str>,
}

impl Scope {
    /// The names of the members in documents.
    pub(super) const MEMBERS: [&'static str; 3] = ["environment", "version", "operation"];

    /// The scope of everything.
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// Limits the scope to an environment, which need not exist yet.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.environment = Some(name.into());
        self
    }

    /// Limits the scope to a version label, which need not exist yet.
    #[must_use]
    pub fn version(mut self, label: impl Into<String>) -> Self {
        self.version = Some(label.into());
        self
    }

    /// Limits the scope to calls of an operation. Faults of environments and sites then never apply.
    #[must_use]
    pub fn operation(mut self, name: impl Into<String>) -> Self {
        self.operation = Some(name.into());
        self
    }

    /// The operation, if any.
    pub(crate) fn operation_name(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// The sort key: the most specific scopes first, and an environment before a version before an operation.
    pub(super) fn rank(&self) -> Reverse<(usize, bool, bool)> {
        let members = self.members();
        let set = members.iter().flatten().count();
        Reverse((set, self.environment.is_some(), self.version.is_some()))
    }

    /// Whether a fault of this scope applies to `target`.
    pub(super) fn covers(&self, target: &Target<'_>) -> bool {
        let target = [target.environment, target.version, target.operation];
        self.members().iter().zip(target).all(|(limit, found)| limit.is_none() || *limit == found)
    }

    /// Whether this scope is as narrow as `other`, or narrower.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        other.covers(&Target {
            environment: self.environment.as_deref(),
            version: self.version.as_deref(),
            operation: self.operation.as_deref(),
        })
    }

    fn members(&self) -> [Option<&str>; 3] {
        [self.environment.as_deref(), self.version.as_deref(), self.operation.as_deref()]
    }
}

impl From<&str> for Scope {
    fn from(environment: &str) -> Self {
        Self::everywhere().environment(environment)
    }
}

impl<'a> Target<'a> {
    /// The target of an environment, with any version and operation.
    pub(crate) fn environment(name: &'a str) -> Self {
        Self { environment: Some(name), ..Self::default() }
    }
}
