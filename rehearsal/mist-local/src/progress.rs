//! Progress of the local cloud, for people.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The time without a line after which a line says that the work goes on. It doubles each time, up to a minute.
const SILENCE: Duration =
    if cfg!(test) { Duration::from_millis(200) } else { Duration::from_secs(10) };

/// A callback for one line of text per step; cheap to clone.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    /// Progress that `listener` gets.
    pub fn new(listener: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Progress without a listener.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    /// Does `work` with a progress of its own. Whenever that has been silent for a while, it says `what` with the time
    /// since the start.
    pub(crate) async fn during<T>(&self, what: &str, work: impl AsyncFnOnce(Self) -> T) -> T {
        let started = Instant::now();
        let last = Arc::new(Mutex::new(started));
        let said = move |last: &Mutex<Instant>| {
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        };
        let (outer, noted) = (self.clone(), Arc::clone(&last));
        let own = Self::new(move |line| {
            said(&noted);
            outer.say(line);
        });
        let working = work(own);
        tokio::pin!(working);
        let mut ticks = tokio::time::interval(SILENCE / 10);
        let mut patience = SILENCE;
        loop {
            tokio::select! {
                done = &mut working => return done,
                _ = ticks.tick() => {}
            }
            let silent = last.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
            if silent >= patience {
                patience = (patience * 2).min(Duration::from_mins(1));
                self.say(&format!("{what} ({} s)", started.elapsed().as_secs()));
                said(&last);
            }
        }
    }

    /// Passes one line, without its line end, to the listener.
    pub fn say(&self, line: &str) {
        (self.0)(line);
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::silent()
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Progress")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_that_is_silent_is_reported() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let progress = Progress::new(move |line| kept.lock().unwrap().push(line.to_owned()));
        let done = Arc::new(tokio::sync::Notify::new());
        let (heard, end) = (Arc::clone(&lines), Arc::clone(&done));
        let listener = async move {
            while !heard.lock().unwrap().iter().any(|line| line.starts_with("still at work (")) {
                crate::wait::pause(Duration::from_millis(50)).await;
            }
            end.notify_one();
        };
        let work = progress.during("still at work", async |own: Progress| {
            own.say("begun");
            done.notified().await;
            7
        });
        let (outcome, ()) = tokio::join!(work, listener);
        assert_eq!((outcome, lines.lock().unwrap()[0].as_str()), (7, "begun"));
    }
}
