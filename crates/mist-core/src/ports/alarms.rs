//! Alarms that somebody set up to watch an application.

use crate::error::Error;

/// Alarms that somebody set up to watch an application.
pub trait Alarms {
    /// The alarms called `names`, in any order. One that is not there is absent, so the answer can be
    /// shorter.
    fn states(&self, names: &[String]) -> impl Future<Output = Result<Vec<Alarm>, Error>> + Send;
}

/// An alarm as it is now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alarm {
    /// What it is called.
    pub name: String,
    /// How it is.
    pub state: AlarmState,
}

/// How an alarm is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AlarmState {
    /// What it watches is as it should be.
    Fine,
    /// It is not.
    InAlarm,
    /// Nobody can tell.
    NoData,
}
