//! The view of the history, with the four DORA figures.

use jiff::Timestamp;
use maud::{Markup, html};

use super::{
    Context, Tab,
    chart::{Bar, bars},
    parts::{banner, plain},
    releases, shell,
};
use crate::{
    dora::{Bin, Figures, number, share},
    filter::Filter,
    model::{History, Item},
    text::{counted, duration, percent},
};

/// The number of releases on a page.
pub(crate) const PAGE: usize = 100;

/// The times that the form offers, in days.
const TIMES: [(u32, &str); 5] =
    [(1, "24 hours"), (7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "a year")];

/// The document of `history`, with what `filter` selects.
pub(crate) fn page(context: &Context<'_>, history: &History, filter: &Filter) -> Markup {
    let selected = filter.select(history);
    let pages = selected.len().div_ceil(PAGE).max(1);
    let current = filter.page().min(pages);
    let shown = selected.iter().skip((current - 1) * PAGE).take(PAGE).copied();
    let shown: Vec<_> = shown.collect();
    let main = html! {
        h1 { "History" }
        (form(history, filter))
        div #history data-live {
            (section(context, history, filter, &selected, &shown))
            (paging(filter, current, pages))
        }
    };
    shell(context, "History", Tab::History, &main)
}

/// The figures of the `selected` releases, and the table of those that are `shown`.
pub(crate) fn section(
    context: &Context<'_>,
    history: &History,
    filter: &Filter,
    selected: &[&Item],
    shown: &[&Item],
) -> Markup {
    let releases: Vec<_> = selected.iter().filter_map(|item| item.as_ref().ok()).collect();
    let figures = Figures::of(&releases, filter.since(context.now), context.now);
    html! {
        @for problem in &history.problems { (banner("warn", problem)) }
        (dora(&figures, filter))
        p.count { strong { (counted(selected.len(), "release")) } " in " (counted(filter.days(), "day")) }
        @if selected.is_empty() {
            div.empty {
                p { strong { "No release." } }
                @if filter.is_set() { p { a href="/history" { "Show all releases" } } }
            }
        } @else {
            (releases::table(context, shown))
        }
    }
}

fn form(history: &History, filter: &Filter) -> Markup {
    let verdicts = [("done", "Done"), ("failed", "Failed"), ("running", "Running")];
    let other = !filter.verdict.is_empty() && verdicts.iter().all(|(it, _)| *it != filter.verdict);
    let known = history.stacks.contains(&filter.stack) || filter.stack.is_empty();
    let times = TIMES.iter().any(|(days, _)| *days == filter.days());
    html! {
        form.filter method="get" action="/history" role="search" aria-label="Releases" {
            label { span { "Stack" }
                select name="stack" {
                    option value="" { "All" }
                    @for stack in &history.stacks { option value=(stack) selected[*stack == filter.stack] { (plain(stack)) } }
                    @if !known { option value=(filter.stack) selected { (plain(&filter.stack)) } }
                }
            }
            label { span { "Verdict" }
                select name="verdict" {
                    option value="" { "All" }
                    @for (value, words) in verdicts { option value=(value) selected[value == filter.verdict] { (words) } }
                    @if other { option value=(filter.verdict) selected { (plain(&filter.verdict)) } }
                }
            }
            label { span { "Version" } input name="version" value=(filter.version) autocomplete="off" spellcheck="false"; }
            label { span { "Started by" } input name="by" value=(filter.by) autocomplete="off" spellcheck="false"; }
            label { span { "Time" }
                select name="days" {
                    @for (days, words) in TIMES { option value=(days) selected[days == filter.days()] { (words) } }
                    @if !times { option value=(filter.days()) selected { (counted(filter.days(), "day")) } }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn paging(filter: &Filter, current: usize, pages: usize) -> Markup {
    let link = |page: usize, words: &str| html! { a href={ "/history?" (filter.query(page)) } { (words) } };
    html! {
        @if pages > 1 {
            nav.paging aria-label="Pages" {
                @if current > 1 { (link(current - 1, "Newer")) }
                span { "Page " (current) " of " (pages) }
                @if current < pages { (link(current + 1, "Older")) }
            }
        }
    }
}

fn dora(figures: &Figures, filter: &Filter) -> Markup {
    let Figures { deployments, lead, failed, stopped, restore, .. } = figures;
    let unknown = "–".to_owned();
    let rate = figures.failure_share().map_or_else(|| unknown.clone(), percent);
    let time = |seconds: &Option<f64>| seconds.map_or_else(|| unknown.clone(), duration);
    let days = counted(filter.days(), "day");
    html! {
        section.dora aria-label="DORA figures" {
            (tile("Deployment frequency", &per_week(figures), "deployments per week",
                &format!("{} that users reached, in {days}.", counted(*deployments, "deployment")),
                &frequency(figures)))
            (tile("Change lead time", &time(lead), "median",
                "From the request or the upload to the end of the deployment, its bake included. The time from the commit to the request is not stored.",
                &median_chart(figures, "Median lead time", |bin| bin.lead)))
            (tile("Change failure rate", &rate, "of deployments",
                &format!("{failed} of {deployments} were swapped back, rolled back, or failed after the swap. {stopped} more failed before users reached them, and do not count."),
                &failures(figures)))
            (tile("Failed deployment recovery time", &time(restore), "median",
                "From the swap to a version that failed until the version before it is verified again; for a rollback by a person, from the end of the deployment to the end of the rollback.",
                &median_chart(figures, "Median recovery time", |bin| bin.restore)))
        }
    }
}

fn tile(title: &str, value: &str, unit: &str, definition: &str, chart: &Markup) -> Markup {
    html! {
        article.tile {
            h2 { (title) }
            p.figure { strong { (value) } " " span { (unit) } }
            (chart)
            p.definition { (definition) }
        }
    }
}

fn per_week(figures: &Figures) -> String {
    match figures.per_week() {
        few if few < 9.95 => format!("{few:.1}"),
        many => format!("{many:.0}"),
    }
}

/// The words for the time of `bin`.
fn when(bin: &Bin, days: i64) -> String {
    let start = Timestamp::from_second(bin.start).unwrap_or_default();
    let start = start.strftime("%d %b %Y");
    if days == 1 { start.to_string() } else { format!("{days} days from {start}") }
}

fn frequency(figures: &Figures) -> Markup {
    let label =
        format!("Deployments, a bar for {}", counted(figures.bin_days.unsigned_abs(), "day"));
    bars(&figures.bins, &label, |bin| {
        let all = bin.good + bin.failed;
        let words = format!("{}: {}", when(bin, figures.bin_days), counted(all, "deployment"));
        (all > 0).then(|| Bar { parts: vec![(number(all), "done")], words })
    })
}

fn failures(figures: &Figures) -> Markup {
    let label = format!(
        "Deployments that stayed and that failed, a bar for {}",
        counted(figures.bin_days.unsigned_abs(), "day")
    );
    bars(&figures.bins, &label, |bin| {
        let all = bin.good + bin.failed;
        let rate = percent(share(bin.failed, all)?);
        let words =
            format!("{}: {} of {all} failed, {rate}", when(bin, figures.bin_days), bin.failed);
        Some(Bar { parts: vec![(number(bin.failed), "fail"), (number(bin.good), "rest")], words })
    })
}

fn median_chart(figures: &Figures, what: &str, value: impl Fn(&Bin) -> Option<f64>) -> Markup {
    let label = format!("{what}, a bar for {}", counted(figures.bin_days.unsigned_abs(), "day"));
    bars(&figures.bins, &label, |bin| {
        let seconds = value(bin)?;
        let words = format!("{}: {}", when(bin, figures.bin_days), duration(seconds));
        Some(Bar { parts: vec![(seconds, "done")], words })
    })
}
