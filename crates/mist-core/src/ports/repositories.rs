//! Repositories that versions are made from.

use secrecy::SecretString;

use crate::{
    error::Error,
    stack::source::{Commit, GitHub, GitRef, Sha},
};

/// A repository, and the token that opens it.
#[derive(Clone, Copy, Debug)]
pub struct Access<'a> {
    /// The repository.
    pub github: &'a GitHub,
    /// The token.
    pub token: &'a SecretString,
}

/// Repositories that versions are made from. A repository that is not there is
/// [`Error::RepositoryMissing`], a token that is refused [`Error::GitHubDenied`].
pub trait Repositories {
    /// An archive that is being read.
    type Archive: Chunks;

    /// The commit that `name` stands for now. None of that name is [`Error::RefMissing`].
    fn commit(
        &self,
        access: Access<'_>,
        name: &GitRef,
    ) -> impl Future<Output = Result<Commit, Error>> + Send;

    /// The text of the file at `path` in `commit`, if there is one. One of more than 1 MiB, or that is no
    /// text, is [`Error::UnfitArchive`].
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

    /// What leads from `base` to `head`. A `base` that is not there any more is [`Error::RefMissing`].
    fn changes(
        &self,
        access: Access<'_>,
        base: &Sha,
        head: &Sha,
    ) -> impl Future<Output = Result<Changes, Error>> + Send;
}

/// Something long that is read piece by piece.
pub trait Chunks: Send {
    /// The next piece; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Vec<u8>>, Error>> + Send;
}

/// What leads from one commit to another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// How many commits are new.
    pub total: usize,
    /// The newest of them, newest first: at least 50 of them, where there are as many.
    pub newest: Vec<Revision>,
    /// How many commits are taken back.
    pub behind: usize,
}

/// One commit of [`Changes`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revision {
    /// Its name.
    pub sha: Sha,
    /// The first line of its message.
    pub title: String,
    /// Who wrote it.
    pub author: String,
}

impl Changes {
    /// How many commits a changelog tells of.
    pub const MOST: usize = 50;

    /// The changes for people: a line per commit, newest first, and how many more there are.
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
            lines.push(format!("{} of the commits that were live are not in it", self.behind));
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
    fn a_long_changelog_ends_with_how_many_more_there_are() {
        let told = changes(120).changelog();
        assert_eq!(told.lines().count(), 51);
        assert!(told.ends_with("\nand 70 more"), "{told}");
    }

    #[test]
    fn going_back_is_told_as_well() {
        let told = Changes { behind: 3, ..Changes::default() }.changelog();
        assert_eq!(told, "3 of the commits that were live are not in it");
        assert_eq!(Changes::default().changelog(), "the same commit");
    }
}
