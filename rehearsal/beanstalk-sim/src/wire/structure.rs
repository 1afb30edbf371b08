//! Answers as trees of named members, before they become XML or JSON.

use jiff::Timestamp;

/// The members of an answer or of a part of it, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Structure(Vec<(&'static str, Value)>);

/// The value of a member.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Boolean(bool),
    Integer(u64),
    Number(f64),
    Time(Timestamp),
    Structure(Structure),
    List(Vec<Value>),
}

impl Structure {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds a member.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// Adds a member if it has a value.
    pub(crate) fn with_some(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a list, empty or not.
    pub(crate) fn with_list<V: Into<Value>>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.with(name, Value::List(values.into_iter().map(Into::into).collect()))
    }

    pub(crate) fn members(&self) -> &[(&'static str, Value)] {
        &self.0
    }
}

impl From<Structure> for Value {
    fn from(structure: Structure) -> Self {
        Self::Structure(structure)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Integer(number as u64)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}
