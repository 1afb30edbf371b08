//! Archives as `git archive` makes them: with one folder around all files and the time of the commit, and without
//! the files that `.gitattributes` excludes.

use std::collections::BTreeSet;
use std::io::{self, Read as _, Write};
use std::sync::Arc;

use axum::body::Body;
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use tar::{Builder, EntryType, Header};
use tokio::sync::mpsc;

use super::commit::{Content, File, NewCommit};

/// The size of a piece that is sent, in bytes, and the number of pieces in memory.
const PIECE: usize = 64 * 1024;
const WAITING: usize = 16;

/// The archive of `commit` in the folder `root`, sent while it is made. It breaks off after `cut` bytes.
pub(crate) fn stream(
    commit: Arc<NewCommit>,
    root: String,
    sha: String,
    cut: Option<usize>,
) -> Body {
    let (give, take) = mpsc::channel::<io::Result<Vec<u8>>>(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut pipe = Pipe { give: give.clone(), piece: Vec::new(), left: cut };
        let made = write(&commit, &root, &sha, &mut pipe).and_then(|()| pipe.send());
        if let Err(error) = made {
            // The client gets a broken connection.
            drop(give.blocking_send(Err(error)));
        }
    });
    Body::from_stream(stream::unfold(take, async |mut take| Some((take.recv().await?, take))))
}

fn write(commit: &NewCommit, root: &str, sha: &str, pipe: &mut Pipe) -> io::Result<()> {
    let kept_out = kept_out(commit);
    let mut tar = Builder::new(GzEncoder::new(pipe, Compression::fast()));
    let comment = format!("52 comment={sha}\n");
    put(
        &mut tar,
        commit,
        "pax_global_header",
        EntryType::XGlobalHeader,
        0o666,
        comment.as_bytes(),
    )?;
    put(&mut tar, commit, &format!("{root}/"), EntryType::Directory, 0o775, b"")?;
    // Git has folders only for the files in them, and sorts by name.
    let mut files: Vec<&File> = commit.files.iter().collect();
    files.sort_by(|left, right| left.path.cmp(&right.path));
    let mut folders = BTreeSet::new();
    for file in files {
        if kept_out.matched_path_or_any_parents(&file.path, false).is_ignore() {
            continue;
        }
        for (at, _) in file.path.match_indices('/') {
            let folder = &file.path[..=at];
            if folders.insert(folder.to_owned()) {
                let folder = format!("{root}/{folder}");
                put(&mut tar, commit, &folder, EntryType::Directory, 0o775, b"")?;
            }
        }
        add(&mut tar, commit, file, &format!("{root}/{}", file.path))?;
    }
    tar.into_inner()?.finish()?;
    Ok(())
}

fn add<W: Write>(
    tar: &mut Builder<W>,
    commit: &NewCommit,
    file: &File,
    path: &str,
) -> io::Result<()> {
    let mode = if file.executable { 0o775 } else { 0o664 };
    match &file.content {
        Content::Bytes(bytes) => put(tar, commit, path, EntryType::Regular, mode, bytes),
        Content::Noise(size) => {
            let mut header = header(commit, EntryType::Regular, mode, *size);
            name(tar, &mut header, path)?;
            tar.append(&header, Noise(0x9e37_79b9_7f4a_7c15).take(*size))
        }
        Content::Link(target) => {
            let mut header = header(commit, EntryType::Symlink, 0o777, 0);
            header.set_link_name(target)?;
            name(tar, &mut header, path)?;
            tar.append(&header, io::empty())
        }
    }
}

fn put<W: Write>(
    tar: &mut Builder<W>,
    commit: &NewCommit,
    path: &str,
    kind: EntryType,
    mode: u32,
    content: &[u8],
) -> io::Result<()> {
    let mut header = header(commit, kind, mode, content.len() as u64);
    name(tar, &mut header, path)?;
    tar.append(&header, content)
}

fn header(commit: &NewCommit, kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(u64::try_from(commit.time).unwrap_or_default());
    header.set_size(size);
    header
}

/// Puts the name into the header, or before it if it is too long, as git does.
fn name<W: Write>(tar: &mut Builder<W>, header: &mut Header, path: &str) -> io::Result<()> {
    if header.set_path(path).is_err() {
        tar.append_pax_extensions([("path", path.as_bytes())])?;
        header.set_path("name-in-the-extension")?;
    }
    header.set_cksum();
    Ok(())
}

/// The files that the attribute `export-ignore` excludes.
fn kept_out(commit: &NewCommit) -> Gitignore {
    let attributes = commit.files.iter().find(|file| file.path == ".gitattributes");
    let text = attributes.and_then(File::bytes).map(String::from_utf8_lossy).unwrap_or_default();
    let mut rules = GitignoreBuilder::new("");
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if let Some(pattern) = words.next()
            && words.any(|word| word == "export-ignore")
        {
            drop(rules.add_line(None, pattern));
        }
    }
    rules.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Random bytes, the same each time.
struct Noise(u64);

impl io::Read for Noise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for chunk in buffer.chunks_mut(8) {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            chunk.copy_from_slice(&self.0.to_le_bytes()[..chunk.len()]);
        }
        Ok(buffer.len())
    }
}

struct Pipe {
    give: mpsc::Sender<io::Result<Vec<u8>>>,
    piece: Vec<u8>,
    left: Option<usize>,
}

impl Pipe {
    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::take(&mut self.piece);
        let sent = self.give.blocking_send(Ok(piece));
        sent.map_err(|_| {
            io::Error::new(io::ErrorKind::BrokenPipe, "the client has closed the connection")
        })
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(left) = &mut self.left {
            match left.checked_sub(bytes.len()) {
                Some(less) => *left = less,
                None => return Err(io::Error::other("the archive breaks off as requested")),
            }
        }
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
