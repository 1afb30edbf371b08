//! Repositories that versions are fetched from.

use secrecy::SecretString;

use crate::{
    error::Error,
    stack::source::{Commit, GitHub, GitRef, Sha},
};

/// A repository, and the token to access it.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The repository.
    pub github: &'a GitHub,
    /// The token.
    pub token: &'a SecretString,
}

/// Repositories that versions are fetched from. A missing repository is [`Error::RepositoryMissing`], a refused token
/// [`Error::GitHubDenied`].
pub trait Repositories {
    /// An archive that is being read.
    type Archive: Chunks;

    /// The commit that `name` resolves to now. A missing ref is [`Error::RefMissing`].
    fn commit(
        &self,
        access: Access<'_>,
        name: &GitRef,
    ) -> impl Future<Output = Result<Commit, Error>> + Send;

    /// The text of the file at `path` in `commit`; `None` if it does not exist. A file that is no text or larger than 1 MiB
    /// is [`Error::UnfitArchive`].
    fn file(
        &self,
        access: Access<'_>,
        commit: &Sha,
        path: &str,
    ) -> impl Future<Output = Result<Option<String>, Error>> + Send;

    /// All files of `commit` as a `tar.gz`, below one folder of any name.
    fn archive(
        &self,
        access: Access<'_>,
        commit: &Sha,
    ) -> impl Future<Output = Result<Self::Archive, Error>> + Send;

    /// The changes from `base` to `head`. A `base` that no longer exists is [`Error::RefMissing`].
    fn changes(
        &self,
        access: Access<'_>,
        base: &Sha,
        head: &Sha,
    ) -> impl Future<Output = Result<Changes, Error>> + Send;
}

/// A stream of bytes that is read in pieces.
pub trait Chunks: Send {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + Send;
}

/// The changes from one commit to another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// The number of new commits.
    pub total: usize,
    /// The newest of them, newest first: at least 50, if there are as many.
    pub newest: Vec<Revision>,
    /// The number of commits that are no longer included.
    pub behind: usize,
}

/// One commit of [`Changes`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revision {
    /// Its name.
    pub sha: Sha,
    /// The first line of its message.
    pub title: String,
    /// Its author.
    pub author: String,
}

impl Changes {
    /// The most commits in a changelog.
    pub const MOST: usize = 50;

    /// The changes for people: a line per commit, newest first, and the number of further commits.
    pub fn changelog(&self) -> String {
        let lines = self.newest.iter().take(Self::MOST).map(|Revision { sha, title, author }| {
            let short: String = sha.as_str().chars().take(8).collect();
            let title: String = title.chars().take(120).collect();
            let author: String = author.chars().filter(|it| !it.is_control()).take(60).collect();
            format!("{short} {title} ({author})")
        });
        let mut lines: Vec<_> = lines.collect();
        let more = self.total.saturating_sub(lines.len());
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        if self.behind > 0 {
            lines.push(format!("without {} of the live commits", self.behind));
        }
        if lines.is_empty() {
            lines.push("the same commit".to_owned());
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(count: usize) -> Changes {
        let change = |number: usize| Revision {
            sha: format!("{number:040x}").parse().unwrap(),
            title: format!("Change {number}"),
            author: "Ada".to_owned(),
        };
        Changes { total: count, newest: (0..count.min(100)).map(change).collect(), behind: 0 }
    }

    #[test]
    fn a_changelog_has_a_line_per_commit() {
        assert_eq!(changes(2).changelog(), "00000000 Change 0 (Ada)\n00000000 Change 1 (Ada)");
    }

    #[test]
    fn a_long_changelog_ends_with_the_number_of_further_commits() {
        let changelog = changes(120).changelog();
        assert_eq!(changelog.lines().count(), 51);
        assert!(changelog.ends_with("\nand 70 more"), "{changelog}");
    }

    #[test]
    fn a_changelog_has_the_number_of_commits_that_are_no_longer_included() {
        let changelog = Changes { behind: 3, ..Changes::default() }.changelog();
        assert_eq!(changelog, "without 3 of the live commits");
        assert_eq!(Changes::default().changelog(), "the same commit");
    }
}
