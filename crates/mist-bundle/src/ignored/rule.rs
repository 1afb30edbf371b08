//! One rule of `.ebignore`.

use std::{iter::Peekable, str::Chars};

use regex_lite::Regex;

/// A rule: which files it matches, and whether these are left out or kept.
#[derive(Debug)]
pub(super) struct Rule {
    /// Whether the files are kept: the rule begins with `!`.
    pub(super) keeps: bool,
    files: Regex,
}

impl Rule {
    /// The rule in `line`; `None` for a comment or an empty line.
    pub(super) fn parse(line: &str) -> Result<Option<Self>, String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        let (keeps, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern),
            None => (false, line),
        };
        if pattern.is_empty() {
            return Err("`!` stands before a name".to_owned());
        }
        let files = Regex::new(&format!(r"\A{}\z", files(pattern)?));
        let files = files.map_err(|error| error.to_string())?;
        Ok(Some(Self { keeps, files }))
    }

    /// Whether the rule matches the file at `path`, or a folder that it is in.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.files.is_match(path)
    }
}

/// The regular expression of the paths that `pattern` matches.
fn files(pattern: &str) -> Result<String, String> {
    let (names, folder) = match pattern.strip_suffix('/') {
        Some(names) => (names, true),
        None => (pattern, false),
    };
    // A slash ties the pattern to the root, unless it is the last character.
    let rooted = names.contains('/');
    let mut names: Vec<_> = names.strip_prefix('/').unwrap_or(names).split('/').collect();
    names.dedup_by(|next, before| (*before, *next) == ("**", "**"));
    let last = names.len() - 1;
    let mut files = String::new();
    if !rooted && names != ["**"] {
        files.push_str("(?:.+/)?");
    }
    for (index, name) in names.iter().enumerate() {
        match (*name, index) {
            // `eb` reads `/**/` as a folder without a name, which no path has.
            ("**", 0) if last == 0 && folder && rooted => files.push('/'),
            ("**", 0) if last == 0 => files.push_str(".+"),
            ("**", 0) => files.push_str("(?:.+/)?"),
            ("**", _) if index == last => files.push_str("/.+"),
            ("**", _) => files.push_str("(?:/.+)?"),
            (name, _) => {
                if index > 1 || (index == 1 && names[0] != "**") {
                    files.push('/');
                }
                files.push_str(&in_name(name)?);
            }
        }
    }
    match (names[last], folder) {
        ("**", true) if last > 0 => {}
        (_, true) => files.push_str("/.+"),
        ("**", false) => {}
        (_, false) => files.push_str("(?:/.+)?"),
    }
    Ok(files)
}

/// The regular expression of the names that `name` matches.
fn in_name(name: &str) -> Result<String, String> {
    let mut names = String::new();
    let mut rest = name.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '*' => names.push_str("[^/]*"),
            '?' => names.push_str("[^/]"),
            '\\' => match rest.next() {
                Some(escaped) => push(&mut names, escaped),
                None => return Err("nothing follows the last backslash".to_owned()),
            },
            '[' => match class(rest.clone()) {
                Some((class, after)) => {
                    names.push_str(&class);
                    rest = after;
                }
                // Without an end, it is a letter.
                None => push(&mut names, '['),
            },
            letter => push(&mut names, letter),
        }
    }
    Ok(names)
}

/// The class of letters at the start of `rest`, after its `[`, and what follows it; `None` if it has no end. A backslash
/// is a letter of it.
fn class(mut rest: Peekable<Chars<'_>>) -> Option<(String, Peekable<Chars<'_>>)> {
    let mut class = "[".to_owned();
    if rest.next_if(|letter| matches!(letter, '!' | '^')).is_some() {
        class.push('^');
    }
    let mut letters = vec![rest.next()?];
    loop {
        match rest.next()? {
            ']' => break,
            letter => letters.push(letter),
        }
    }
    let mut letters = letters.as_slice();
    while let [first, others @ ..] = letters {
        push(&mut class, *first);
        letters = match others {
            ['-', end, others @ ..] => {
                class.push('-');
                push(&mut class, *end);
                others
            }
            others => others,
        };
    }
    class.push(']');
    Some((class, rest))
}

/// Adds `letter` as itself.
fn push(pattern: &mut String, letter: char) {
    pattern.push_str(&regex_lite::escape(letter.encode_utf8(&mut [0; 4])));
}
