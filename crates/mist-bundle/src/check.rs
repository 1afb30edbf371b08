//! The check of a bundle before it is uploaded, or before anything is made of it: whether Beanstalk and its instances can
//! read it.
//!
//! A check reads the few bytes that it needs: the beginning, the directory at the end, and the files that Beanstalk
//! itself reads. It asks for them one range after another, so that they can come from a file or from a bucket.

mod contents;
mod directory;

#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use mist_core::stack::artifact;

/// The most bytes that a check reads. A bundle that needs more is not refused: its contents are not checked.
const MOST: u64 = 32 * 1024 * 1024;

/// The reason why a check cannot go on.
#[derive(Debug)]
enum Stop {
    /// It needs these bytes.
    Needs(Range<u64>),
    /// The bundle is unsound: what is wrong with it, as the rest of a sentence about it.
    Unsound(String),
}

fn unsound<T>(problem: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Unsound(problem.into()))
}

/// The next step of a check.
#[derive(Debug, Eq, PartialEq)]
pub enum Next {
    /// Read these bytes and [`Check::add`] them.
    Read(Range<u64>),
    /// The bundle is sound, as far as a check can tell.
    Sound,
    /// The bundle is unsound: what is wrong with it, as the rest of a sentence about it.
    Unsound(String),
}

/// A check of one bundle.
#[derive(Debug)]
pub struct Check {
    size: u64,
    known: Vec<(u64, Vec<u8>)>,
}

impl Check {
    /// A check of a bundle of `size` bytes.
    pub fn new(size: u64) -> Self {
        Self { size, known: Vec::new() }
    }

    /// Adds the bytes of the bundle from `start` on.
    pub fn add(&mut self, start: u64, bytes: Vec<u8>) {
        self.known.push((start, bytes));
    }

    /// The result of the check, or the bytes that it needs.
    pub fn next(&self) -> Next {
        let read: u64 = self.known.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        match self.all() {
            Ok(()) => Next::Sound,
            Err(Stop::Unsound(problem)) => Next::Unsound(problem),
            Err(Stop::Needs(range)) if read + (range.end - range.start) > MOST => Next::Sound,
            Err(Stop::Needs(range)) => Next::Read(range),
        }
    }

    fn all(&self) -> Result<(), Stop> {
        let head = self.bytes(0..self.size.min(4))?;
        if let Some(problem) = artifact::problem(self.size, head) {
            return unsound(problem);
        }
        let directory = directory::read(self)?;
        contents::check(self, &directory)
    }

    /// The bytes of `range`, if they are known and the bundle has them.
    fn bytes(&self, range: Range<u64>) -> Result<&[u8], Stop> {
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
        let found = self.known.iter().find_map(|known| Some((known, slice(known)?)));
        match found {
            Some(((_, bytes), (from, to))) => Ok(&bytes[from..to]),
            None => Err(Stop::Needs(range)),
        }
    }
}

/// Checks the bundle at `path`, and returns what is wrong with it as the rest of a sentence about it, or `None`.
pub fn check_file(path: &Path) -> io::Result<Option<String>> {
    let mut file = File::open(path)?;
    let mut check = Check::new(file.metadata()?.len());
    loop {
        match check.next() {
            Next::Sound => return Ok(None),
            Next::Unsound(problem) => return Ok(Some(problem)),
            Next::Read(range) => {
                file.seek(SeekFrom::Start(range.start))?;
                let mut bytes = Vec::new();
                (&mut file).take(range.end - range.start).read_to_end(&mut bytes)?;
                if (bytes.len() as u64) < range.end - range.start {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                check.add(range.start, bytes);
            }
        }
    }
}
