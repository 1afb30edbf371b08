//! The recognition of output lines that only report a health check.
//!
//! Servers write a line for every request. With a time scale there are many checks a second, and their lines would
//! hide all others.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time in which the line of a request is expected, in real time.
const ECHO: Duration = Duration::from_secs(1);

/// The recent requests to an instance, from health checks and from visitors.
#[derive(Debug, Default)]
pub(super) struct Checks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    path: String,
    /// The start or end of the latest check.
    checked: Option<Instant>,
    /// Whether the check passed. The lines of failed checks are kept.
    passed: bool,
    /// The number of current visitors, and the time of the latest arrival or departure.
    visitors: usize,
    visited: Option<Instant>,
}

/// A check in progress, which fails unless `pass` is called.
#[derive(Debug)]
pub(super) struct Check<'a> {
    checks: &'a Checks,
    passed: bool,
}

/// A request of a visitor in progress.
#[derive(Debug)]
pub(super) struct Visit<'a>(&'a Checks);

impl Checks {
    /// Begins a check of a path.
    pub(super) fn check(&self, path: &str) -> Check<'_> {
        let mut state = self.state();
        path.clone_into(&mut state.path);
        state.checked = Some(Instant::now());
        Check { checks: self, passed: false }
    }

    /// Begins a request of a visitor.
    pub(super) fn visit(&self) -> Visit<'_> {
        let mut state = self.state();
        state.visitors += 1;
        state.visited = Some(Instant::now());
        Visit(self)
    }

    /// Whether a line can only be about a check like the previous one, which passed.
    ///
    /// While there are visitors, every line is kept, as it may be about one of them.
    pub(super) fn explain(&self, line: &str) -> bool {
        let state = self.state();
        let recently = |time: Option<Instant>| time.is_some_and(|time| time.elapsed() <= ECHO);
        state.passed
            && state.visitors == 0
            && recently(state.checked)
            && !recently(state.visited)
            && is_about(line, &state.path)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Check<'_> {
    /// Marks the check as passed.
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

/// Whether a line mentions a request for a path, as `GET /path` or `GET "/path"`.
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
