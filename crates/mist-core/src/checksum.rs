//! The checksum of a bundle, which is its identity.

use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const PREFIX: &str = "sha256:";

/// The SHA-256 of the bytes of a bundle. Two bundles with the same checksum are the same bundle, however they were
/// uploaded, copied or encrypted. As text: `sha256:` and 64 hexadecimal digits in lower case.
#[derive(Clone, Copy, Eq, Hash, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let mut summing = Summing::default();
        summing.add(bytes);
        summing.end()
    }

    /// The 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// The 32 bytes of the sum.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A checksum of bytes that come in pieces.
#[derive(Clone, Debug, Default)]
pub struct Summing(Sha256);

impl Summing {
    /// Adds the next piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The checksum of all pieces.
    pub fn end(self) -> Checksum {
        Checksum(self.0.finalize().into())
    }
}

impl From<[u8; 32]> for Checksum {
    fn from(sum: [u8; 32]) -> Self {
        Self(sum)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{PREFIX}{}", self.hex())
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl FromStr for Checksum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a checksum: `sha256:` and 64 hexadecimal digits");
        let digits = text.strip_prefix(PREFIX).map(str::as_bytes).ok_or_else(refuse)?;
        if digits.len() != 64 {
            return Err(refuse());
        }
        let mut sum = [0; 32];
        for (byte, pair) in sum.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(digit);
            *byte = high.zip(low).map(|(high, low)| 16 * high + low).ok_or_else(refuse)?;
        }
        Ok(Self(sum))
    }
}

/// The value of a hexadecimal digit in lower case.
fn digit(letter: u8) -> Option<u8> {
    match letter {
        b'0'..=b'9' => Some(letter - b'0'),
        b'a'..=b'f' => Some(letter - b'a' + 10),
        _ => None,
    }
}

impl TryFrom<String> for Checksum {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> Self {
        checksum.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum of `abc` in the standard (FIPS 180-4).
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn is_the_sha_256_of_the_bytes_in_whatever_pieces_they_come() {
        assert_eq!(Checksum::of(b"abc").to_string(), ABC);
        let mut summing = Summing::default();
        for piece in [&b"a"[..], b"", b"bc"] {
            summing.add(piece);
        }
        assert_eq!(summing.end(), Checksum::of(b"abc"));
    }

    #[test]
    fn the_text_is_read_as_it_was_written() {
        assert_eq!(ABC.parse(), Ok(Checksum::of(b"abc")));
        let json = serde_json::to_value(Checksum::of(b"abc")).unwrap();
        assert_eq!(json, ABC);
        assert_eq!(serde_json::from_value::<Checksum>(json).unwrap(), Checksum::of(b"abc"));
    }

    #[test]
    fn refuses_other_texts() {
        let short = &ABC[..ABC.len() - 1];
        let long = format!("{ABC}0");
        let upper = ABC.replace('b', "B");
        let signed = ABC.replace(":ba", ":+a");
        for text in ["", "sha256:", "ba7816bf", &ABC[7..], short, &long, &upper, &signed] {
            let error = text.parse::<Checksum>().unwrap_err();
            assert!(error.contains("is not a checksum"), "{text}: {error}");
        }
    }
}
