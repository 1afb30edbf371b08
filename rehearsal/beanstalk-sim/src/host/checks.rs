//! Which lines of output only say that there was a health check.
//!
//! Servers write a line for every request, and at a time scale there are many checks in a second: after a minute
//! nobody would find anything else in the log.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long after a request its line is expected, in real time.
const ECHO: Duration = Duration::from_secs(1);

/// What an instance has been asked lately, by health checks and by visitors.
#[derive(Debug, Default)]
pub(super) struct Checks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    path: String,
    /// When the latest check began or ended.
    checked: Option<Instant>,
    /// Did it pass? The lines of others are of interest.
    passed: bool,
    /// How many visitors are being answered, and when the latest came or went.
    visitors: usize,
    visited: Option<Instant>,
}

/// A check that is being made; it has failed unless it is told to have passed.
#[derive(Debug)]
pub(super) struct Check<'a> {
    checks: &'a Checks,
    passed: bool,
}

/// A visitor who is being answered.
#[derive(Debug)]
pub(super) struct Visit<'a>(&'a Checks);

impl Checks {
    /// A check of this path begins.
    pub(super) fn check(&self, path: &str) -> Check<'_> {
        let mut state = self.state();
        path.clone_into(&mut state.path);
        state.checked = Some(Instant::now());
        Check { checks: self, passed: false }
    }

    /// A visitor comes.
    pub(super) fn visit(&self) -> Visit<'_> {
        let mut state = self.state();
        state.visitors += 1;
        state.visited = Some(Instant::now());
        Visit(self)
    }

    /// Can this line be about nothing but a check like the one before, which passed?
    ///
    /// While there are visitors it may be about one of them, so that none of theirs is ever missing.
    pub(super) fn explain(&self, line: &str) -> bool {
        let state = self.state();
        let lately = |time: Option<Instant>| time.is_some_and(|time| time.elapsed() <= ECHO);
        state.passed
            && state.visitors == 0
            && lately(state.checked)
            && !lately(state.visited)
            && is_about(line, &state.path)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Check<'_> {
    /// The answer was good.
    pub(super) fn pass(mut self) {
        self.passed = true;
    }
}

impl Drop for Check<'_> {
    fn drop(&mut self) {
        let mut state = self.checks.state();
        state.checked = Some(Instant::now());
        state.passed = self.passed;
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.visitors = state.visitors.saturating_sub(1);
        state.visited = Some(Instant::now());
    }
}

/// Does a line mention a request for a path, as `GET /path` or `GET "/path"`?
fn is_about(line: &str, path: &str) -> bool {
    line.match_indices("GET ").any(|(place, method)| {
        let rest = &line[place + method.len()..];
        let rest = rest.strip_prefix('"').unwrap_or(rest);
        let end = |rest: &str| rest.chars().next().is_none_or(|next| " \",".contains(next));
        rest.strip_prefix(path).is_some_and(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"127.0.0.1 - - [25/Nov/2026 15:28:18] "GET / HTTP/1.1" 200 -"#;

    #[test]
    fn a_line_about_a_check_like_the_one_before_is_explained() {
        let checks = Checks::default();
        assert!(!checks.explain(LINE));
        let first = checks.check("/");
        assert!(!checks.explain(LINE), "the first one is of interest");
        first.pass();
        let second = checks.check("/");
        assert!(checks.explain(LINE));
        drop(second);
        assert!(!checks.explain(LINE), "a check that failed is of interest");
    }

    #[test]
    fn a_line_that_may_be_about_a_visitor_is_not() {
        let checks = Checks::default();
        checks.check("/").pass();
        let visit = checks.visit();
        assert!(!checks.explain(LINE));
        drop(visit);
        assert!(!checks.explain(LINE));
    }

    #[test]
    fn a_line_is_about_a_path_that_it_names_as_a_whole() {
        for line in ["GET / 200 1ms", r#"Started GET "/" for 127.0.0.1"#, "GET /", LINE] {
            assert!(is_about(line, "/"), "{line}");
        }
        for line in ["GET /shop HTTP/1.1", "GET /?a=b HTTP/1.1", "POST / HTTP/1.1", "FORGET", ""] {
            assert!(!is_about(line, "/"), "{line}");
        }
        assert!(is_about("GET /health HTTP/1.1", "/health"));
    }
}
