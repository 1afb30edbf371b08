//! E-mail addresses.

use std::{fmt, str::FromStr};

use mist_core::names::DomainName;

/// An e-mail address. It has no space and no comma, so several can be stored as one text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Email(String);

impl Email {
    /// The address as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `other` is the same address, ignoring case.
    pub(crate) fn matches(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

impl FromStr for Email {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an e-mail address, such as you@example.com");
        let (user, host) = text.rsplit_once('@').ok_or_else(wrong)?;
        let allowed = |letter: char| {
            !letter.is_whitespace() && !letter.is_control() && !"@,;:<>()[]\\\"".contains(letter)
        };
        let good_user = (1..=64).contains(&user.len()) && user.chars().all(allowed);
        let good_host = host.to_ascii_lowercase().parse::<DomainName>().is_ok();
        if good_user && good_host { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }
}

impl fmt::Display for Email {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_address_is_refused() {
        for text in ["", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com"] {
            let problem = text.parse::<Email>().unwrap_err();
            assert!(problem.contains("is not an e-mail address"), "{problem}");
        }
        for text in ["ada,bob@example.com", "<ada@example.com>", "ada@exa mple.com", "a@b@c.com"] {
            assert!(text.parse::<Email>().is_err(), "{text}");
        }
    }

    #[test]
    fn case_is_ignored() {
        let email: Email = "Ada.Lovelace+mist@Example.com".parse().unwrap();
        assert!(email.matches("ada.lovelace+mist@example.com"));
        assert!(!email.matches("ada@example.com"));
    }
}
