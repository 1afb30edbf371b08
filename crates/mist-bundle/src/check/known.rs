//! The bytes of a bundle that a check has read, and those that it needs.

use std::ops::Range;

/// The most bytes that a check reads. A bundle that needs more is not refused: its contents are not checked.
pub(super) const MOST: u64 = 32 * 1024 * 1024;

/// The reason why a check cannot go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// It needs these bytes.
    Needs(Range<u64>),
    /// The bundle is unsound: what is wrong with it, as the rest of a sentence about it.
    Unsound(String),
}

pub(super) fn unsound<T>(problem: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Unsound(problem.into()))
}

/// The bytes that are known.
#[derive(Debug)]
pub(super) struct Known {
    /// The size of the bundle.
    pub(super) size: u64,
    /// What was read, with its place.
    pub(super) parts: Vec<(u64, Vec<u8>)>,
}

impl Known {
    /// The bytes of `range`, if they are known and the bundle has them.
    pub(super) fn bytes(&self, range: Range<u64>) -> Result<&[u8], Stop> {
        if range.start > range.end || range.end > self.size {
            return unsound("is damaged: a place in it is outside of it");
        }
        if range.is_empty() {
            return Ok(&[]);
        }
        let slice = |(start, bytes): &'_ (u64, Vec<u8>)| {
            let from = usize::try_from(range.start.checked_sub(*start)?).ok()?;
            let to = usize::try_from(range.end.checked_sub(*start)?).ok()?;
            (to <= bytes.len()).then_some((from, to))
        };
        let found = self.parts.iter().find_map(|part| Some((part, slice(part)?)));
        match found {
            Some(((_, bytes), (from, to))) => Ok(&bytes[from..to]),
            None => Err(Stop::Needs(range)),
        }
    }
}
