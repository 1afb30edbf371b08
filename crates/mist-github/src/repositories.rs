//! Commits, files, archives and comparisons.

use jiff::Timestamp;
use mist_core::{
    error::Error,
    ports::{Access, Changes, Chunks, Repositories, Revision},
    stack::source::{Commit, GitRef, Sha},
};
use reqwest::{Response, StatusCode, Url};
use serde::Deserialize;

use crate::{
    api::{GitHubApi, failed, ref_missing, repository_missing},
    client::{Call, body, check, in_time, json, link},
};

/// The most bytes of a file.
const LONGEST_FILE: usize = 1024 * 1024;

/// The number of commits in a page of a comparison.
const PAGE: &str = "100";

#[derive(Deserialize)]
struct GitCommit {
    committer: Signature,
}

#[derive(Deserialize)]
struct Signature {
    date: Timestamp,
}

#[derive(Deserialize)]
struct Comparison {
    total_commits: usize,
    #[serde(default)]
    behind_by: usize,
    commits: Vec<Compared>,
}

#[derive(Deserialize)]
struct Compared {
    sha: Sha,
    commit: Message,
}

#[derive(Deserialize)]
struct Message {
    message: String,
    author: Option<Author>,
}

#[derive(Deserialize)]
struct Author {
    name: Option<String>,
}

/// An archive, read piece by piece.
#[derive(Debug)]
pub struct Archive {
    answer: Response,
}

impl Chunks for Archive {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let chunk = in_time(self.answer.chunk()).await?;
        Ok(chunk.map(|chunk| chunk.to_vec()))
    }
}

impl GitHubApi {
    /// The error for `name` after a 404: GitHub answers it for a missing name, a missing repository, and one that the
    /// token cannot read.
    async fn missing(&self, access: Access<'_>, name: &str) -> Result<Error, Error> {
        let answer = self.send(&Call::get(access, [])?).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(repository_missing(access));
        }
        check(access, answer).await?;
        Ok(ref_missing(access, name))
    }

    async fn sha_of(&self, access: Access<'_>, name: &GitRef) -> Result<Sha, Error> {
        let path = ["commits"].into_iter().chain(name.as_str().split('/'));
        // The default answer contains all changes of the commit.
        let accept = "application/vnd.github.sha";
        let answer = self.send(&Call { accept, ..Call::get(access, path)? }).await?;
        match answer.status() {
            StatusCode::NOT_FOUND => Err(self.missing(access, name.as_str()).await?),
            // 422 is a missing commit, 409 an empty repository.
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::CONFLICT => {
                Err(ref_missing(access, name.as_str()))
            }
            _ => {
                let sha = body(check(access, answer).await?, 128).await?.unwrap_or_default();
                let sha = String::from_utf8_lossy(&sha).trim().to_owned();
                sha.parse().map_err(failed)
            }
        }
    }

    async fn page(&self, access: Access<'_>, url: Option<Url>) -> Result<Option<Page>, Error> {
        let Some(url) = url else { return Ok(None) };
        let call = Call { url, ..Call::get(access, [])? };
        // The token must not be sent to another host.
        if call.url.origin() != Call::get(access, [])?.url.origin() {
            return Ok(None);
        }
        let answer = check(access, self.send(&call).await?).await?;
        Page::read(answer).await.map(Some)
    }
}

/// A page of a comparison, oldest commit first.
struct Page {
    comparison: Comparison,
    before: Option<Url>,
    last: Option<Url>,
}

impl Page {
    async fn read(answer: Response) -> Result<Self, Error> {
        let (before, last) = (link(answer.headers(), "prev"), link(answer.headers(), "last"));
        Ok(Self { comparison: json(answer).await?, before, last })
    }

    fn newest_first(self) -> impl Iterator<Item = Revision> {
        self.comparison.commits.into_iter().rev().map(|Compared { sha, commit }| Revision {
            sha,
            title: commit.message.lines().next().unwrap_or_default().to_owned(),
            author: commit
                .author
                .and_then(|author| author.name)
                .unwrap_or_else(|| "unknown".to_owned()),
        })
    }
}

impl Repositories for GitHubApi {
    type Archive = Archive;

    async fn commit(&self, access: Access<'_>, name: &GitRef) -> Result<Commit, Error> {
        let sha = self.sha_of(access, name).await?;
        let call = Call::get(access, ["git", "commits", sha.as_str()])?;
        let GitCommit { committer } = self.read(&call).await?;
        Ok(Commit { sha, committed_at: committer.date })
    }

    async fn file(
        &self,
        access: Access<'_>,
        commit: &Sha,
        path: &str,
    ) -> Result<Option<String>, Error> {
        let parts = ["contents"].into_iter().chain(path.split('/'));
        let call = Call::get(access, parts)?.query("ref", commit.as_str());
        let accept = "application/vnd.github.raw+json";
        let answer = self.send(&Call { accept, ..call }).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let unfit = |problem: String| Error::UnfitArchive {
            repository: access.github.repository.to_string(),
            commit: commit.to_string(),
            problem,
        };
        let bytes = body(check(access, answer).await?, LONGEST_FILE).await?;
        let bytes = bytes.ok_or_else(|| unfit(format!("`{path}` is larger than 1 MiB")))?;
        String::from_utf8(bytes).map(Some).map_err(|_| unfit(format!("`{path}` is not text")))
    }

    async fn archive(&self, access: Access<'_>, commit: &Sha) -> Result<Archive, Error> {
        let call = Call::get(access, ["tarball", commit.as_str()])?;
        let answer = self.send(&Call { short: false, ..call }).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(ref_missing(access, commit.as_str()));
        }
        Ok(Archive { answer: check(access, answer).await? })
    }

    async fn changes(&self, access: Access<'_>, base: &Sha, head: &Sha) -> Result<Changes, Error> {
        let range = format!("{base}...{head}");
        let call = Call::get(access, ["compare", &range])?.query("per_page", PAGE);
        let answer = self.send(&call.query("page", "1")).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(ref_missing(access, base.as_str()));
        }
        let first = Page::read(check(access, answer).await?).await?;
        let (total, behind) = (first.comparison.total_commits, first.comparison.behind_by);
        // The newest commits are on the last page, which can be short.
        let mut newest: Vec<Revision> = match self.page(access, first.last.clone()).await? {
            None => first.newest_first().collect(),
            Some(last) => {
                let before = last.before.clone();
                let mut newest: Vec<_> = last.newest_first().collect();
                if newest.len() < Changes::MOST
                    && let Some(page) = self.page(access, before).await?
                {
                    newest.extend(page.newest_first());
                }
                newest
            }
        };
        newest.truncate(Changes::MOST);
        Ok(Changes { total, newest, behind })
    }
}
