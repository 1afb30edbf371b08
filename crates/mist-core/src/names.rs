//! Names that are checked when they are read, and nowhere else.

use serde::{Deserialize, Serialize};

use crate::visible::is_hidden;

/// The methods of all checked texts; the check itself is their `TryFrom<String>`.
macro_rules! text {
    ($($name:ident),*) => {$(
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

pub(crate) use text;

/// Declares a name: a string that can only be created through its check.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr, $schema:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = $schema)))]
        pub struct $name(String);

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Result<(), &'static str> = $check;
                match check(&text) {
                    Ok(()) => Ok(Self(text)),
                    Err(problem) => Err(format!("`{text}` {problem}")),
                }
            }
        }

        text!($name);
    };
}

name!(
    /// The name of a stack, such as `QA`: 1 to 32 letters, digits and hyphens. It is part of S3 keys
    /// and of the name of an SSM parameter.
    StackName,
    |text| {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if (1..=32).contains(&text.len()) && text.chars().all(allowed) {
            Ok(())
        } else {
            Err("is not a stack name: 1 to 32 letters, digits and hyphens")
        }
    },
    "^[A-Za-z0-9-]{1,32}$"
);

name!(
    /// The name of a Beanstalk environment: 4 to 40 letters, digits and hyphens, with no hyphen at
    /// either end (`CreateEnvironment` in the Beanstalk API reference).
    EnvironmentName,
    |text| {
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let ends = text.starts_with('-') || text.ends_with('-');
        if (4..=40).contains(&text.len()) && text.chars().all(allowed) && !ends {
            Ok(())
        } else {
            Err("is not an environment name: 4 to 40 letters, digits and inner hyphens")
        }
    },
    "^[A-Za-z0-9][A-Za-z0-9-]{2,38}[A-Za-z0-9]$"
);

name!(
    /// The label of an application version: 1 to 100 characters, no slash, no control character, and
    /// neither `.` nor `..`, since it is part of an S3 key.
    VersionLabel,
    |text| {
        let forbidden = |letter: char| letter == '/' || letter == '\\' || letter.is_control();
        if text.is_empty() || text.chars().count() > 100 {
            Err("is not a version label: it must have 1 to 100 characters")
        } else if text.contains(forbidden) || text.trim() != text || text == "." || text == ".." {
            Err("is not a version label: no slashes, control characters, outer blanks, `.` or `..`")
        } else {
            Ok(())
        }
    },
    "^[^/\\\\\\p{Cc}]{1,100}$"
);

name!(
    /// The name of whoever started a release: one line of 1 to 128 characters, all of which a terminal shows.
    UserName,
    |text| if is_line(text, 128) { Ok(()) } else { Err("is not a user name: one line of 1 to 128 visible characters") },
    "^[^\\p{Cc}]{1,128}$"
);

name!(
    /// What a person says about a release: one line of 1 to 200 characters, all of which a terminal shows.
    Message,
    |text| if is_line(text, 200) { Ok(()) } else { Err("is not a message: one line of 1 to 200 visible characters") },
    "^[^\\p{Cc}]{1,200}$"
);

/// Whether `text` is one line of at most `most` characters, with something to see and nothing hidden.
fn is_line(text: &str, most: usize) -> bool {
    let hidden = |letter: char| is_hidden(letter) || matches!(letter, '\n' | '\t');
    !text.trim().is_empty() && text.chars().count() <= most && !text.contains(hidden)
}

name!(
    /// A DNS name without the final dot, in lower case, such as `qa.example.com`.
    DomainName,
    |text| {
        if is_domain(text) {
            Ok(())
        } else if !text.is_ascii() {
            Err("is not a domain name as Route 53 has it: write other letters in punycode, such as `xn--bcher-kva.example`")
        } else {
            Err("is not a domain name in lower case, such as `qa.example.com`")
        }
    },
    "^[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})+$"
);

name!(
    /// The name of any DNS record, without the final dot, in lower case: a domain name, or a wildcard such as
    /// `*.blue.example.com`.
    RecordName,
    |text| {
        if is_domain(text.strip_prefix("*.").unwrap_or(text)) {
            Ok(())
        } else {
            Err("is not the name of a record in lower case, such as `blue.example.com`")
        }
    },
    "^(\\*\\.)?[a-z0-9_-]{1,63}(\\.[a-z0-9_-]{1,63})+$"
);

fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let allowed = |letter: char| {
            letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter)
        };
        (1..=63).contains(&label.len()) && label.chars().all(allowed)
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_at_most_a_hundred_characters() {
        assert!(VersionLabel::try_from("v".repeat(100)).is_ok());
        let error = VersionLabel::try_from("v".repeat(101)).unwrap_err();
        assert!(error.ends_with("it must have 1 to 100 characters"), "{error}");
    }

    #[test]
    fn a_label_cannot_point_out_of_its_folder() {
        for label in ["..", ".", "a/b", "a\\b", "a\nb", " v1", ""] {
            assert!(VersionLabel::try_from(label.to_owned()).is_err(), "{label:?}");
        }
    }

    #[test]
    fn labels_of_the_first_mist_are_valid() {
        assert!("git-1b2c3d4-1385164800000".parse::<VersionLabel>().is_ok());
    }

    #[test]
    fn a_message_is_one_line_that_can_be_seen() {
        for message in ["hotfix for the checkout", "größer → besser", &"x".repeat(200)] {
            assert!(message.parse::<Message>().is_ok(), "{message}");
        }
        for message in ["", "  ", "two\nlines", "\u{1b}[2J", "v1\u{202e}2v", &"x".repeat(201)] {
            assert!(message.parse::<Message>().is_err(), "{message:?}");
        }
        assert!("Deployer/ci-42".parse::<UserName>().is_ok());
        assert!("x".repeat(129).parse::<UserName>().is_err());
    }

    #[test]
    fn an_environment_name_has_the_length_that_beanstalk_allows() {
        assert!("Demo-QA-A".parse::<EnvironmentName>().is_ok());
        for name in ["abc", "-abcd", "abcd-", "with space", &"x".repeat(41)] {
            assert!(name.parse::<EnvironmentName>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_record_may_be_a_wildcard() {
        for name in ["blue.mist.test", "*.blue.mist.test"] {
            assert!(name.parse::<RecordName>().is_ok(), "{name}");
        }
        for name in ["*", "*.test", "a.*.mist.test", "*.Blue.mist.test"] {
            assert!(name.parse::<RecordName>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_domain_is_written_in_lower_case_without_final_dot() {
        assert!("qa.mist.test".parse::<DomainName>().is_ok());
        for name in ["QA.mist.test", "qa.mist.test.", "localhost", "a..b"] {
            assert!(name.parse::<DomainName>().is_err(), "{name:?}");
        }
    }
}
