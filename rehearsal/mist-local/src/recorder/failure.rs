//! Failures of the recorder, on request.

/// The requests that a failure applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Every request.
    Always,
    /// Requests to exactly this path, such as `/newrelic/graphql`.
    Path(String),
    /// Requests whose body contains this text, such as `changeTrackingCreateDeployment` or a version.
    Body(String),
}

/// The failure in place of a successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// An HTTP status such as 500 or 401.
    Status(u16),
    /// HTTP 200 with `errors[]` that carries this message, as GraphQL services answer.
    Errors(String),
    /// HTTP 429, with a `Retry-After` of so many seconds.
    Busy(u32),
    /// The request succeeds, but its answer is lost: the caller gets HTTP 502.
    LostAnswer,
    /// No answer; the connection stays open.
    Silence,
}

/// A failure with its condition.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) when: When,
    pub(crate) failure: Failure,
    /// The number of further requests; `None` if it is not limited.
    pub(crate) left: Option<u32>,
}

impl Rule {
    /// Whether the rule matches a request.
    pub(crate) fn matches(&self, path: &str, body: &str) -> bool {
        match &self.when {
            When::Always => true,
            When::Path(wanted) => wanted == path,
            When::Body(text) => body.contains(text),
        }
    }
}

/// The failure of the first matching rule, which then applies to one request less.
pub(crate) fn take(rules: &mut Vec<Rule>, path: &str, body: &str) -> Option<Failure> {
    rules.retain(|rule| rule.left != Some(0));
    let rule = rules.iter_mut().find(|rule| rule.matches(path, body))?;
    rule.left = rule.left.map(|left| left - 1);
    Some(rule.failure.clone())
}
