//! Private keys in PEM format, over several lines or in one.

use std::ops::Range;

/// The most lines of a key. A key of 16,384 bits has 200.
const LONGEST_KEY: usize = 250;

/// Whether each line belongs to a key of several lines. The log may begin within a key, or end within one.
pub(super) fn lines(lines: &[&str]) -> Vec<bool> {
    let mut private = vec![false; lines.len()];
    let mut at = 0;
    while at < lines.len() {
        if begins(lines[at]) {
            let end = end_of(lines, at);
            private[at..end].fill(true);
            at = end;
        } else {
            if ends(lines[at]) && !lines[at].contains("BEGIN") {
                let start = lines[..at].iter().rposition(|line| !is_material(line));
                private[start.map_or(0, |before| before + 1)..=at].fill(true);
            }
            at += 1;
        }
    }
    private
}

/// The keys within `line`.
pub(super) fn find(line: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = marker(&line[at..], "-----BEGIN ") {
        let start = at + start;
        let length = marker(&line[start..], "-----END ").unwrap_or(line.len() - start);
        found.push(start..start + length);
        at = start + length;
    }
    found
}

/// Whether a key begins in `line`, and does not end there.
fn begins(line: &str) -> bool {
    let start = marker(line, "-----BEGIN ");
    start.is_some_and(|start| marker(&line[start..], "-----END ").is_none())
}

fn ends(line: &str) -> bool {
    marker(line, "-----END ").is_some()
}

/// The place of a marker of a private key, such as `-----BEGIN RSA PRIVATE KEY-----`.
fn marker(text: &str, start: &str) -> Option<usize> {
    let mut places = text.match_indices(start).map(|(place, _)| place);
    places.find(|place| {
        let name = &text[place + start.len()..];
        name.find("-----").is_some_and(|end| name[..end].contains("PRIVATE KEY"))
    })
}

/// The line after the key that begins at `begin`.
fn end_of(lines: &[&str], begin: usize) -> usize {
    let after = &lines[begin + 1..];
    let near = &after[..after.len().min(LONGEST_KEY)];
    let length = near
        .iter()
        .position(|line| ends(line))
        .map(|end| end + 1)
        .or_else(|| near.iter().position(|line| !is_material(line)));
    begin + 1 + length.unwrap_or(near.len())
}

/// Whether `line` may be a part of a key: a word in Base64 at its end.
fn is_material(line: &str) -> bool {
    let word = line.split_whitespace().next_back().unwrap_or_default();
    let word = word.trim_end_matches("\\n");
    let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let alone = word.len() == line.trim().len();
    !word.is_empty() && word.bytes().all(is_base64) && (alone || word.len() >= 32)
}
