//! All views in one document.

use maud::{Markup, html};

use super::{Context, anchor, history, parts::name, release, stacks};
use crate::{
    filter::Filter,
    model::{Board, History, Release},
};

/// The contents of the document.
pub(crate) struct Parts<'a> {
    pub(crate) title: &'a str,
    pub(crate) board: Option<&'a Board>,
    pub(crate) history: Option<(&'a History, Filter)>,
    pub(crate) releases: &'a [Release],
}

/// The document of `parts`.
pub(crate) fn document(context: &Context<'_>, parts: &Parts<'_>) -> Markup {
    let Parts { title, board, history, releases } = parts;
    let several = board.is_some() || history.is_some() || releases.len() > 1;
    let navigation = html! {
        @if board.is_some() { a href="#part-stacks" { "Stacks" } }
        @if history.is_some() { a href="#part-history" { "History" } }
        @if several && !releases.is_empty() { a href="#part-releases" { "Releases" } }
    };
    let main = html! {
        @if several { h1 { (name(title)) } }
        @if let Some(board) = board {
            section.view #part-stacks { h2.view-title { "Stacks" } (stacks::section(context, board)) }
        }
        @if let Some((history, filter)) = history {
            @let selected = filter.select(history);
            section.view #part-history {
                h2.view-title { "History" }
                div #history { (history::section(context, history, filter, &selected, &selected)) }
            }
        }
        @if !releases.is_empty() {
            div #part-releases {
                @if several { h2.view-title { "Releases" } }
                @for release in *releases { (one(context, release, several)) }
            }
        }
    };
    super::document(context, title, &navigation, &main)
}

fn one(context: &Context<'_>, release: &Release, several: bool) -> Markup {
    let id = anchor(&release.past.stack, &release.past.id);
    let level = if several { 2 } else { 1 };
    html! { article.release id=(id) { (release::section(context, release, level)) } }
}
