//! The directory of a zip, as the format describes it (APPNOTE.TXT of PKWARE).

use mist_core::stack::artifact::ARCHIVE_END;

use super::known::{Known, Stop, unsound};

/// The least bytes of an entry of the directory.
const ENTRY: usize = 46;

/// A file or folder of a zip.
#[derive(Debug)]
pub(super) struct Entry {
    /// The path.
    pub(super) name: String,
    /// Whether the content is encrypted.
    pub(super) encrypted: bool,
    /// The method of compression.
    pub(super) method: u16,
    /// The checksum of the content, CRC-32.
    pub(super) crc: u32,
    /// The size in the zip.
    pub(super) packed: u32,
    /// The size of the content.
    pub(super) size: u32,
    /// The place of the header before the content.
    pub(super) header: u64,
}

/// The entries of the directory.
pub(super) fn read(check: &Known) -> Result<Vec<Entry>, Stop> {
    let end = End::find(check)?;
    let Some(start) = end.place.checked_sub(end.size) else {
        return unsound("is damaged: its directory does not fit");
    };
    // Bytes before the zip, such as a script that starts it, are not counted in its offsets.
    let before = start.saturating_sub(end.offset);
    let mut bytes = check.bytes(start..end.place)?;
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let damaged = || Stop::Unsound("is damaged: its directory cannot be read".to_owned());
        let (entry, rest) = entry(bytes, before).ok_or_else(damaged)?;
        entries.push(entry);
        bytes = rest;
    }
    if entries.len() as u64 & 0xFFFF != end.entries & 0xFFFF {
        return unsound(format!(
            "is damaged: its directory has {} entries, and should have {}",
            entries.len(),
            end.entries
        ));
    }
    Ok(entries)
}

/// What the end record says.
struct End {
    /// Where the directory ends.
    place: u64,
    entries: u64,
    size: u64,
    offset: u64,
}

impl End {
    fn find(check: &Known) -> Result<Self, Stop> {
        let start = check.size.saturating_sub(ARCHIVE_END);
        let tail = check.bytes(start..check.size)?;
        let fits = |at: &usize| {
            let record = &tail[*at..];
            record.starts_with(b"PK\x05\x06")
                && u16_at(record, 20)
                    .is_some_and(|comment| record.len() == 22 + usize::from(comment))
        };
        let Some(at) = (0..tail.len()).rev().find(fits) else {
            return unsound("is truncated: the end of the zip is missing");
        };
        let (record, place) = (&tail[at..], start + at as u64);
        let field = |at| u32_at(record, at).map(u64::from).unwrap_or_default();
        let entries = u16_at(record, 10).map(u64::from).unwrap_or_default();
        let end = Self { place, entries, size: field(12), offset: field(16) };
        if end.entries == 0xFFFF || end.size == 0xFFFF_FFFF || end.offset == 0xFFFF_FFFF {
            return end.zip64(check);
        }
        Ok(end)
    }

    /// The same for a zip with more than 65,535 files: a larger record is before this one, and its locator between them.
    fn zip64(self, check: &Known) -> Result<Self, Stop> {
        let Some(locator) = self.place.checked_sub(20) else { return Ok(self) };
        let locator = check.bytes(locator..self.place)?;
        if !locator.starts_with(b"PK\x06\x07") {
            return Ok(self);
        }
        let place = u64_at(locator, 8).unwrap_or_default();
        let record = check.bytes(place..place.saturating_add(56))?;
        let field = |at| u64_at(record, at).unwrap_or_default();
        if !record.starts_with(b"PK\x06\x06") {
            return unsound("is damaged: the record of its directory is missing");
        }
        Ok(Self { place, entries: field(32), size: field(40), offset: field(48) })
    }
}

/// The first entry of `bytes`, and the bytes after it.
fn entry(bytes: &[u8], before: u64) -> Option<(Entry, &[u8])> {
    if !bytes.starts_with(b"PK\x01\x02") {
        return None;
    }
    let length = |at| u16_at(bytes, at).map(usize::from);
    let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
    let entry = Entry {
        name: String::from_utf8_lossy(bytes.get(ENTRY..ENTRY + name)?).into_owned(),
        encrypted: u16_at(bytes, 8)? & 1 != 0,
        method: u16_at(bytes, 10)?,
        crc: u32_at(bytes, 16)?,
        packed: u32_at(bytes, 20)?,
        size: u32_at(bytes, 24)?,
        header: before + u64::from(u32_at(bytes, 42)?),
    };
    Some((entry, bytes.get(ENTRY + name + extra + comment..)?))
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
