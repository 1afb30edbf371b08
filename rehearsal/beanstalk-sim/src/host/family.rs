//! Families of platforms, which start applications in different ways.

/// A family of platforms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Node,
    Python,
    Go,
    Java,
    Php,
    Ruby,
    DotNet,
    Tomcat,
    Docker,
    /// A platform with another name.
    Unknown,
}

impl Family {
    /// The family of a platform's language, such as `Node.js 22` or `Corretto 21`.
    pub(crate) fn of(language: &str) -> Self {
        let families = [
            ("Node.js", Self::Node),
            ("Python", Self::Python),
            ("Go", Self::Go),
            ("Corretto", Self::Java),
            ("Java", Self::Java),
            ("PHP", Self::Php),
            ("Ruby", Self::Ruby),
            (".NET", Self::DotNet),
            ("Tomcat", Self::Tomcat),
            ("Docker", Self::Docker),
            ("ECS", Self::Docker),
        ];
        let begins = |name: &str| language.starts_with(name);
        families.into_iter().find(|(name, _)| begins(name)).map_or(Self::Unknown, |(_, it)| it)
    }

    /// The port to which the proxy server passes requests if there is no property `PORT` (developer guide, "Reverse
    /// proxy configuration", and the pages of the platforms).
    pub(super) fn default_port(self) -> u16 {
        match self {
            Self::Node => 8080,
            Self::Python => 8000,
            _ => 5000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_names_its_family() {
        let of = |languages: [&str; 10]| languages.map(Family::of);
        assert_eq!(
            of([
                "Node.js 22",
                "Python 3.13",
                "Go 1",
                "Corretto 21",
                "PHP 8.4",
                "Ruby 3.4",
                ".NET 9",
                "Tomcat 11 Corretto 21",
                "ECS",
                "Rust",
            ]),
            [
                Family::Node,
                Family::Python,
                Family::Go,
                Family::Java,
                Family::Php,
                Family::Ruby,
                Family::DotNet,
                Family::Tomcat,
                Family::Docker,
                Family::Unknown,
            ]
        );
    }
}
