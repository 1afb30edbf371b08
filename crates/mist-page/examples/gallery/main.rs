//! The page with a sample in every state, to look at: one server per scene, and a file.
//!
//! It prints a line of JSON with the addresses, and serves until its standard input ends.

#![expect(clippy::unwrap_used, reason = "a sample that cannot be made is a mistake in it")]

#[path = "../../tests/sample/mod.rs"]
mod sample;

use std::{
    error::Error,
    io::{Read as _, Write as _},
};

use jiff::Timestamp;
use mist_page::{
    file::{self, Report},
    model::{Board, History, Release},
    server,
    source::Source,
};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

/// A state of everything that the page shows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scene {
    /// Stacks and releases in every state.
    Full,
    /// No stack, no release.
    Empty,
    /// Nothing can be read.
    Dead,
    /// 200 stacks and 2,000 releases.
    Many,
}

impl Source for Scene {
    async fn board(&self) -> Board {
        let now = Timestamp::now();
        match self {
            Self::Full => sample::board(now),
            Self::Empty => Board::default(),
            Self::Dead => Board { problems: vec![dead()], ..Board::default() },
            Self::Many => {
                let model = sample::card("LIVE", now);
                let card = |number| {
                    let mut card = model.clone();
                    card.status.stack = format!("TEAM-{number:03}");
                    card
                };
                Board { stacks: (1..=200).map(card).collect(), problems: Vec::new() }
            }
        }
    }

    async fn history(&self, _: Timestamp) -> History {
        let now = Timestamp::now();
        match self {
            Self::Full => {
                let mut history = sample::history(now, 72);
                let unread = sample::board(now).stacks.into_iter().flat_map(|stack| stack.recent);
                history.items.splice(3..3, unread.filter(Result::is_err));
                history
            }
            Self::Empty => History::default(),
            Self::Dead => History { problems: vec![dead()], ..History::default() },
            Self::Many => sample::history(now, 2000),
        }
    }

    async fn release(&self, _: &str, id: &str) -> Result<Option<Release>, String> {
        let now = Timestamp::now();
        match id {
            _ if *self == Self::Dead => Err(dead()),
            "finished" => Ok(Some(sample::finished(now))),
            "running" => Ok(Some(sample::running(now))),
            "failed" => Ok(Some(sample::failed(now))),
            "swapped-back" => Ok(Some(sample::swapped_back(now))),
            "markup" => Ok(Some(markup(now))),
            _ => Ok(None),
        }
    }
}

fn dead() -> String {
    "nothing listens at http://127.0.0.1:4566 (AWS_ENDPOINT_URL); start the local cloud with `mist local up`".to_owned()
}

/// A release with markup in every name.
fn markup(now: Timestamp) -> Release {
    let text = || sample::MARKUP.to_owned();
    let mut release = sample::failed(now);
    release.past.version = Some(text());
    release.past.stack = text();
    release.past.started_by = text();
    release
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut addresses = Map::new();
    for scene in [Scene::Full, Scene::Empty, Scene::Dead, Scene::Many] {
        let listener: TcpListener = server::listen(0).await?;
        let name = format!("{scene:?}").to_lowercase();
        addresses.insert(name, json!(format!("http://{}", listener.local_addr()?)));
        tokio::spawn(server::serve(listener, sample::place(), scene));
    }
    let path = std::env::temp_dir().join(format!("mist-page-{}.html", std::process::id()));
    std::fs::write(&path, report())?;
    addresses.insert("file".to_owned(), json!(format!("file://{}", path.display())));
    writeln!(std::io::stdout(), "{}", Value::Object(addresses))?;
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await??;
    std::fs::remove_file(&path)?;
    Ok(())
}

/// The file with everything.
fn report() -> String {
    let now = Timestamp::now();
    let releases = vec![sample::finished(now), sample::failed(now), sample::swapped_back(now)];
    let report = Report {
        title: "Releases of 30 days".to_owned(),
        board: Some(sample::board(now)),
        history: Some((sample::history(now, 40), 30)),
        releases,
    };
    file::document(&report, &sample::place(), now)
}
