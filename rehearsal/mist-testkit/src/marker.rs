//! A New Relic in memory.

use std::sync::Mutex;

use mist_core::ports::{Account, Application, MarkError, Marker, Release};

use crate::mutex::lock;

/// A New Relic in memory, with one application.
#[derive(Debug, Default)]
pub struct FakeMarker {
    marks: Mutex<Vec<Release>>,
    faults: Mutex<Vec<Fault>>,
}

/// A failure of the next request of its kind.
#[derive(Clone, Debug)]
pub enum Fault {
    /// The marker is refused with this error.
    Refuse(MarkError),
    /// The marker is made, and the answer is lost.
    LoseAnswer,
    /// The search for markers fails with this error.
    Hide(MarkError),
    /// The search for the application fails with this error.
    Find(MarkError),
}

impl FakeMarker {
    /// A New Relic with these faults, each of which happens once.
    pub fn with(faults: impl IntoIterator<Item = Fault>) -> Self {
        Self { faults: Mutex::new(faults.into_iter().collect()), ..Self::default() }
    }

    /// All markers.
    pub fn marks(&self) -> Vec<Release> {
        lock(&self.marks).clone()
    }

    fn take(&self, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let index = faults.iter().position(fits)?;
        Some(faults.remove(index))
    }
}

impl Marker for FakeMarker {
    async fn find(&self, account: &Account<'_>) -> Result<Application, MarkError> {
        match self.take(|fault| matches!(fault, Fault::Find(_))) {
            Some(Fault::Find(error)) => Err(error),
            _ => Ok(Application { id: format!("guid-{}", account.settings.application) }),
        }
    }

    async fn marked(
        &self,
        _account: &Account<'_>,
        _application: &Application,
        release: &Release,
    ) -> Result<Option<String>, MarkError> {
        if let Some(Fault::Hide(error)) = self.take(|fault| matches!(fault, Fault::Hide(_))) {
            return Err(error);
        }
        let same =
            |mark: &Release| mark.group_id == release.group_id && mark.version == release.version;
        Ok(lock(&self.marks).iter().position(same).map(|index| format!("mark-{}", index + 1)))
    }

    async fn mark(
        &self,
        _account: &Account<'_>,
        _application: &Application,
        release: &Release,
    ) -> Result<String, MarkError> {
        let fault = self.take(|fault| matches!(fault, Fault::Refuse(_) | Fault::LoseAnswer));
        if let Some(Fault::Refuse(error)) = fault {
            return Err(error);
        }
        let mut marks = lock(&self.marks);
        marks.push(release.clone());
        if fault.is_some() {
            return Err(MarkError::Unavailable { message: "no answer within 5 s".to_owned() });
        }
        Ok(format!("mark-{}", marks.len()))
    }
}
