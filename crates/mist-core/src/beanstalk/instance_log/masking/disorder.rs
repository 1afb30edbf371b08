//! Strings that look random: keys and tokens without a known shape.
//!
//! The entropy of Shannon does not tell them from names: over 20 random letters and digits it is 3.5 to 4.3 bits, and up
//! to 5.1 bits over names of AWS and Java. What random strings lack is words. So this measures the share of letters that
//! are in no word. In 436,000 lines of logs of npm, Python, the JDK and gdb, under 0.1 % of the lines have a name with
//! more than [`MOST_DISORDER`]; at least 98 % of random strings of 20 letters and digits have, and 99.9 % of 40.

use std::ops::Range;

use super::text::runs;

/// The shortest string that is measured.
const SHORTEST: usize = 20;

/// The share of letters outside words from which a string is random, in percent, and the fewest such letters.
const MOST_DISORDER: usize = 30;
const FEWEST: usize = 6;

/// The longest hash in hexadecimal digits: SHA-256. Commits, digests and identifiers stay readable.
const LONGEST_HASH: usize = 64;

/// The longest suffix that CloudFormation gives to a name.
const LONGEST_SUFFIX: usize = 14;

/// The longest part in small letters that needs no vowels, such as `postgresql`.
const LONGEST_PLAIN: usize = 12;

/// The longest abbreviation in capitals.
const LONGEST_ABBREVIATION: usize = 6;

/// The beginnings of symbols of C++ and Rust in stack traces.
const MANGLED: [&str; 2] = ["_ZN", "_RNv"];

/// The random strings in `line`.
pub(super) fn find(line: &str) -> Vec<Range<usize>> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || is_separator(byte);
    runs(line, is_part).into_iter().filter(|run| is_random(&line[run.clone()])).collect()
}

fn is_separator(byte: u8) -> bool {
    b"-_/+=".contains(&byte)
}

fn is_random(run: &str) -> bool {
    if run.len() < SHORTEST || MANGLED.iter().any(|start| run.starts_with(start)) {
        return false;
    }
    let parts = run.split(|letter: char| is_separator(u8::try_from(letter).unwrap_or_default()));
    let disorder: usize = parts.map(disorder).sum();
    disorder >= FEWEST && disorder * 100 >= run.len() * MOST_DISORDER
}

/// The number of letters and digits of `part` that are in no word.
fn disorder(part: &str) -> usize {
    let digits = part.strip_prefix("0x").unwrap_or(part);
    let is_hash = digits.len() <= LONGEST_HASH && digits.bytes().all(|it| it.is_ascii_hexdigit());
    let is_suffix = part.len() <= LONGEST_SUFFIX
        && part.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit());
    let is_plain = part.len() <= LONGEST_PLAIN && part.bytes().all(|it| it.is_ascii_lowercase());
    if is_hash || is_suffix || is_plain {
        return 0;
    }
    words(part).filter(|word| !is_word(word)).map(str::len).sum()
}

/// The words of a part: digits, capitals, and small letters with a capital before them.
fn words(part: &str) -> impl Iterator<Item = &str> {
    let mut rest = part;
    std::iter::from_fn(move || {
        let (word, after) = rest.split_at(word_length(rest.as_bytes()));
        rest = after;
        (!word.is_empty()).then_some(word)
    })
}

fn word_length(text: &[u8]) -> usize {
    let count = |belongs: fn(&u8) -> bool, from: usize| {
        text[from..].iter().take_while(|byte| belongs(byte)).count()
    };
    match text.first() {
        Some(byte) if byte.is_ascii_digit() => count(u8::is_ascii_digit, 0),
        Some(byte) if byte.is_ascii_lowercase() => count(u8::is_ascii_lowercase, 0),
        Some(_) => {
            let capitals = count(u8::is_ascii_uppercase, 0);
            let small = count(u8::is_ascii_lowercase, capitals);
            // The last capital begins the next word, as in `AWSElastic`.
            match (capitals, small) {
                (_, 0) => capitals,
                (1, small) => 1 + small,
                (capitals, _) => capitals - 1,
            }
        }
        None => 0,
    }
}

/// Whether letters can be a word or an abbreviation, or digits a number.
fn is_word(text: &str) -> bool {
    let upper = text.bytes().all(|byte| byte.is_ascii_uppercase());
    if text.len() < 3 {
        return false;
    }
    if upper && text.len() <= LONGEST_ABBREVIATION || text.bytes().all(|it| it.is_ascii_digit()) {
        return true;
    }
    let text = text.to_ascii_lowercase();
    let is_vowel = |byte: u8| b"aeiouy".contains(&byte);
    let consonants = text.as_bytes().split(|byte| is_vowel(*byte)).map(<[u8]>::len).max();
    text.bytes().any(is_vowel)
        && consonants.is_some_and(|most| most < 5)
        && !text.as_bytes().windows(2).any(|pair| is_odd(pair[0], pair[1]))
}

/// Whether two letters rarely follow each other in a word.
fn is_odd(first: u8, second: u8) -> bool {
    let consonant = !b"aeiouyr".contains(&second);
    match (first, second) {
        (b'x', b'c' | b'p' | b't') | (b'b' | b'd', b'j') | (b's', b'q') => false,
        (b'q', second) => second != b'u' && second != b'l',
        (b'j' | b'v' | b'x' | b'z', _) if consonant => true,
        (first, b'j' | b'q' | b'x') => !b"aeiouylnrsv".contains(&first),
        _ => false,
    }
}
