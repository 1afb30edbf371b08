//! Whole numbers with bounds.

use serde::{Deserialize, Serialize};

/// A whole number from `MIN` to `MAX`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "u32", into = "u32")]
pub struct Ranged<const MIN: u32, const MAX: u32>(u32);

impl<const MIN: u32, const MAX: u32> Ranged<MIN, MAX> {
    /// `number`. In a constant, the compiler checks the bounds; elsewhere, it panics outside of them.
    pub const fn new(number: u32) -> Self {
        assert!(MIN <= number && number <= MAX, "out of bounds");
        Self(number)
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl<const MIN: u32, const MAX: u32> TryFrom<u32> for Ranged<MIN, MAX> {
    type Error = String;

    fn try_from(number: u32) -> Result<Self, String> {
        if (MIN..=MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(format!("{number} is not from {MIN} to {MAX}"))
        }
    }
}

impl<const MIN: u32, const MAX: u32> From<Ranged<MIN, MAX>> for u32 {
    fn from(number: Ranged<MIN, MAX>) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Percent = Ranged<0, 100>;

    fn read(json: &str) -> Result<u32, String> {
        serde_json::from_str::<Percent>(json).map(Ranged::get).map_err(|error| error.to_string())
    }

    #[test]
    fn accepts_its_bounds_and_numbers_between_them() {
        for number in [0, 50, 100] {
            assert_eq!(read(&number.to_string()), Ok(number));
        }
        assert_eq!(serde_json::to_string(&Percent::new(7)).unwrap(), "7");
    }

    #[test]
    fn refuses_a_number_outside_of_its_bounds_and_names_them() {
        assert_eq!(read("101"), Err("101 is not from 0 to 100".to_owned()));
        assert_eq!(Ranged::<1, 2>::try_from(0), Err("0 is not from 1 to 2".to_owned()));
    }

    #[test]
    fn refuses_a_value_that_is_no_whole_number() {
        for json in ["-1", "1.5", "\"7\"", "null", "4294967296"] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
