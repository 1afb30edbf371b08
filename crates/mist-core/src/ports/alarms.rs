//! CloudWatch alarms that watch an application.

use crate::error::Error;

/// CloudWatch alarms that watch an application.
pub trait Alarms {
    /// The alarms called `names`, in any order. One that does not exist is absent, so the answer can be shorter.
    fn states(&self, names: &[String]) -> impl Future<Output = Result<Vec<Alarm>, Error>> + Send;
}

/// An alarm with its current state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// Its state.
    pub state: AlarmState,
}

/// The state of an alarm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AlarmState {
    /// The metric is within its threshold.
    Ok,
    /// The metric is outside of its threshold.
    Alarm,
    /// There is not enough data to tell.
    InsufficientData,
}
