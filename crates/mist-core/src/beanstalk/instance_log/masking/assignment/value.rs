//! The value of a key: after an equals sign, a colon, an arrow, a tag, a comma, or as the next argument.

use std::ops::Range;

use super::super::{text::word_end, token::is_no_word};
use super::key::Kind;

/// The signs between a key and its value, longest first. `::` is none: it is within a path.
const SIGNS: [&str; 9] = ["===", "=>", ":=", "==", "->", "%3D", "%3d", "=", ":"];

/// The verbs between a key and its value.
const VERBS: [&str; 3] = [" is ", " was ", " to "];

const BLANKS: [char; 2] = [' ', '\t'];

/// The value of the key at `key`; `None` if none follows it.
pub(super) fn find(line: &str, key: Range<usize>, kind: Kind) -> Option<Range<usize>> {
    let after = &line[key.end..];
    let at = |rest: &str| line.len() - rest.len();
    if line[..key.start].ends_with(['<', ':']) && after.starts_with('>') {
        let end = after.find('<').unwrap_or(after.len());
        return Some(key.end + 1..key.end + end);
    }
    let closed = after.trim_start_matches(['\\', '"', '\'', '`', ']']);
    let was_quoted = closed.len() < after.len();
    let rest = closed.trim_start_matches(BLANKS);
    if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        let path = rest.starts_with("::");
        let rest = rest[sign.len()..].trim_start_matches(BLANKS);
        let to_end = kind == Kind::Rest || kind == Kind::Phrase && *sign == ":";
        return (!path).then(|| value(line, at(rest), to_end));
    }
    if line[key.clone()].starts_with('-') && after.starts_with(BLANKS) {
        let start = at(after.trim_start_matches(BLANKS));
        return (!line[start..].starts_with('-')).then(|| plain(line, start, false));
    }
    if was_quoted {
        return in_pair(line, at(rest));
    }
    let verb = VERBS.iter().find(|verb| closed.starts_with(**verb))?;
    let start = at(closed) + verb.len();
    let word = value(line, start, false);
    is_no_word(&line[word.clone()]).then_some(word)
}

/// The value after a quoted key at `start`, as in `("password", "…")` or `{"name": "PASSWORD", "value": "…"}`.
fn in_pair(line: &str, start: usize) -> Option<Range<usize>> {
    let rest = line[start..].trim_start_matches([',', ' ', '\t']);
    let name = rest.trim_start_matches(['\\', '"', '\'']);
    let named = name
        .get(..5)
        .filter(|name| name.eq_ignore_ascii_case("value"))
        .map(|_| name[5..].trim_start_matches(['\\', '"', '\'', ' ', '\t', ':', '=', '>']));
    let start = line.len() - named.unwrap_or(name).len();
    let quoted = named.is_some() || name.len() < rest.len() && line[..start].contains(',');
    quoted.then(|| {
        let end = line[start..].find(['"', '\'', '\\']).map_or(line.len(), |end| start + end);
        start..end
    })
}

/// The value at `start`: to its closing quote, to the end of the line, or a word.
fn value(line: &str, start: usize, to_end: bool) -> Range<usize> {
    let rest = &line[start..];
    let escapes = rest.bytes().take_while(|byte| *byte == b'\\').count();
    let Some(quote) = rest[escapes..].chars().next().filter(|it| "\"'`".contains(*it)) else {
        return plain(line, start, to_end);
    };
    let begin = start + escapes + 1;
    let closing = line[begin..].match_indices(quote).map(|(at, _)| begin + at).find(|at| {
        let slashes = line[begin..*at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        if escapes == 0 { slashes % 2 == 0 } else { slashes <= escapes }
    });
    let end = closing.map_or(line.len(), |at| {
        let slashes = line[begin..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        at - slashes.min(escapes)
    });
    begin..end
}

fn plain(line: &str, start: usize, to_end: bool) -> Range<usize> {
    let end = if to_end { line.len() } else { word_end(line, start) };
    start..end
}
