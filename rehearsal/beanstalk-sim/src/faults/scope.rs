//! Scopes: where a fault applies, and what it is looked up for.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

/// Where a fault applies: everywhere, or only to an environment, a version label, an operation, or a combination.
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

/// What is being done, as far as it is known: the more is known, the more scopes apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Target<'a> {
    pub(crate) environment: Option<&'a str>,
    pub(crate) version: Option<&'a str>,
    pub(crate) operation: Option<&'a str>,
}

impl Scope {
    /// The names of the members, as documents spell them.
    pub(super) const MEMBERS: [&'static str; 3] = ["environment", "version", "operation"];

    /// No limits.
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// Only the environment of this name, which need not exist yet.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>) -> Self {
        self.environment = Some(name.into());
        self
    }

    /// Only what is about the version with this label, which need not exist yet.
    #[must_use]
    pub fn version(mut self, label: impl Into<String>) -> Self {
        self.version = Some(label.into());
        self
    }

    /// Only calls of this operation of the API; faults that are not about calls apply nowhere then.
    #[must_use]
    pub fn operation(mut self, name: impl Into<String>) -> Self {
        self.operation = Some(name.into());
        self
    }

    /// The operation, when there is one.
    pub(crate) fn operation_name(&self) -> Option<&str> {
        self.operation.as_deref()
    }

    /// Sorts the most specific scopes first; an environment says more than a version, and that more than an operation.
    pub(super) fn rank(&self) -> Reverse<(usize, bool, bool)> {
        let members = self.members();
        let set = members.iter().flatten().count();
        Reverse((set, self.environment.is_some(), self.version.is_some()))
    }

    /// Does a fault of this scope apply to `target`?
    pub(super) fn covers(&self, target: &Target<'_>) -> bool {
        let target = [target.environment, target.version, target.operation];
        self.members().iter().zip(target).all(|(limit, found)| limit.is_none() || *limit == found)
    }

    /// Is this scope as narrow as `other`, or narrower?
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
    /// What happens to an environment, whatever the version and the operation.
    pub(crate) fn environment(name: &'a str) -> Self {
        Self { environment: Some(name), ..Self::default() }
    }
}
