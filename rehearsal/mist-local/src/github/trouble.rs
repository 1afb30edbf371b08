//! Failures of the local GitHub, on request.

/// The failure in place of a successful answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// An HTTP status such as 500.
    Status(u16),
    /// Too many requests within the hour: 403.
    RateLimit,
    /// Too many requests at once: 403 with `Retry-After`.
    SecondaryRateLimit,
    /// The archive breaks off after so many bytes.
    BreaksOff(usize),
    /// No answer; the connection stays open.
    Silence,
}

/// A failure with its condition.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) path: String,
    pub(crate) trouble: Trouble,
    pub(crate) left: u32,
}

/// The failure of the first matching rule, which then applies to one request less.
pub(crate) fn take(rules: &mut Vec<Rule>, path: &str) -> Option<Trouble> {
    rules.retain(|rule| rule.left > 0);
    let rule = rules.iter_mut().find(|rule| path.contains(&rule.path))?;
    rule.left -= 1;
    Some(rule.trouble)
}
