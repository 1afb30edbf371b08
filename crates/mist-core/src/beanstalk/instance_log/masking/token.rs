//! Tokens of well-known shapes, and the values of HTTP authentication.

use std::ops::Range;

use super::text::{runs, word_end};

/// The beginnings of tokens, and the fewest characters that follow.
const SHAPES: [(&str, usize); 41] = [
    ("AKIA", 12),
    ("ASIA", 12),
    ("ABIA", 12),
    ("ACCA", 12),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghu_", 16),
    ("ghs_", 16),
    ("ghr_", 16),
    ("github_pat_", 16),
    ("glpat-", 16),
    ("glsa_", 16),
    ("xoxa-", 8),
    ("xoxb-", 8),
    ("xoxc-", 8),
    ("xoxd-", 8),
    ("xoxe-", 8),
    ("xoxe.", 8),
    ("xoxo-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("xoxs-", 8),
    ("xapp-", 8),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("rk_test_", 8),
    ("whsec_", 16),
    ("sk-", 20),
    ("AIza", 30),
    ("ya29.", 16),
    ("GOCSPX-", 16),
    ("SG.", 20),
    ("npm_", 20),
    ("pypi-", 20),
    ("dop_v1_", 16),
    ("shpat_", 16),
    ("hvs.", 16),
    ("NRAK-", 16),
    ("AGE-SECRET-KEY-", 16),
    // A JSON object in Base64, as in JSON Web Tokens.
    ("eyJ", 16),
];

/// The address of incoming webhooks of Slack, whose path is the secret.
const WEBHOOK: &str = "hooks.slack.com/services/";

/// The schemes of HTTP authentication.
const SCHEMES: [&str; 6] = ["bearer", "basic", "digest", "negotiate", "token", "apikey"];

/// The length of a value in small letters from which it is no English word.
const NO_WORD: usize = 16;

/// All tokens in `line`.
pub(super) fn find(line: &str) -> Vec<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.+/=~%".contains(&byte);
    let mut found: Vec<_> =
        runs(line, is_part).into_iter().filter_map(|run| shape(line, run)).collect();
    found.extend(
        line.match_indices(WEBHOOK)
            .map(|(at, _)| at + WEBHOOK.len())
            .map(|start| start..word_end(line, start)),
    );
    found.extend(runs(line, |byte| byte.is_ascii_alphabetic()).into_iter().filter_map(|scheme| {
        SCHEMES
            .iter()
            .any(|known| line[scheme.clone()].eq_ignore_ascii_case(known))
            .then(|| credentials(line, scheme.end))?
    }));
    found
}

/// The first token of a known shape in `run`, which it ends.
fn shape(line: &str, run: Range<usize>) -> Option<Range<usize>> {
    let text = &line[run.clone()];
    let bytes = text.as_bytes();
    let starts = (0..bytes.len()).filter(|at| *at == 0 || !bytes[at - 1].is_ascii_alphanumeric());
    let is_token = |start: &usize| {
        SHAPES.iter().any(|(shape, fewest)| {
            let rest = text[*start..].strip_prefix(shape);
            rest.is_some_and(|rest| {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
                let length = rest.bytes().take_while(|byte| is_part(byte)).count();
                // `sk-learn-…` and `npm_lifecycle_…` are names: they have no digits or no capitals.
                length >= *fewest && has_no_word_shape(&rest[..length])
            })
        })
    };
    starts.into_iter().find(is_token).map(|start| run.start + start..run.end)
}

/// Whether a text is more than small letters and their separators.
fn has_no_word_shape(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// The credentials after the name of a scheme, which ends at `end`.
fn credentials(line: &str, end: usize) -> Option<Range<usize>> {
    let rest = &line[end..];
    let start = end + rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let end = start
        + line[start..]
            .find(|letter: char| letter.is_whitespace() || "\"'\\,;".contains(letter))
            .unwrap_or(line.len() - start);
    let value = &line[start..end];
    (start > 0 && line[..start].ends_with([' ', '\t']) && is_no_word(value)).then_some(start..end)
}

/// Whether a value is no word of a sentence, such as the last one of "basic authentication".
pub(super) fn is_no_word(value: &str) -> bool {
    let value = value.trim_end_matches(['.', ',', ';', ':', ')', ']', '!', '?']);
    let mut letters = value.chars();
    let first = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic());
    let word = first && letters.all(|letter| letter.is_ascii_lowercase());
    value.len() >= 4 && (!word || value.len() >= NO_WORD)
}
