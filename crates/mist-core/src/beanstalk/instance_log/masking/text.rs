//! Parts of a line, and what stands in place of a secret.

use std::ops::Range;

/// The text in place of a secret.
pub(super) const MASK: &str = "[masked]";

/// The runs of bytes in `line` for which `belongs` is true, as ranges.
pub(super) fn runs(line: &str, belongs: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, byte) in line.bytes().enumerate().filter(|(_, byte)| belongs(*byte)) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => runs.push(at..at + usize::from(byte.is_ascii())),
        }
    }
    runs
}

/// The end of the word that begins at `start`: the next white space, or the end of the line.
pub(super) fn word_end(line: &str, start: usize) -> usize {
    line[start..].find(char::is_whitespace).map_or(line.len(), |length| start + length)
}

/// The place after the last character of `text` for which `belongs` is true; 0 if there is none.
pub(super) fn after_last(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    let last = text.char_indices().rfind(|(_, character)| belongs(*character));
    last.map_or(0, |(at, character)| at + character.len_utf8())
}
