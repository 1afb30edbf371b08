//! How it can be told to fail.

/// What happens instead of a good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// An HTTP status such as 500.
    Status(u16),
    /// Too many requests within the hour: 403.
    RateLimit,
    /// Too many requests at once: 403 with `Retry-After`.
    SecondaryRateLimit,
    /// The archive breaks off after as many bytes as are said.
    BreaksOff(usize),
    /// No answer ever; the connection stays open.
    Silence,
}

/// A trouble with its condition.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) path: String,
    pub(crate) trouble: Trouble,
    pub(crate) left: u32,
}

/// The trouble of the first rule that fits, which is used up by one.
pub(crate) fn take(rules: &mut Vec<Rule>, path: &str) -> Option<Trouble> {
    rules.retain(|rule| rule.left > 0);
    let rule = rules.iter_mut().find(|rule| path.contains(&rule.path))?;
    rule.left -= 1;
    Some(rule.trouble)
}
