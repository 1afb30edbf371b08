//! Text without characters that a terminal obeys, or does not show.

use std::borrow::Cow;

pub(super) use mist_core::visible::is_hidden;

/// `text` with the code of each hidden character in its place, such as `\u{1b}`. The end of a line is a newline, also
/// where it was a carriage return and a newline.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let replaced = |shown: String, letter: char| match letter {
        letter if is_hidden(letter) => shown + &letter.escape_unicode().to_string(),
        letter => shown + letter.encode_utf8(&mut [0; 4]),
    };
    Cow::Owned(text.replace("\r\n", "\n").chars().fold(String::new(), replaced))
}

/// The JSON document `text` with an escape of JSON in place of each hidden character, so that its value is the same.
pub(super) fn visible_json(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if !is_hidden(letter) {
            shown.push(letter);
            continue;
        }
        let mut units = [0; 2];
        shown.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn control_and_invisible_characters_become_their_codes() {
        for (text, shown) in [
            ("one\u{1b}[2J two", "one\\u{1b}[2J two"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("v1\u{202e}2v", "v1\\u{202e}2v"),
            ("Q\u{200b}A", "Q\\u{200b}A"),
            ("10 %\r100 %", "10 %\\u{d}100 %"),
            ("one\r\ntwo\tthree\n\u{7}", "one\ntwo\tthree\n\\u{7}"),
            ("Größe → 2 ✓", "Größe → 2 ✓"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    proptest! {
        #[test]
        fn no_hidden_character_is_left(text in any::<String>()) {
            prop_assert!(!visible(&text).contains(is_hidden));
        }

        #[test]
        fn json_keeps_its_value(text in any::<String>()) {
            let document = serde_json::to_string_pretty(&[&text]).unwrap();
            let shown = visible_json(&document);
            prop_assert!(!shown.contains(is_hidden));
            let read: Value = serde_json::from_str(&shown).unwrap();
            prop_assert_eq!(read[0].as_str(), Some(text.as_str()));
        }
    }
}
