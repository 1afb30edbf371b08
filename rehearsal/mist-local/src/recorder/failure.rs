//! How the recorder can be told to fail.

/// Which requests a failure is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// Every request.
    Always,
    /// Requests to exactly this path, such as `/newrelic/graphql`.
    Path(String),
    /// Requests whose body contains this text, such as `changeTrackingCreateDeployment` or a version.
    Body(String),
}

/// What happens instead of a good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// An HTTP status such as 500 or 401.
    Status(u16),
    /// HTTP 200 with `errors[]` that carries this message, as GraphQL services answer.
    Errors(String),
    /// HTTP 429, which asks to wait for this many seconds.
    Busy(u32),
    /// The request is carried out, but its answer gets lost: the caller sees HTTP 502.
    LostAnswer,
    /// No answer ever; the connection stays open.
    Silence,
}

/// A failure with its condition.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) when: When,
    pub(crate) failure: Failure,
    /// For how many more requests; `None` is for ever.
    pub(crate) left: Option<u32>,
}

impl Rule {
    /// Whether the rule is for this request.
    pub(crate) fn fits(&self, path: &str, body: &str) -> bool {
        match &self.when {
            When::Always => true,
            When::Path(wanted) => wanted == path,
            When::Body(text) => body.contains(text),
        }
    }
}

/// The failure of the first rule that fits, which is used up by one.
pub(crate) fn take(rules: &mut Vec<Rule>, path: &str, body: &str) -> Option<Failure> {
    rules.retain(|rule| rule.left != Some(0));
    let rule = rules.iter_mut().find(|rule| rule.fits(path, body))?;
    rule.left = rule.left.map(|left| left - 1);
    Some(rule.failure.clone())
}
