//! The percent-encoded parameters of a call.

use super::error::ApiError;

/// Decodes `Name=value&Name=value`.
///
/// Incomplete escape sequences and invalid UTF-8 are refused, which is *assumed*.
pub(super) fn pairs(text: &[u8]) -> Result<Vec<(String, String)>, ApiError> {
    text.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).map(pair).collect()
}

fn pair(pair: &[u8]) -> Result<(String, String), ApiError> {
    let middle = pair.iter().position(|byte| *byte == b'=');
    let (name, value) = match middle {
        Some(middle) => (&pair[..middle], &pair[middle + 1..]),
        None => (pair, &[][..]),
    };
    Ok((decode(name)?, decode(value)?))
}

fn decode(text: &[u8]) -> Result<String, ApiError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (hexadecimal(rest.next()), hexadecimal(rest.next())) {
                (Some(high), Some(low)) => high * 16 + low,
                _ => return Err(ApiError::malformed_query()),
            },
            byte => *byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| ApiError::malformed_query())
}

fn hexadecimal(digit: Option<&u8>) -> Option<u8> {
    match digit? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
        digit @ b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pairs_are_decoded() {
        let expected = [("A", "b c"), ("ä", "&"), ("Empty", ""), ("None", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs(b"A=b+c&%C3%A4=%26&&Empty=&None").unwrap(), expected);
    }

    #[test]
    fn broken_escapes_and_bytes_that_are_no_text_are_refused() {
        for text in [&b"A=%"[..], b"A=%4", b"A=%zz", b"%fe=1", b"A=%ff%fe", b"A=\xff"] {
            assert_eq!(pairs(text), Err(ApiError::malformed_query()), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn encoding_survives_a_round_trip(value in "\\PC*") {
            let encoded = value.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
            prop_assert_eq!(pairs(format!("A={encoded}").as_bytes()).unwrap(), [("A".to_owned(), value)]);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = pairs(&bytes);
        }
    }
}
