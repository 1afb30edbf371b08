//! The view of one release.

use maud::{Markup, html};
use mist_core::release::history::{PastRelease, SideVersion};

use super::{
    Context, Tab, failure,
    parts::{self, ago, banner, icon, name, plain, time, verdict},
    shell, timeline,
};
use crate::{
    model::{Answers, Release, Requests, WarmUp, seconds},
    text::{counted, duration, grouped, short},
};

/// The document of `release`.
pub(crate) fn page(context: &Context<'_>, release: &Release) -> Markup {
    let past = &release.past;
    let title = format!("{}: {}", past.stack, title(past));
    let main = html! {
        nav.crumbs aria-label="Place" {
            a href="/" { "Stacks" } " / "
            a href=(context.links.history(&past.stack)) { (name(&past.stack)) }
        }
        div #release data-live { (section(context, release, 1)) }
    };
    shell(context, &title, Tab::Neither, &main)
}

fn title(past: &PastRelease) -> String {
    match &past.version {
        Some(version) => format!("{} {version}", past.operation),
        None => past.operation.clone(),
    }
}

/// `release` below a heading of `level` 1 or 2.
pub(crate) fn section(context: &Context<'_>, release: &Release, level: u8) -> Markup {
    let Release { past, steps, problems, warnings, waits_for, .. } = release;
    let heading = html! { (past.operation) " " (parts::version(past.version.as_deref())) };
    html! {
        header.release-head {
            @if level == 1 { h1 { (heading) } } @else { h2 { (heading) } }
            (verdict(&past.verdict))
        }
        (facts(context, release))
        @if let Some(message) = &past.message {
            blockquote.said { (plain(message)) }
        }
        @if let Some(drift) = &past.accepted_drift { (banner("note", &format!("Accepted drift: {drift}."))) }
        @for problem in problems { (banner("warn", problem)) }
        @if let Some(reason) = waits_for { (banner("note", reason)) }
        @for warning in warnings { (banner("warn", warning)) }
        (failure::section(release))
        section.panel {
            h2.part { "Steps" }
            @if steps.is_empty() {
                p.muted { "No step is known." }
            } @else {
                (timeline::view(steps, context.now))
            }
        }
        div.pair {
            @if let Some(warm_up) = &release.warm_up { (latencies(warm_up)) }
            @if let Some(requests) = &release.requests { (seen(requests)) }
        }
        @if let Some(changelog) = &release.changelog {
            section.panel {
                h2.part { "Commits" }
                pre tabindex="0" { (plain(changelog)) }
            }
        }
        (origin(release))
    }
}

fn facts(context: &Context<'_>, release: &Release) -> Markup {
    let past = &release.past;
    html! {
        dl.facts {
            div { dt { "Stack" } dd { (name(&past.stack)) } }
            div { dt { "Started by" } dd { (name(&past.started_by)) } }
            div { dt { "Started" } dd { (ago(past.started_at, context.now)) span.muted { " " (short(past.started_at)) } } }
            div { dt { @if past.ended_at.is_some() { "Took" } @else { "So far" } } dd { (took(context, release)) } }
            @if let (Some(from), Some(to)) = (&past.from, &past.to) {
                div.wide { dt { "Live → target" } dd.move { (side(from)) (icon("arrow", "to")) (side(to)) } }
            }
        }
    }
}

fn took(context: &Context<'_>, release: &Release) -> Markup {
    let past = &release.past;
    let so_far = context.now.duration_since(past.started_at).as_secs_f64().max(0.0);
    html! {
        (duration(seconds(past).unwrap_or(so_far)))
        @if let Some(usual) = release.usual { span.muted { " usually " (duration(usual)) } }
    }
}

fn side(side: &SideVersion) -> Markup {
    html! {
        span.end {
            span.letter { (side.side) }
            strong { (parts::version(side.version.as_deref())) }
            span.muted { (name(&side.environment)) }
        }
    }
}

/// The latencies of the warm-up, each as a bar.
fn latencies(warm_up: &WarmUp) -> Markup {
    let WarmUp { requests, tries, p50, p90, p99, max } = *warm_up;
    let rows = [("Half in", p50), ("90 % in", p90), ("99 % in", p99), ("Longest", max)];
    html! {
        section.panel {
            h2.part { "Warm-up" }
            p.muted {
                (counted(requests, "request"))
                @match tries {
                    Some(1) => ", the first good answers at once",
                    Some(tries) => { ", after " (grouped(tries)) " tries until the first good answers" }
                    None => {}
                }
            }
            dl.bars {
                @for (words, value) in rows {
                    @let width = if max > 0.0 { (value / max * 100.0).clamp(0.5, 100.0) } else { 0.5 };
                    div {
                        dt { (words) }
                        dd {
                            svg aria-hidden="true" width="100%" height="10" {
                                rect.track width="100%" height="10" rx="2" {}
                                rect.done width={ (format!("{width:.1}")) "%" } height="10" rx="2" {}
                            }
                            span.value { (milliseconds(value)) }
                        }
                    }
                }
            }
        }
    }
}

fn milliseconds(value: f64) -> String {
    if value < 1000.0 { format!("{value:.0} ms") } else { duration(value / 1000.0) }
}

/// The requests of users by version, from the first to the last answer of each.
fn seen(requests: &Requests) -> Markup {
    let Requests { of, total, versions, failures } = requests;
    let failed: u64 = failures.iter().map(|(_, count)| count).sum();
    let end = versions.iter().map(|it| it.last).fold(0.1, f64::max);
    html! {
        section.panel {
            h2.part { "Requests by version" }
            p.muted {
                (grouped(*total)) " requests of " (plain(of)) ", "
                @if failed == 0 { strong.ink-done { (icon("done", "")) "none failed" } }
                @else { strong.ink-fail { (icon("fail", "")) (grouped(failed)) " failed" } }
            }
            dl.bars.lanes {
                @for (answers, lane) in versions.iter().zip(0_usize..) {
                    (answered(answers, lane, end))
                }
            }
            @if !failures.is_empty() {
                ul.reasons { @for (reason, count) in failures { li { (grouped(*count)) " × " (plain(reason)) } } }
            }
        }
    }
}

fn answered(answers: &Answers, lane: usize, end: f64) -> Markup {
    let Answers { version, count, first, last } = answers;
    let (from, to) = (first / end * 100.0, last / end * 100.0);
    let class = if lane.is_multiple_of(2) { "old" } else { "done" };
    html! {
        div {
            dt { (name(version)) }
            dd {
                svg aria-hidden="true" width="100%" height="14" {
                    rect.track width="100%" height="14" rx="3" {}
                    rect class=(class) x={ (format!("{from:.1}")) "%" } width={ (format!("{:.1}", (to - from).max(0.7))) "%" } height="14" rx="3" {}
                }
                span.value { (grouped(*count)) " answers, " (duration(*first)) " to " (duration(*last)) }
            }
        }
    }
}

/// The origin of the release: its bundle, and its execution.
fn origin(release: &Release) -> Markup {
    let past = &release.past;
    html! {
        dl.facts.origin {
            @if let Some(artifact) = &past.artifact {
                div.wide { dt { "Bundle" } dd { code { (plain(&artifact.key)) } span.muted { " " (bytes(artifact.size)) } } }
            }
            div.wide {
                dt { "Execution" }
                dd {
                    @match &release.console {
                        Some(page) => a href=(page) rel="noreferrer" { (icon("out", "")) code { (plain(&past.execution)) } },
                        None => code { (plain(&past.execution)) },
                    }
                }
            }
            @if let Some(ended) = past.ended_at { div { dt { "Ended" } dd { (time(ended)) } } }
        }
    }
}

fn bytes(size: u64) -> String {
    let kibibytes = size.div_ceil(1024);
    if kibibytes < 10_240 {
        format!("{} KiB", grouped(kibibytes))
    } else {
        format!("{} MiB", grouped(kibibytes / 1024))
    }
}
