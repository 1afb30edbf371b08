//! Why a release failed, and what to do.

use std::collections::BTreeSet;

use maud::{Markup, html};
use mist_core::{
    error::Kind,
    release::{failure::Cause, history::PastRelease},
};

use super::{
    markdown,
    parts::{commands, icon, name, plain},
};
use crate::model::{Release, Remedy};

/// The first words of the commands that are offered to copy.
const PROGRAMS: [&str; 3] = ["mist ", "aws ", "eb "];

/// The failure of `release`; nothing if it did not fail.
pub(crate) fn section(release: &Release) -> Markup {
    let Release { past, cause, remedy, .. } = release;
    if [PastRelease::DONE, PastRelease::RUNNING].contains(&past.verdict.as_str()) {
        return html! {};
    }
    let message = cause.as_ref().map(|cause| cause.message.clone()).filter(|it| !it.is_empty());
    let message = message.or_else(|| past.reason.clone());
    let step = cause.as_ref().map(|cause| cause.step.as_str()).filter(|it| !it.is_empty());
    html! {
        section.failure aria-labelledby=(heading_id(past)) {
            h2 id=(heading_id(past)) { (icon("fail", "")) (name(&past.verdict)) }
            @if let Some(step) = step { p.muted { "Failed in " strong { (name(step)) } } }
            p.message { (commands(message.as_deref().unwrap_or("No details are stored."))) }
            @if let Some(stack) = cause.as_ref().and_then(|cause| cause.stack.as_deref()) {
                p.now { strong { "The stack after the failure: " } (commands(stack)) }
            }
            @if let Some(remedy) = remedy { (what_to_do(remedy)) }
            (to_copy(past, remedy.as_ref()))
            @if let Some(cause) = cause { (log(cause)) }
        }
    }
}

fn heading_id(past: &PastRelease) -> String {
    format!("failure-{}", super::anchor(&past.stack, &past.id))
}

fn what_to_do(Remedy { text, section }: &Remedy) -> Markup {
    html! {
        div.remedy {
            h3 { "What to do" }
            (markdown::render(text))
            @if !section.is_empty() { div.muted { (markdown::render(section)) } }
        }
    }
}

/// The commands of the runbook for the stack of `past`, and the one that releases the version again.
fn to_copy(past: &PastRelease, remedy: Option<&Remedy>) -> Markup {
    let mut seen = BTreeSet::new();
    let mut ordered = Vec::new();
    let named = remedy.into_iter().flat_map(|remedy| named(&remedy.text, past));
    for command in named.chain(again(past)) {
        if seen.insert(command.clone()) {
            ordered.push(command);
        }
    }
    html! {
        @if !ordered.is_empty() {
            ul.commands aria-label="Commands" { @for command in ordered { li { (command_line(&command)) } } }
        }
    }
}

/// A command with a button that copies it.
pub(crate) fn command_line(command: &str) -> Markup {
    html! {
        div.command {
            code { (plain(command)) }
            button.copy type="button" data-copy=(command) aria-label={ "Copy " (plain(command)) } { (icon("copy", "")) span { "Copy" } }
        }
    }
}

/// The commands in `text`, with the stack and the version of `past`.
fn named(text: &str, past: &PastRelease) -> Vec<String> {
    let version = past.version.as_deref().unwrap_or("LABEL");
    let mut found = Vec::new();
    for code in text.split('`').skip(1).step_by(2) {
        if !PROGRAMS.iter().any(|program| code.starts_with(program)) {
            continue;
        }
        let words = code.split(' ').map(|word| match word {
            "STACK" => quoted(&past.stack),
            "LABEL" => quoted(version),
            "ERROR" => quoted(&past.verdict),
            "ENVIRONMENT" => {
                past.to.as_ref().map_or_else(|| word.to_owned(), |to| quoted(&to.environment))
            }
            word => word.to_owned(),
        });
        found.push(words.collect::<Vec<_>>().join(" "));
    }
    found
}

/// The command that releases the version again, if users still have the one before it.
fn again(past: &PastRelease) -> Option<String> {
    let version = past.version.as_deref()?;
    let before = match Kind::of(&past.verdict) {
        Kind::BadRequest | Kind::StackNotReady | Kind::Transient | Kind::FailedBeforeSwap => true,
        Kind::RolledBack | Kind::NeedsPerson => false,
    };
    let (stack, version) = (quoted(&past.stack), quoted(version));
    (before && past.operation == "deploy").then(|| format!("mist deploy -s {stack} -v {version}"))
}

/// `word` as a shell takes it for one word, whatever is in it.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.:/@%+=".contains(letter);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn log(cause: &Cause) -> Markup {
    html! {
        @if !cause.log.is_empty() {
            details.log open {
                summary { "Logs of the instances" }
                pre tabindex="0" { (plain(&cause.log.join("\n"))) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_others_stays_one_word_of_the_shell() {
        assert_eq!(quoted("v2.1-rc_3"), "v2.1-rc_3");
        assert_eq!(quoted("v2; rm -rf ~"), "'v2; rm -rf ~'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted("-x"), "'-x'");
        assert_eq!(quoted(""), "''");
    }
}
