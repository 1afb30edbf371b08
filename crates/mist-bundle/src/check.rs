//! The check of a bundle before it is uploaded, or before anything is made of it: whether Beanstalk and its instances can
//! read it.
//!
//! A check reads the few bytes that it needs: the beginning, the directory at the end, and the files that Beanstalk
//! itself reads. It asks for them one range after another, so that they can come from a file or from a bucket.

mod contents;
mod directory;
mod known;

#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use mist_core::stack::artifact;

use known::{Known, MOST, Stop, unsound};

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
pub struct Check(Known);

impl Check {
    /// A check of a bundle of `size` bytes.
    pub fn new(size: u64) -> Self {
        Self(Known { size, parts: Vec::new() })
    }

    /// Adds the bytes of the bundle from `start` on.
    pub fn add(&mut self, start: u64, bytes: Vec<u8>) {
        self.0.parts.push((start, bytes));
    }

    /// The result of the check, or the bytes that it needs.
    pub fn next(&self) -> Next {
        let read: u64 = self.0.parts.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        match self.all() {
            Ok(()) => Next::Sound,
            Err(Stop::Unsound(problem)) => Next::Unsound(problem),
            Err(Stop::Needs(range)) if read + (range.end - range.start) > MOST => Next::Sound,
            Err(Stop::Needs(range)) => Next::Read(range),
        }
    }

    fn all(&self) -> Result<(), Stop> {
        let Self(known) = self;
        let head = known.bytes(0..known.size.min(4))?;
        if let Some(problem) = artifact::problem(known.size, head) {
            return unsound(problem);
        }
        let directory = directory::read(known)?;
        contents::check(known, &directory)
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
