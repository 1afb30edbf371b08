//! The table of releases.

use maud::{Markup, html};
use mist_core::release::history::{PastRelease, SideVersion};

use super::{
    Context,
    parts::{self, icon, name, plain, verdict},
};
use crate::{
    model::{Item, seconds},
    text::{duration, short},
};

/// The table of `items`.
pub(crate) fn table(context: &Context<'_>, items: &[&Item]) -> Markup {
    html! {
        table.releases {
            thead {
                tr {
                    th scope="col" { "Verdict" }
                    th scope="col" { "Release" }
                    th scope="col" { "Stack" }
                    th scope="col" { "By" }
                    th scope="col" { "Live → target" }
                    th scope="col" { "Started (UTC)" }
                    th.number scope="col" { "Took" }
                }
            }
            tbody { @for item in items { (row(context, item)) } }
        }
    }
}

fn row(context: &Context<'_>, item: &Item) -> Markup {
    let release = match item {
        Ok(release) => release,
        Err(unreadable) => {
            return html! {
                tr {
                    td { span.chip.idle { (icon("unknown", "")) "Unreadable" } }
                    td colspan="6" { (name(&unreadable.stack)) ": " (plain(&unreadable.problem)) }
                }
            };
        }
    };
    let link = context.links.release(&release.stack, &release.id);
    let title = html! { (name(&release.operation)) " " strong { (parts::version(release.version.as_deref())) } };
    html! {
        tr {
            td { (verdict(&release.verdict)) }
            td {
                @match link {
                    Some(link) => a href=(link) { (title) },
                    None => (title),
                }
            }
            td data-label="Stack" { (name(&release.stack)) }
            td data-label="By" { (name(&release.started_by)) }
            td data-label="Live → target" { (moved(release)) }
            td data-label="Started" { time datetime=(release.started_at) { (short(release.started_at)) } }
            td.number data-label="Took" {
                @match seconds(release) {
                    Some(seconds) => (duration(seconds)),
                    None => "–",
                }
            }
        }
    }
}

fn moved(release: &PastRelease) -> Markup {
    let PastRelease { from, to, .. } = release;
    html! {
        @if from.is_none() && to.is_none() { "–" } @else { (place(from.as_ref())) " → " (place(to.as_ref())) }
    }
}

fn place(side: Option<&SideVersion>) -> Markup {
    html! {
        @match side {
            Some(SideVersion { side, version, .. }) => { (side) @if let Some(version) = version { " " (name(version)) } },
            None => "–",
        }
    }
}
