//! Platforms, known by a solution stack's name or by an ARN.

/// A platform version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Platform {
    /// Such as `Corretto 21`.
    pub(crate) language: String,
    /// Such as `64bit Amazon Linux 2023`.
    pub(crate) system: String,
    /// Such as `4.7.1`.
    pub(crate) version: String,
}

impl Platform {
    /// The platforms that lists show; others that are well named are accepted as well.
    pub(crate) fn all() -> Vec<Self> {
        [
            ("Corretto 21", "4.7.1"),
            ("Corretto 17", "4.7.1"),
            ("Docker", "4.7.2"),
            ("Node.js 22", "6.6.6"),
            ("PHP 8.4", "4.7.4"),
            ("Python 3.13", "4.7.2"),
            ("Ruby 3.4", "4.7.1"),
        ]
        .into_iter()
        .map(|(language, version)| Self {
            language: language.to_owned(),
            system: "64bit Amazon Linux 2023".to_owned(),
            version: version.to_owned(),
        })
        .collect()
    }

    /// Reads `64bit Amazon Linux 2023 v4.7.1 running Corretto 21`.
    pub(crate) fn from_solution_stack(name: &str) -> Option<Self> {
        let (left, language) = name.split_once(" running ")?;
        let (system, version) = left.rsplit_once(" v")?;
        Self::new(language, system, version)
    }

    /// Reads `arn:aws:elasticbeanstalk:us-east-1::platform/Corretto 21 running on 64bit Amazon Linux 2023/4.7.1`.
    pub(crate) fn from_arn(arn: &str) -> Option<Self> {
        let (_, name) = arn.strip_prefix("arn:aws:elasticbeanstalk:")?.split_once("::platform/")?;
        let (branch, version) = name.rsplit_once('/')?;
        let (language, system) = branch.split_once(" running on ")?;
        Self::new(language, system, version)
    }

    fn new(language: &str, system: &str, version: &str) -> Option<Self> {
        let well_named = [language, system, version].iter().all(|part| !part.is_empty());
        let platform = || Self {
            language: language.to_owned(),
            system: system.to_owned(),
            version: version.to_owned(),
        };
        well_named.then(platform)
    }

    pub(crate) fn branch(&self) -> String {
        format!("{} running on {}", self.language, self.system)
    }

    pub(crate) fn solution_stack(&self) -> String {
        format!("{} v{} running {}", self.system, self.version, self.language)
    }

    pub(crate) fn arn(&self, region: &str) -> String {
        format!("arn:aws:elasticbeanstalk:{region}::platform/{}/{}", self.branch(), self.version)
    }
}

impl Default for Platform {
    fn default() -> Self {
        Self {
            language: "Corretto 21".to_owned(),
            system: "64bit Amazon Linux 2023".to_owned(),
            version: "4.7.1".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_mean_the_same_platform() {
        let platform = Platform::default();
        assert_eq!(platform.solution_stack(), "64bit Amazon Linux 2023 v4.7.1 running Corretto 21");
        assert_eq!(
            Platform::from_solution_stack(&platform.solution_stack()),
            Some(platform.clone())
        );
        assert_eq!(Platform::from_arn(&platform.arn("eu-west-1")), Some(platform));
    }

    #[test]
    fn other_names_mean_nothing() {
        for name in ["", "Corretto", "x v1 running ", " v1 running y"] {
            assert_eq!(Platform::from_solution_stack(name), None, "{name}");
        }
        assert_eq!(Platform::from_arn("arn:aws:s3:::bucket"), None);
    }
}
