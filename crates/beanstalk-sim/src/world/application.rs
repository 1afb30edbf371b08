//! Applications: the names under which versions and environments live.

use jiff::Timestamp;

/// An application.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

impl Application {
    pub(crate) fn new(name: &str, description: Option<String>) -> Self {
        let now = Timestamp::now();
        Self { name: name.to_owned(), description, created: now, updated: now }
    }
}
