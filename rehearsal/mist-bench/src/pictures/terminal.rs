//! A terminal without a window, which keeps what a program prints and when.

use std::time::{Duration, Instant};

use pty_process::{Command, Size};
use rustix::io::Errno;
use tokio::io::AsyncReadExt as _;

use crate::error::Result;

/// The size of the terminal, in characters. It is higher than the output, so that nothing scrolls away.
pub(crate) const COLUMNS: u16 = 100;
pub(crate) const ROWS: u16 = 200;

/// Bytes that a program printed at once.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    /// The time since the program started.
    pub(crate) at: Duration,
    /// The bytes, with everything that controls a terminal.
    pub(crate) bytes: Vec<u8>,
}

/// Runs `program` to its end, which must be a success; gives what it printed.
pub(crate) async fn record(program: Command) -> Result<Vec<Chunk>> {
    let (mut terminal, inside) = pty_process::open()?;
    terminal.resize(Size::new(ROWS, COLUMNS))?;
    let program = program.env("TERM", "xterm-256color").env_remove("NO_COLOR").kill_on_drop(true);
    let started = Instant::now();
    let mut child = program.spawn(inside)?;
    let mut chunks = Vec::new();
    let mut buffer = vec![0; 4096];
    loop {
        let read = match terminal.read(&mut buffer).await {
            Ok(read) => read,
            // On Linux, a terminal that its last program has left fails so.
            Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => 0,
            Err(error) => return Err(error.into()),
        };
        let bytes = buffer.get(..read).unwrap_or_default().to_vec();
        if bytes.is_empty() {
            break;
        }
        chunks.push(Chunk { at: started.elapsed(), bytes });
    }
    let status = child.wait().await?;
    if status.success() {
        return Ok(chunks);
    }
    let printed = chunks.into_iter().flat_map(|chunk| chunk.bytes).collect::<Vec<_>>();
    let printed = String::from_utf8_lossy(&printed);
    Err(format!("the recorded program ended with {status}:\n{printed}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        Command::new("sh").args(["-c", script])
    }

    fn text(chunks: &[Chunk]) -> String {
        let bytes: Vec<_> = chunks.iter().flat_map(|chunk| chunk.bytes.clone()).collect();
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn a_program_finds_a_terminal_of_the_size() {
        let chunks = record(shell("test -t 1 && stty size")).await.unwrap();
        assert_eq!(text(&chunks), format!("{ROWS} {COLUMNS}\r\n"));
    }

    #[tokio::test]
    async fn a_program_that_fails_is_no_recording() {
        let error = record(shell("echo no; exit 3")).await.unwrap_err().to_string();
        assert!(error.contains("exit status: 3:\nno"), "{error}");
    }
}
