//! An application that answers requests from a list.

use std::{collections::VecDeque, sync::Mutex, time::Duration};

use mist_core::ports::{Answer, Destination, Probe};
use secrecy::ExposeSecret;

use crate::mutex::lock;

/// An application that gives the queued answers first, and then always the usual one.
#[derive(Debug)]
pub struct FakeProbe {
    usual: Result<Answer, String>,
    queue: Mutex<VecDeque<Result<Answer, String>>>,
    requests: Mutex<Vec<String>>,
}

impl FakeProbe {
    /// An application that always answers `status` with `body`, in 5 ms.
    pub fn answering(status: u16, body: &str) -> Self {
        let elapsed = Duration::from_millis(5);
        Self::new(Ok(Answer { status, body: body.to_owned(), elapsed, version: None }))
    }

    /// The same application, with `version` in its usual answers.
    #[must_use]
    pub fn reporting(mut self, version: &str) -> Self {
        if let Ok(answer) = &mut self.usual {
            answer.version = Some(version.to_owned());
        }
        self
    }

    /// An application that cannot be reached because of `reason`.
    pub fn unreachable(reason: &str) -> Self {
        Self::new(Err(reason.to_owned()))
    }

    fn new(usual: Result<Answer, String>) -> Self {
        Self { usual, queue: Mutex::default(), requests: Mutex::default() }
    }

    /// The same application, which refuses the first `times` connections.
    #[must_use]
    pub fn after_refusing(self, times: usize) -> Self {
        let refused = std::iter::repeat_n(Err("connection refused".to_owned()), times);
        lock(&self.queue).extend(refused);
        self
    }

    /// The same application, whose first answers have these statuses and bodies, each after so many milliseconds.
    #[must_use]
    pub fn first_answering<const N: usize>(self, answers: [(u16, &str, u64); N]) -> Self {
        let answers = answers.map(|(status, body, milliseconds)| {
            let elapsed = Duration::from_millis(milliseconds);
            Ok(Answer { status, body: body.to_owned(), elapsed, version: None })
        });
        lock(&self.queue).extend(answers);
        self
    }

    /// Every request so far: `USER:PASSWORD@HOST/PATH`.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.requests).clone()
    }
}

impl Probe for FakeProbe {
    async fn get(
        &self,
        destination: &Destination,
        path: &str,
        _timeout: Duration,
    ) -> Result<Answer, String> {
        let auth = destination.basic_auth.as_ref().map(|secret| secret.expose_secret().to_owned());
        let auth = auth.map(|auth| format!("{auth}@")).unwrap_or_default();
        lock(&self.requests).push(format!("{auth}{}{path}", destination.domain));
        lock(&self.queue).pop_front().unwrap_or_else(|| self.usual.clone())
    }
}
