//! Rust code as words and marks, without comments, texts and what only tests compile.

use std::{iter::Peekable, str::CharIndices};

/// A word or a mark of the code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind<'a> {
    /// A keyword, a name, or a number.
    Word(&'a str),
    /// `::`.
    Path,
    /// Any other character.
    Mark(char),
}

/// A piece of code and its place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    /// The number of its line, from one.
    pub(super) line: usize,
}

/// The tokens of `text`, without the items that `#[cfg(test)]` precedes.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    without_tests(&lex(text))
}

fn lex(text: &str) -> Vec<Token<'_>> {
    let mut found: Vec<Token<'_>> = Vec::new();
    let mut letters = text.char_indices().peekable();
    let mut line = 1;
    while let Some((start, letter)) = letters.next() {
        let rest = &text[start..];
        let first = line;
        let kind = if letter == '\n' {
            line += 1;
            continue;
        } else if letter.is_whitespace() {
            continue;
        } else if let Some(length) = opaque(rest) {
            line += rest[..length].matches('\n').count();
            advance(&mut letters, start + length);
            continue;
        } else if is_word(letter) {
            let length = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            advance(&mut letters, start + length);
            Kind::Word(&rest[..length])
        } else if rest.starts_with("::") {
            letters.next();
            Kind::Path
        } else {
            Kind::Mark(letter)
        };
        found.push(Token { kind, line: first });
    }
    found
}

fn advance(letters: &mut Peekable<CharIndices<'_>>, end: usize) {
    while letters.next_if(|(at, _)| *at < end).is_some() {}
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of the comment, the text or the character that `code` begins with.
fn opaque(code: &str) -> Option<usize> {
    if code.starts_with("//") {
        return Some(code.find('\n').unwrap_or(code.len()));
    }
    if code.starts_with("/*") {
        return Some(block_comment(code));
    }
    let prefix = ["br", "cr", "b", "c", "r", ""].into_iter().find(|it| {
        let rest = code.strip_prefix(it);
        rest.is_some_and(|rest| {
            rest.trim_start_matches('#').starts_with('"') || character(rest) > 0
        })
    })?;
    let rest = &code[prefix.len()..];
    let fences = rest.len() - rest.trim_start_matches('#').len();
    let length = match character(rest) {
        0 if prefix.ends_with('r') => raw(rest, fences)?,
        // `#"` without an `r` is no text.
        0 if fences > 0 => return None,
        0 => escaped(rest),
        length => length,
    };
    Some(prefix.len() + length)
}

/// Block comments nest.
fn block_comment(code: &str) -> usize {
    let mut depth = 0;
    for (at, _) in code.char_indices() {
        if code[at..].starts_with("/*") {
            depth += 1;
        } else if at > 1 && code[at..].starts_with("*/") {
            depth -= 1;
        }
        if depth == 0 {
            return at + 2;
        }
    }
    code.len()
}

/// The length of a character in quotes; zero for a lifetime and everything else.
fn character(code: &str) -> usize {
    let Some(inner) = code.strip_prefix('\'') else { return 0 };
    let mut letters = inner.char_indices();
    match letters.next() {
        Some((_, '\\')) => inner[2..].find('\'').map_or(0, |end| end + 4),
        Some(_) => letters.next().filter(|(_, it)| *it == '\'').map_or(0, |(end, _)| end + 2),
        None => 0,
    }
}

fn raw(code: &str, fences: usize) -> Option<usize> {
    let open = fences + 1;
    let close = format!("\"{}", "#".repeat(fences));
    Some(open + code.get(open..)?.find(&close)? + close.len())
}

fn escaped(code: &str) -> usize {
    let mut skipped = false;
    for (at, letter) in code.char_indices().skip(1) {
        match letter {
            _ if skipped => skipped = false,
            '\\' => skipped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// Leaves out each item under `#[cfg(test)]`: all up to its semicolon, or its closing brace.
fn without_tests<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    use Kind::{Mark, Word};
    const TEST: [Kind<'_>; 7] =
        [Mark('#'), Mark('['), Word("cfg"), Mark('('), Word("test"), Mark(')'), Mark(']')];
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let [first, others @ ..] = rest {
        if rest.iter().map(|it| it.kind).take(TEST.len()).eq(TEST) {
            rest = &rest[TEST.len() + item(&rest[TEST.len()..])..];
        } else {
            kept.push(*first);
            rest = others;
        }
    }
    kept
}

/// The number of tokens of the item that `tokens` begin with.
fn item(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Mark('{' | '(' | '[') => depth += 1,
            Kind::Mark('}' | ')' | ']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Fields, variants and arguments end with a comma.
        let ends = matches!(token.kind, Kind::Mark(';' | '}' | ','));
        if ends && depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let words = tokens(text).into_iter().filter_map(|token| match token.kind {
            Kind::Word(word) => Some(word),
            Kind::Path | Kind::Mark(_) => None,
        });
        words.collect()
    }

    #[test]
    fn comments_and_texts_are_no_words() {
        assert_eq!(words("a // b\nc /* d /* e */ f */ g"), ["a", "c", "g"]);
        assert_eq!(words(r##"a "b \" c" d r#"e " f"# g b"h" i"##), ["a", "d", "g", "i"]);
        assert_eq!(words(r"a 'b' c '\'' d '\u{1F600}' e"), ["a", "c", "d", "e"]);
        assert_eq!(words("fn f<'a>(it: &'a str)"), ["fn", "f", "a", "it", "a", "str"]);
    }

    #[test]
    fn what_only_tests_compile_is_left_out() {
        assert_eq!(words("a; #[cfg(test)] mod b { use c::{d}; } e"), ["a", "e"]);
        assert_eq!(words("#[cfg(test)]\n#[path = \"x\"]\nmod b; c"), ["c"]);
        assert_eq!(words("#[cfg(test)] use a::{b, c}; d"), ["d"]);
        assert_eq!(words("#[cfg(unix)] mod b; c").len(), 5);
    }

    #[test]
    fn lines_are_counted_through_texts() {
        let text = "\"a\nb\"\nc";
        assert_eq!(tokens(text), [Token { kind: Kind::Word("c"), line: 3 }]);
    }
}
