//! The pictures of the README: recordings of what really happens in the local cloud.

mod axis;
mod chart;
mod film;
mod release;
mod screen;
mod style;
mod terminal;
mod timeline;

use std::{fs, path::Path};

use mist_local::Progress;
use mist_rehearsal::Home;
use pty_process::Command;
use svg::Document;

use self::film::Film;
use crate::{error::Result, output::note};

/// The script that is recorded in a terminal, and its arguments.
const DEMO: (&str, &[&str]) = ("mist", &["demo"]);

/// Records `./mist demo` and a release under traffic, and draws them into `folder`: `demo.svg` and `release.svg`.
/// Gives a sentence about each. It fails if the demo or the release does.
pub(crate) async fn make(home: &Home, folder: &Path) -> Result<String> {
    fs::create_dir_all(folder)?;
    note("building the functions as the local cloud does");
    let functions = home.build(&Progress::new(|line| note(line))).await?;
    note("recording a release under traffic");
    let timeline = Box::pin(release::record(home, functions)).await?;
    let chart = write(folder, "release.svg", &chart::draw(&timeline))?;
    let (script, arguments) = DEMO;
    let command = format!("./{script} {}", arguments.join(" "));
    note(format!("recording `{command}`"));
    let program = Command::new(home.root().join(script)).args(arguments).current_dir(home.root());
    let film = Film::develop(&terminal::record(program).await?);
    let recording = write(folder, "demo.svg", &screen::draw(&film, &command))?;
    Ok(format!("{chart}\n{recording}"))
}

/// Writes `picture` into `folder`; gives a sentence about it.
fn write(folder: &Path, name: &str, picture: &Document) -> Result<String> {
    let path = folder.join(name);
    let text = format!("{picture}\n");
    fs::write(&path, &text)?;
    Ok(format!("{}: {} bytes", path.display(), text.len()))
}
