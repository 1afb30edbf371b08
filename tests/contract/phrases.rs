//! The words of the project: phrases that `docs/GLOSSARY.md` and the field have better words for are kept out.

use std::path::Path;

use crate::project::{self, Result, none};

/// Phrases, and what to write in their place.
const PHRASES: [(&str, &str); 13] = [
    ("lead to", "a record *points to* an environment; a cause *results in* something"),
    ("leads to", "a record *points to* an environment; a cause *results in* something"),
    ("leading to", "a record *points to* an environment; a cause *results in* something"),
    ("way back", "mist *swaps back*, or a person *rolls back*"),
    ("turned bad", "an environment *became unhealthy*"),
    ("turns bad", "an environment *becomes unhealthy*"),
    ("in vain", "say what *timed out*, and after how long"),
    ("told of", "a system is *notified of* something, or it *reports* something"),
    ("speak against", "a check *failed*"),
    ("speaks against", "a check *failed*"),
    ("nobody", "say which system does not: *the lock is free*"),
    ("everybody", "say who: *every user*, *all callers*"),
    ("anybody", "say who: *any caller*"),
];

/// The words that may follow *somebody*: what people do. Before any other word, it would be a system.
const PEOPLE: &str = "\
    acts assigned changed changes commits committed created creates decides deleted deletes deployed \
    deploys did edited edits else gives looks made makes moved moves must overwrote published puts \
    released releases removed requested requests sets started starts stopped stops terminated terminates \
    updates uploaded uploads uses who works";

/// Files that are not ours to word, by the beginning of their paths: decisions stay as they were made, and the rest
/// is what other programs print.
const FOREIGN: [&str; 5] = [
    "Cargo.lock",
    "docs/adr/",
    "rehearsal/mist-local/src/recorder/nerdgraph.graphql",
    "tests/conformance/streams/",
    // It lists the phrases.
    "tests/contract/phrases.rs",
];

/// A word in lower case, and the number of its line.
type Word = (String, usize);

/// The words of `text`. Those of a name, such as `name_servers`, are words as well.
fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let words = line.split(|letter: char| !letter.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty());
        found.extend(words.map(|word| (word.to_lowercase(), index + 1)));
    }
    found
}

/// The phrases in the text of the file at `path`.
fn check(path: &str, text: &str) -> Vec<String> {
    let words = words(text);
    let mut problems = Vec::new();
    for (at, (word, line)) in words.iter().enumerate() {
        let mut report = |phrase: &str, instead: &str| {
            problems.push(format!("{path}:{line}: says `{phrase}`; {instead}"));
        };
        for (phrase, instead) in PHRASES {
            let mut rest = words[at..].iter().map(|(word, _)| word.as_str());
            if phrase.split(' ').all(|expected| rest.next() == Some(expected)) {
                report(phrase, instead);
            }
        }
        let next = words.get(at + 1).map_or("", |(word, _)| word.as_str());
        if word == "somebody" && !PEOPLE.split(' ').any(|allowed| allowed == next) {
            report("somebody", "it is for people and what they do; name the system");
        }
    }
    problems
}

/// The part of the file at `path` that is still written: releases of the changelog stay as they are.
fn open<'a>(path: &str, text: &'a str) -> &'a str {
    if path != "CHANGELOG.md" {
        return text;
    }
    let second = text.match_indices("\n## ").nth(1);
    &text[..second.map_or(text.len(), |(at, _)| at)]
}

#[test]
fn the_words_are_those_of_the_field() -> Result {
    let listed = project::output_of("git", &["ls-files"])?;
    let ours = |path: &&str| {
        // Golden traces have their own words, and pictures none.
        let ending = Path::new(path).extension();
        let skipped = ending.is_some_and(|ending| ending == "snap" || ending == "png");
        !skipped && !FOREIGN.iter().any(|foreign| path.starts_with(foreign))
    };
    let mut problems = Vec::new();
    let mut files = 0;
    for path in listed.lines().filter(ours).filter(|path| project::root().join(path).is_file()) {
        files += 1;
        problems.extend(check(path, open(path, &project::read(path)?)));
    }
    assert!(files > 500, "git lists only {files} files");
    none(&problems);
    Ok(())
}

#[test]
fn a_phrase_is_found_across_lines_and_in_names() {
    let count = |text: &str| check("lib.rs", text).len();
    assert_eq!(count("/// The record points to the environment. Somebody else changed it.\n"), 0);
    assert_eq!(count("/// The name leads\n/// to the side.\n"), 1);
    assert_eq!(count("fn a_wait_in_vain() {}\n"), 1);
    assert_eq!(count("Told of it, Nobody knew the way back."), 3);
    assert_eq!(count("// somebody holds the lock\n"), 1);
    assert_eq!(count("// It is free for somebody"), 1);
}

#[test]
fn releases_of_the_changelog_are_not_rewritten() {
    let text = "# Changelog\n\n## Unreleased\n\nnew\n\n## 1\n\nold\n";
    assert!(open("CHANGELOG.md", text).ends_with("new\n"));
    assert_eq!(open("README.md", text), text);
}
