//! From an archive on the network to an upload: reading and writing are asynchronous, packing is not.

use std::{
    io::{self, BufReader, ErrorKind, Read, Write},
    sync::{Mutex, PoisonError},
};

use mist_core::{
    error::Error,
    ports::{Chunks, Upload},
    stack::{
        artifact::{Artifact, LARGEST_BUNDLE},
        source::Sha,
    },
};
use tokio::sync::mpsc;

use crate::{
    ignored::Ignored,
    reroot::{Limits, Unfit, reroot},
};

/// The bytes of each piece of a bundle, except the last. The entity tag in S3 depends on it, so it never changes.
pub const PIECE: usize = 8 * 1024 * 1024;

/// The most pieces that wait to be written.
const PIECES: usize = 1;

/// The most chunks of the archive that wait to be packed.
const CHUNKS: usize = 32;

/// Makes a bundle of `archive` and writes it to `upload`: see [`reroot`]. `repository` and `commit` are for messages.
/// Only a few pieces are in memory at a time. After an error, the upload is abandoned.
pub async fn transfer<U: Upload>(
    archive: impl Chunks,
    ignored: Ignored,
    mut upload: U,
    (repository, commit): (&str, &Sha),
) -> Result<Artifact, Error> {
    let (feed, fed) = mpsc::channel(CHUNKS);
    let (give, mut pieces) = mpsc::channel(PIECES);
    let packing = tokio::task::spawn_blocking(move || {
        let mut bundle = Pieces { piece: Vec::new(), left: LARGEST_BUNDLE, give };
        let archive =
            BufReader::with_capacity(64 * 1024, Fed { chunks: fed, chunk: Vec::new(), at: 0 });
        reroot(archive, &ignored, Limits::default(), &mut bundle)?;
        bundle.end().map_err(Unfit::from)
    });
    let failed = Mutex::new(None);
    let reading = read(archive, feed, &failed);
    let writing = async {
        while let Some(piece) = pieces.recv().await {
            if let Err(error) = upload.write(piece).await {
                // The closed channel ends packing, and that ends reading.
                note(&failed, error);
                break;
            }
        }
        drop(pieces);
    };
    let ((), (), packed) = tokio::join!(reading, writing, packing);
    let first = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let problem = match (first, packed) {
        // The failure of the network is the cause; that of packing only follows from it.
        (Some(error), _) => error,
        (None, Ok(Ok(()))) => return upload.finish().await,
        (None, Ok(Err(unfit))) => explain(unfit, repository, commit),
        (None, Err(_)) => {
            Error::ServiceFailed { service: "mist", message: "packing stopped".to_owned() }
        }
    };
    upload.abandon().await;
    Err(problem)
}

fn note(failed: &Mutex<Option<Error>>, error: Error) {
    failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
}

async fn read(
    mut archive: impl Chunks,
    feed: mpsc::Sender<Vec<u8>>,
    failed: &Mutex<Option<Error>>,
) {
    loop {
        match archive.next().await {
            // The channel is closed if packing ended with an error.
            Ok(Some(chunk)) => {
                if feed.send(chunk).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                note(failed, error);
                return;
            }
        }
    }
}

fn explain(unfit: Unfit, repository: &str, commit: &Sha) -> Error {
    let problem = match unfit {
        Unfit::Content(problem) => problem,
        Unfit::Broken(error) if error.kind() == ErrorKind::FileTooLarge => {
            format!("it is {error}; add files that are not needed to `.ebignore`")
        }
        // An incomplete archive can be requested again.
        Unfit::Broken(error) if error.kind() == ErrorKind::UnexpectedEof => {
            let message = format!("the archive of {commit} is incomplete");
            return Error::ServiceUnavailable { service: "github", message };
        }
        Unfit::Broken(error) => format!("its archive cannot be read: {error}"),
    };
    let (repository, commit) = (repository.to_owned(), commit.to_string());
    Error::UnfitArchive { repository, commit, problem }
}

/// The archive, as packing reads it.
struct Fed {
    chunks: mpsc::Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for Fed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.chunk.len() {
            match self.chunks.blocking_recv() {
                Some(chunk) => (self.chunk, self.at) = (chunk, 0),
                None => return Ok(0),
            }
        }
        let read = (&self.chunk[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// The bundle, as packing writes it.
struct Pieces {
    piece: Vec<u8>,
    left: u64,
    give: mpsc::Sender<Vec<u8>>,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        let sent = self.give.blocking_send(std::mem::take(&mut self.piece));
        sent.map_err(|_| io::Error::new(ErrorKind::BrokenPipe, "the upload has ended"))
    }

    /// Sends the last piece.
    fn end(&mut self) -> io::Result<()> {
        if self.piece.is_empty() { Ok(()) } else { self.send() }
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.capacity() == 0 {
            self.piece.reserve_exact(PIECE);
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.left = self.left.checked_sub(taken as u64).ok_or_else(|| {
            io::Error::new(ErrorKind::FileTooLarge, "larger than 512 MB, the limit of Beanstalk")
        })?;
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
