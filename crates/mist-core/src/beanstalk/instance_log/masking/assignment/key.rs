//! Keys that name a secret.

/// The form of the secret that a key names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    /// A word. A short number is a count.
    Word,
    /// A word, or the rest of the line after a colon.
    Phrase,
    /// The rest of the line.
    Rest,
}

/// The endings of the last part of a key, by kind. The first two are endings of one word, the others are whole parts.
const RESTS: [&str; 6] =
    ["passphrase", "cookie", "authorization", "mnemonic", "connectionstring", "accountkey"];
const PHRASES: [&str; 7] =
    ["password", "passwd", "passwort", "pwd", "secret", "credential", "passcode"];
const WORDS: [&str; 5] = ["token", "session", "signature", "jwt", "webhook"];
const WHOLE: [&str; 10] =
    ["pass", "pw", "auth", "oauth", "otp", "pin", "sid", "sas", "dsn", "bearer"];

/// Keys of several parts, written as one.
const COMPOUNDS: [&str; 12] = [
    "apikey",
    "accesskey",
    "privatekey",
    "authkey",
    "sharedkey",
    "signingkey",
    "encryptionkey",
    "masterkey",
    "licensekey",
    "licencekey",
    "deploykey",
    "secretkey",
];

/// The parts that may follow the name of a secret, as in `SECRET_KEY_BASE`.
const NEUTRAL: [&str; 12] = [
    "key",
    "id",
    "base",
    "value",
    "string",
    "hash",
    "text",
    "new",
    "old",
    "current",
    "header",
    "confirmation",
];

/// The kind of secret that `key` names; `None` if it names none. Words in other places, as in `TokenExpiredError` or
/// `passwordFile`, name something else.
pub(super) fn kind(key: &str) -> Option<Kind> {
    let parts = parts(key);
    let mut parts = parts.as_slice();
    loop {
        let (last, before) = parts.split_last()?;
        if let Some(kind) = kind_of(last, &parts.concat()) {
            return Some(kind);
        }
        if before.is_empty() || !NEUTRAL.contains(&last.as_str()) {
            return None;
        }
        parts = before;
    }
}

fn kind_of(last: &str, whole: &str) -> Option<Kind> {
    let singular = last.strip_suffix('s').unwrap_or(last);
    let ends = |endings: &[&str], text: &str| endings.iter().any(|ending| text.ends_with(ending));
    if ends(&RESTS, singular) || ends(&RESTS, whole) {
        Some(Kind::Rest)
    } else if ends(&PHRASES, singular) || ends(&COMPOUNDS, whole) {
        Some(Kind::Phrase)
    } else if ends(&WORDS, singular) || WHOLE.contains(&last) {
        Some(Kind::Word)
    } else {
        None
    }
}

/// The parts of a key in small letters, without numbers at their ends: `dbPassword2` has `db` and `password`.
fn parts(key: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let letters: Vec<_> = key.chars().collect();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let small_after = letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let hump = letter.is_ascii_uppercase()
            && before.is_some_and(|it| {
                it.is_ascii_lowercase() || it.is_ascii_uppercase() && small_after
            });
        if hump || !letter.is_ascii_alphanumeric() {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            part.push(letter.to_ascii_lowercase());
        }
    }
    let bare = parts.iter().map(|part| part.trim_end_matches(|it: char| it.is_ascii_digit()));
    bare.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
