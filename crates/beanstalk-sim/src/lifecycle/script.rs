//! Scripts: what happens at which second of an operation.

use std::fmt;

use crate::world::{Change, HealthStatus, Severity};

/// Steps in order of time.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
}

/// Changes that are made at once, so many seconds after the operation began.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) at: f64,
    pub(crate) changes: Vec<Change>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Adds changes; those of the same second are made at once.
    pub(crate) fn at(mut self, seconds: f64, changes: impl IntoIterator<Item = Change>) -> Self {
        match self.steps.last_mut() {
            Some(step) if step.at.total_cmp(&seconds).is_ge() => step.changes.extend(changes),
            Some(_) | None => {
                self.steps.push(Step { at: seconds, changes: changes.into_iter().collect() });
            }
        }
        self
    }

    pub(crate) fn info(self, seconds: f64, message: impl Into<String>) -> Self {
        self.at(seconds, [Change::Say(Severity::Info, message.into())])
    }

    pub(crate) fn warn(self, seconds: f64, message: impl Into<String>) -> Self {
        self.at(seconds, [Change::Say(Severity::Warn, message.into())])
    }

    pub(crate) fn error(self, seconds: f64, message: impl Into<String>) -> Self {
        self.at(seconds, [Change::Say(Severity::Error, message.into())])
    }

    pub(crate) fn health(
        self,
        seconds: f64,
        health: HealthStatus,
        cause: impl Into<String>,
    ) -> Self {
        self.at(seconds, [Change::Health(health, cause.into())])
    }
}

/// Events and health as lines with their times; silent changes by their names.
impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            for change in &step.changes {
                write!(f, "{:>4}s ", step.at)?;
                match change {
                    Change::Say(severity, message) => {
                        writeln!(f, "{:<5} {message}", severity.name())?;
                    }
                    Change::Health(health, cause) => {
                        writeln!(f, "      health {}: {cause}", health.name())?;
                    }
                    silent => {
                        let name = format!("{silent:?}");
                        writeln!(
                            f,
                            "      {}",
                            name.split([' ', '(']).next().unwrap_or_default().to_lowercase()
                        )?;
                    }
                }
            }
        }
        Ok(())
    }
}
