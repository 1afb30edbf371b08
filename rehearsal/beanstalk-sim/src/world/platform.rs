//! Platforms, named by a solution stack or an ARN.

use serde::{Deserialize, Serialize};

/// A platform version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Platform {
    /// The language, such as `Corretto 21`.
    pub(crate) language: String,
    /// The operating system, such as `64bit Amazon Linux 2023`.
    pub(crate) system: String,
    /// The platform version, such as `4.7.1`.
    pub(crate) version: String,
}

/// The lifecycle state of a branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BranchState {
    Supported,
    Deprecated,
    Retired,
}

/// The update level of managed updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UpdateLevel {
    Patch,
    Minor,
}

/// A platform branch: one language on one system, with the versions that lists show, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Branch {
    /// The platform name, such as `Java`.
    pub(crate) platform: &'static str,
    pub(crate) language: &'static str,
    pub(crate) system: &'static str,
    pub(crate) state: BranchState,
    pub(crate) versions: &'static [&'static str],
}

const AL2023: &str = "64bit Amazon Linux 2023";
const AL2: &str = "64bit Amazon Linux 2";
const AL1: &str = "64bit Amazon Linux";

const fn branch(
    platform: &'static str,
    language: &'static str,
    system: &'static str,
    state: BranchState,
    versions: &'static [&'static str],
) -> Branch {
    Branch { platform, language, system, state, versions }
}

/// The branches, oldest first. Names and states are those of the guides. The version numbers are *assumed*, as they
/// change every month.
pub(crate) const BRANCHES: &[Branch] = &[
    branch("Python", "Python 3.6", AL1, BranchState::Retired, &["2.9.24"]),
    branch("Node.js", "Node.js", AL1, BranchState::Retired, &["4.17.14"]),
    branch("Java", "Corretto 8", AL2, BranchState::Deprecated, &["3.10.1", "3.10.0"]),
    branch("Java", "Corretto 11", AL2, BranchState::Deprecated, &["3.10.1", "3.10.0"]),
    branch("Java", "Corretto 17", AL2, BranchState::Deprecated, &["3.10.1", "3.10.0"]),
    branch("Docker", "Docker", AL2, BranchState::Deprecated, &["4.3.1", "4.3.0"]),
    branch("Go", "Go 1", AL2, BranchState::Deprecated, &["3.13.1", "3.13.0"]),
    branch("Node.js", "Node.js 16", AL2, BranchState::Retired, &["5.9.2"]),
    branch("Node.js", "Node.js 18", AL2, BranchState::Deprecated, &["5.11.1", "5.11.0"]),
    branch("PHP", "PHP 8.1", AL2, BranchState::Deprecated, &["3.9.5", "3.9.4"]),
    branch("Python", "Python 3.8", AL2, BranchState::Retired, &["3.7.5"]),
    branch("Ruby", "Ruby 3.0", AL2, BranchState::Retired, &["3.7.2"]),
    branch("Java", "Corretto 8", AL2023, BranchState::Supported, &["4.7.1", "4.7.0", "4.6.2"]),
    branch("Java", "Corretto 11", AL2023, BranchState::Supported, &["4.7.1", "4.7.0", "4.6.2"]),
    branch("Java", "Corretto 17", AL2023, BranchState::Supported, &["4.7.1", "4.7.0", "4.6.2"]),
    branch("Java", "Corretto 21", AL2023, BranchState::Supported, &["4.7.1", "4.7.0", "4.6.2"]),
    branch("Docker", "Docker", AL2023, BranchState::Supported, &["4.7.2", "4.7.1", "4.6.3"]),
    branch("Docker", "ECS", AL2023, BranchState::Supported, &["4.4.2", "4.4.1"]),
    branch("Go", "Go 1", AL2023, BranchState::Supported, &["4.5.1", "4.5.0"]),
    branch(".NET Core on Linux", ".NET 8", AL2023, BranchState::Supported, &["3.6.1", "3.6.0"]),
    branch(".NET Core on Linux", ".NET 9", AL2023, BranchState::Supported, &["3.6.1", "3.6.0"]),
    branch("Node.js", "Node.js 18", AL2023, BranchState::Deprecated, &["6.6.6", "6.6.5"]),
    branch("Node.js", "Node.js 20", AL2023, BranchState::Supported, &["6.6.6", "6.6.5", "6.5.2"]),
    branch("Node.js", "Node.js 22", AL2023, BranchState::Supported, &["6.6.6", "6.6.5", "6.5.2"]),
    branch("PHP", "PHP 8.1", AL2023, BranchState::Deprecated, &["4.7.4", "4.7.3"]),
    branch("PHP", "PHP 8.3", AL2023, BranchState::Supported, &["4.7.4", "4.7.3", "4.6.0"]),
    branch("PHP", "PHP 8.4", AL2023, BranchState::Supported, &["4.7.4", "4.7.3", "4.6.0"]),
    branch("Python", "Python 3.9", AL2023, BranchState::Deprecated, &["4.7.2", "4.7.1"]),
    branch("Python", "Python 3.11", AL2023, BranchState::Supported, &["4.7.2", "4.7.1", "4.6.0"]),
    branch("Python", "Python 3.12", AL2023, BranchState::Supported, &["4.7.2", "4.7.1", "4.6.0"]),
    branch("Python", "Python 3.13", AL2023, BranchState::Supported, &["4.7.2", "4.7.1", "4.6.0"]),
    branch("Ruby", "Ruby 3.2", AL2023, BranchState::Supported, &["4.7.1", "4.7.0"]),
    branch("Ruby", "Ruby 3.3", AL2023, BranchState::Supported, &["4.7.1", "4.7.0"]),
    branch("Ruby", "Ruby 3.4", AL2023, BranchState::Supported, &["4.7.1", "4.7.0"]),
    branch("Tomcat", "Tomcat 10 Corretto 21", AL2023, BranchState::Supported, &["5.7.1", "5.7.0"]),
    branch("Tomcat", "Tomcat 11 Corretto 21", AL2023, BranchState::Supported, &["5.7.1", "5.7.0"]),
];

impl BranchState {
    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Supported => "Supported",
            Self::Deprecated => "Deprecated",
            Self::Retired => "Retired",
        }
    }
}

impl Branch {
    pub(crate) fn name(&self) -> String {
        format!("{} running on {}", self.language, self.system)
    }

    /// Its versions as platforms, the newest first.
    pub(crate) fn platforms(&self) -> impl Iterator<Item = Platform> {
        let (language, system) = (self.language, self.system);
        self.versions.iter().map(move |version| Platform {
            language: language.to_owned(),
            system: system.to_owned(),
            version: (*version).to_owned(),
        })
    }
}

impl UpdateLevel {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "patch" => Some(Self::Patch),
            "minor" => Some(Self::Minor),
            _ => None,
        }
    }
}

impl Platform {
    /// The platforms in lists, without retired ones. Other well-formed names are accepted too, as names change every
    /// month.
    pub(crate) fn all() -> Vec<Self> {
        let offered = BRANCHES.iter().filter(|branch| branch.state != BranchState::Retired);
        offered.flat_map(Branch::platforms).collect()
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

    /// The branch of the platform, if it is listed.
    pub(crate) fn known_branch(&self) -> Option<&'static Branch> {
        BRANCHES
            .iter()
            .find(|branch| branch.language == self.language && branch.system == self.system)
    }

    /// Whether this is the newest version of a supported branch.
    pub(crate) fn is_recommended(&self) -> bool {
        self.known_branch().is_some_and(|branch| {
            branch.state == BranchState::Supported
                && branch.versions.first().is_some_and(|newest| *newest == self.version)
        })
    }

    /// The newest version of the branch that a managed update of this level may install, if it is newer.
    pub(crate) fn update_within(&self, level: UpdateLevel) -> Option<Self> {
        let now = numbers(&self.version)?;
        let kept = match level {
            UpdateLevel::Patch => 2,
            UpdateLevel::Minor => 1,
        };
        let reachable = |platform: &Self| {
            numbers(&platform.version)
                .is_some_and(|version| version > now && version[..kept] == now[..kept])
        };
        self.known_branch()?.platforms().find(reachable)
    }

    pub(crate) fn solution_stack(&self) -> String {
        format!("{} v{} running {}", self.system, self.version, self.language)
    }

    pub(crate) fn arn(&self, region: &str) -> String {
        format!("arn:aws:elasticbeanstalk:{region}::platform/{}/{}", self.branch(), self.version)
    }
}

/// The major, minor and patch numbers of a version.
pub(crate) fn numbers(version: &str) -> Option<[u32; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

impl Default for Platform {
    /// A platform that serves the files of a bundle, for requests that name none.
    fn default() -> Self {
        Self {
            language: "PHP 8.4".to_owned(),
            system: AL2023.to_owned(),
            version: "4.7.4".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_mean_the_same_platform() {
        let platform = Platform::default();
        assert_eq!(platform.solution_stack(), "64bit Amazon Linux 2023 v4.7.4 running PHP 8.4");
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

    #[test]
    fn branches_have_versions_newest_first_and_the_default_is_recommended() {
        for branch in BRANCHES {
            let versions: Vec<_> = branch.versions.iter().filter_map(|one| numbers(one)).collect();
            assert_eq!(versions.len(), branch.versions.len(), "{}", branch.name());
            assert!(versions.is_sorted_by(|newer, older| newer > older), "{}", branch.name());
        }
        assert!(Platform::default().is_recommended());
        assert!(Platform::all().iter().all(|platform| platform.known_branch().is_some()));
    }

    #[test]
    fn an_update_stays_within_its_level() {
        let at = |version: &str| Platform { version: version.to_owned(), ..Platform::default() };
        let update = |version: &str, level| at(version).update_within(level);
        assert_eq!(update("4.6.0", UpdateLevel::Patch), None);
        assert_eq!(update("4.6.0", UpdateLevel::Minor), Some(at("4.7.4")));
        assert_eq!(update("4.7.3", UpdateLevel::Patch), Some(at("4.7.4")));
        assert_eq!(update("4.7.4", UpdateLevel::Minor), None);
        assert_eq!(update("3.9.9", UpdateLevel::Minor), None);
        assert_eq!(update("new", UpdateLevel::Minor), None);
    }
}
