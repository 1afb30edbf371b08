//! The views in one file, which needs nothing else.

use jiff::Timestamp;

use crate::{
    filter::Filter,
    model::{Board, History, Place, Release},
    views::{self, Context, Links},
};

/// The contents of a file.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The title.
    pub title: String,
    /// The stacks; `None` if they are not part of it.
    pub board: Option<Board>,
    /// The history with the number of its days; `None` if it is not part of it.
    pub history: Option<(History, u32)>,
    /// The releases, newest first.
    pub releases: Vec<Release>,
}

/// The HTML document of `report`, read at `now` in `place`.
pub fn document(report: &Report, place: &Place, now: Timestamp) -> String {
    let known = report.releases.iter().map(|it| (it.past.stack.clone(), it.past.id.clone()));
    let links = Links::File { releases: known.collect() };
    let context = Context { place, now, links: &links, refresh: None };
    let Report { title, board, history, releases } = report;
    let filter = |days: u32| Filter { days: days.to_string(), ..Filter::default() };
    let parts = views::file::Parts {
        title,
        board: board.as_ref(),
        history: history.as_ref().map(|(history, days)| (history, filter(*days))),
        releases,
    };
    views::file::document(&context, &parts).into_string()
}
