//! The history of commits.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::commit::Commit;
use super::state::Repository;

impl Repository {
    /// The SHA of the commit that `name` names: a branch, a tag, a full name with `refs/`, or the beginning of a SHA.
    pub(crate) fn resolve(&self, name: &str) -> Option<&str> {
        let short = ["refs/heads/", "refs/tags/", "heads/", "tags/"];
        let short = short.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        if let Some(sha) = self.refs.get(short) {
            return Some(sha);
        }
        let mut found = self.commits.keys().filter(|sha| name.len() >= 7 && sha.starts_with(name));
        let first = found.next();
        first.filter(|_| found.next().is_none()).map(String::as_str)
    }

    /// The commit `sha` and all commits before it, newest first.
    fn history(&self, sha: &str) -> Vec<(&str, &Commit)> {
        let mut history = Vec::new();
        let mut next = self.commits.get_key_value(sha);
        while let Some((sha, commit)) = next {
            history.push((sha.as_str(), commit));
            next = commit.parent.as_ref().and_then(|parent| self.commits.get_key_value(parent));
        }
        history
    }

    /// The commits of `head` that `base` lacks, oldest first, and the number of those of `base` that `head` lacks.
    pub(crate) fn compare(&self, base: &str, head: &str) -> (Vec<Value>, usize) {
        let (base, head) = (self.history(base), self.history(head));
        let names = |history: &[(&str, &Commit)]| {
            history.iter().map(|(sha, _)| (*sha).to_owned()).collect::<BTreeSet<_>>()
        };
        let (in_base, in_head) = (names(&base), names(&head));
        let behind = base.iter().filter(|(sha, _)| !in_head.contains(*sha)).count();
        let ahead = head.iter().rev().filter(|(sha, _)| !in_base.contains(*sha));
        let shown = ahead.map(|(sha, commit)| {
            let signature = json!({ "name": commit.content.author });
            json!({
                "sha": sha,
                "commit": { "message": commit.content.message, "author": signature },
            })
        });
        (shown.collect(), behind)
    }
}
