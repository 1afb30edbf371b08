//! Secrets that a log names, such as `DB_PASSWORD=…`, `"token": "…"`, `--api-key …` and `Authorization: …`.

mod key;
mod value;

use std::ops::Range;

use super::text::{MASK, after_last, runs};
use key::Kind;

/// The values that stand for no secret.
const ABSENT: [&str; 6] = ["null", "nil", "none", "undefined", "true", "false"];

/// The values of all keys in `line` that name a secret.
pub(super) fn find(line: &str) -> Vec<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let keys = runs(line, is_part);
    let mut found = Vec::new();
    for (number, run) in keys.iter().enumerate() {
        let before = number.checked_sub(1).map(|before| &keys[before]);
        let before =
            before.filter(|it| &line[it.end..run.start] == " ").map(|it| &line[it.clone()]);
        let Some(kind) = kind(before, &line[run.clone()]) else { continue };
        if is_in_arn(line, run.start) {
            continue;
        }
        let value = value::find(line, run.clone(), kind);
        found.extend(
            value.filter(|value| is_secret(&line[run.clone()], kind, &line[value.clone()])),
        );
    }
    found
}

/// The kind of secret that a key names, with the word before it: `api key` is written in two.
fn kind(before: Option<&str>, key: &str) -> Option<Kind> {
    // Parsers report an `unexpected token`.
    if before.is_some_and(|before| before.eq_ignore_ascii_case("unexpected")) {
        return None;
    }
    key::kind(key).or_else(|| before.and_then(|before| key::kind(&format!("{before}_{key}"))))
}

/// Whether the place is within an ARN, such as that of a secret. An ARN is a name.
fn is_in_arn(line: &str, place: usize) -> bool {
    let starts_word = |letter: char| letter.is_whitespace() || "\"'`=,;([{<".contains(letter);
    let start = after_last(&line[..place], starts_word);
    line[start..place].starts_with("arn:")
}

/// Whether a value may be a secret: it is neither absent, nor a number of sessions or tokens, nor masked already.
fn is_secret(key: &str, kind: Kind, value: &str) -> bool {
    let bare = value.trim_matches(|letter: char| " \t,;)}]\"'\\".contains(letter));
    // The rest of a line may go on after an absent value.
    let first = bare.split([',', ';', ')', '}', ']']).next().unwrap_or_default();
    let is_absent = first.is_empty()
        || ABSENT.iter().any(|word| first.eq_ignore_ascii_case(word))
        || bare.bytes().all(|byte| byte == b'*');
    let is_number =
        kind == Kind::Word && bare.len() < 7 && bare.bytes().all(|it| it.is_ascii_digit());
    // The working directory of a shell.
    let is_folder = matches!(key, "PWD" | "OLDPWD") && value.starts_with('/');
    !is_absent && !is_number && !is_folder && value.trim() != MASK
}
