//! Generated names and identifiers.

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// A generator of names. The same seed gives the same names.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub(crate) struct Names(fastrand::Rng);

/// A generator with a seed.
impl From<u64> for Names {
    fn from(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }
}

impl From<Names> for u64 {
    fn from(names: Names) -> Self {
        names.0.get_seed()
    }
}

impl Names {
    /// A generator. Without a seed, the names are random.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed))
    }

    /// A generator that depends only on a text.
    pub(crate) fn of(text: &str) -> Self {
        // The FNV hash, which does not change with library versions.
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self::from(hash)
    }

    /// A name of `length` lower-case letters and digits.
    pub(crate) fn alphanumeric(&mut self, length: usize) -> String {
        (0..length).filter_map(|_| self.0.choice(ALPHABET)).map(|byte| char::from(*byte)).collect()
    }

    /// A name of `length` hexadecimal digits.
    pub(crate) fn hexadecimal(&mut self, length: usize) -> String {
        (0..length).map(|_| self.0.digit(16)).collect()
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        Builder::from_random_bytes(self.0.u128(..).to_be_bytes()).into_uuid()
    }

    pub(crate) fn instance_id(&mut self) -> String {
        format!("i-{}", self.hexadecimal(17))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_names_have_their_length_and_differ() {
        let mut names = Names::new(None);
        assert_eq!(names.alphanumeric(10).len(), 10);
        assert_ne!(names.alphanumeric(10), names.alphanumeric(10));
        assert_eq!(names.hexadecimal(17).len(), 17);
    }

    #[test]
    fn the_same_seed_makes_the_same_names() {
        let timeline = |seed| {
            let mut names = Names::new(Some(seed));
            (names.alphanumeric(10), names.instance_id(), names.uuid())
        };
        assert_eq!(timeline(7), timeline(7));
        assert_ne!(timeline(7), timeline(8));
    }

    #[test]
    fn names_of_a_text_depend_on_the_text_only() {
        let name = |text| Names::of(text).alphanumeric(10);
        assert_eq!(name("e-1/0"), name("e-1/0"));
        assert_ne!(name("e-1/0"), name("e-1/1"));
        assert_ne!(name("e-1/0"), name("e-2/0"));
    }
}
