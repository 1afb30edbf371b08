//! The view of all stacks: a card each.

use maud::{Markup, html};
use mist_core::release::{
    history::PastRelease,
    stack_status::{Running, SideStatus, StackStatus},
};

use super::{
    Context, Tab,
    parts::{self, Verdict, ago, banner, icon, name, plain},
    shell, timeline,
};
use crate::{
    model::{Board, Item, StackCard, usual},
    text::{counted, duration, moment},
};

/// The number of releases in the strip of a card.
pub(crate) const STRIP: usize = 12;

/// The document with all stacks.
pub(crate) fn page(context: &Context<'_>, board: &Board) -> Markup {
    let main = html! {
        h1 { "Stacks" }
        (section(context, board))
    };
    shell(context, "Stacks", Tab::Stacks, &main)
}

/// All stacks, without a heading.
pub(crate) fn section(context: &Context<'_>, board: &Board) -> Markup {
    html! {
        div #stacks data-live {
            @for problem in &board.problems { (banner("fail", problem)) }
            (overview(board))
            @if board.stacks.is_empty() && board.problems.is_empty() {
                div.empty {
                    p { strong { "No stack is stored in this account and region." } }
                    p { code { "mist config push" } " stores those of " code { "mist.yaml" } "." }
                }
            }
            div.cards {
                @for stack in &board.stacks { (card(context, stack)) }
            }
        }
    }
}

/// The number of stacks, with links to those that run or need a person.
fn overview(board: &Board) -> Markup {
    let running: Vec<_> = board.stacks.iter().filter(|it| it.status.running.is_some()).collect();
    let looks = |it: &&StackCard| it.status.problem.is_some() || !it.remarks().is_empty();
    let look: Vec<_> = board.stacks.iter().filter(looks).collect();
    let list = |stacks: &[&StackCard]| {
        html! {
            @for (place, stack) in stacks.iter().take(12).enumerate() {
                @if place > 0 { ", " }
                a href={ "#" (anchor(&stack.status.stack)) } { (name(&stack.status.stack)) }
            }
            @if stacks.len() > 12 { " and " (stacks.len() - 12) " more" }
        }
    };
    html! {
        @if !board.stacks.is_empty() {
            ul.overview {
                li { strong { (counted(board.stacks.len(), "stack")) } }
                @if !running.is_empty() {
                    li { span.ink-run { (icon("running", "")) } "Running: " (list(&running)) }
                }
                @if !look.is_empty() {
                    li { span.ink-warn { (icon("warn", "")) } "Needs a look: " (list(&look)) }
                }
            }
        }
    }
}

fn anchor(stack: &str) -> String {
    super::anchor(stack, "").replacen("release-", "stack-", 1)
}

fn card(context: &Context<'_>, card: &StackCard) -> Markup {
    let StackStatus { stack, sides, problem, .. } = &card.status;
    let remarks = card.remarks();
    html! {
        article.card id=(anchor(stack)) {
            header {
                h2 { a href=(context.links.history(stack)) { (name(stack)) } }
                (state(card, &remarks))
            }
            (record(&card.status))
            @if let Some(problem) = problem { (banner("fail", &format!("Not everything could be read: {problem}"))) }
            @for remark in &remarks { (banner("warn", remark)) }
            @if !sides.is_empty() {
                ul.sides { @for side in sides { (environment(side)) } }
            }
            @if let Some(running) = &card.status.running { (current(context, card, running)) }
            (strip(context, &card.recent))
            (last(context, card))
        }
    }
}

fn state(card: &StackCard, remarks: &[String]) -> Markup {
    let StackStatus { running, problem, live, sides, .. } = &card.status;
    let unhealthy = sides.iter().any(|it| it.live && colour(it) != "done");
    let (colour, sign, words) = if running.is_some() {
        ("run", "running", "Releasing")
    } else if problem.is_some() {
        ("fail", "unknown", "Unreadable")
    } else if live.is_none() {
        ("fail", "fail", "Not live")
    } else if !remarks.is_empty() {
        ("warn", "warn", "Needs a look")
    } else if unhealthy {
        ("warn", "warn", "Unhealthy")
    } else {
        ("done", "done", "Healthy")
    };
    html! { span.chip.(colour) { (icon(sign, "")) (words) } }
}

fn record(status: &StackStatus) -> Markup {
    let live = status.sides.iter().find(|side| side.live);
    html! {
        p.record {
            @match &status.domain {
                Some(domain) => (name(domain)),
                None => span.muted { "record unknown" },
            }
            (icon("arrow", "points to"))
            @match (live, &status.target) {
                (Some(side), _) => (name(&side.environment)),
                (None, Some(target)) => (name(target)),
                (None, None) => span.muted { "unknown" },
            }
        }
    }
}

/// The colour of the health of an environment.
fn colour(side: &SideStatus) -> &'static str {
    let health = side.health.to_lowercase();
    match side.status.as_str() {
        "Missing" => "fail",
        _ if side.desired == Some(0) => "idle",
        _ if health.starts_with("green") => "done",
        _ if health.starts_with("yellow") => "warn",
        _ if health.starts_with("red") => "fail",
        _ => "idle",
    }
}

fn environment(side: &SideStatus) -> Markup {
    let SideStatus { status, health, live, desired, .. } = side;
    let (colour, stopped) = (colour(side), *desired == Some(0));
    let sign = match colour {
        "done" => "done",
        "warn" => "warn",
        "fail" => "fail",
        _ if stopped => "stopped",
        _ => "unknown",
    };
    let words = match status.as_str() {
        "Missing" => "Missing".to_owned(),
        _ if stopped => "Stopped".to_owned(),
        "Ready" => plain(health),
        status => format!("{}, {}", plain(health), plain(status)),
    };
    html! {
        li.side.is-live[*live] {
            span.letter title={ "Side " (side.side) } { (side.side) }
            div.what {
                strong.version { (parts::version(side.version.as_deref())) }
                span.where { (name(&side.environment)) }
            }
            div.how {
                span class={ "health ink-" (colour) } { (icon(sign, "")) (words) }
                (instances(side))
            }
            @if *live {
                span.role.live { (icon("live", "")) "Live" }
            } @else {
                span.role { (icon("idle", "")) "Idle" }
            }
        }
    }
}

/// The instances, a dot each if they are few.
fn instances(side: &SideStatus) -> Markup {
    let words = match (side.instances, side.desired) {
        (Some(running), Some(desired)) => format!("{running}/{desired} instances"),
        (Some(running), None) => counted(running, "instance"),
        (None, _) => "instances unknown".to_owned(),
    };
    html! { span.instances { (words) } }
}

/// The release that holds the lock: its step, and when it usually ends.
fn current(context: &Context<'_>, card: &StackCard, running: &Running) -> Markup {
    let Running { reason, since, step, .. } = running;
    let release = card.running();
    let link = release.and_then(|it| context.links.release(&it.stack, &it.id));
    let usual = release.and_then(|it| usual(card.releases(), &it.operation));
    let queued = card.status.queued;
    html! {
        section.current {
            p.what {
                span.ink-run.pulse { (icon("running", "")) }
                @match &link {
                    Some(link) => a href=(link) { (name(reason)) },
                    None => (name(reason)),
                }
            }
            (timeline::progress(step.as_deref()))
            p.muted {
                @match step {
                    Some(step) => (name(step)),
                    None => "step unknown",
                }
                ", holds the lock since " (ago(*since, context.now))
                @if let Some(usual) = usual { "; usually takes " (duration(usual)) }
                @if queued > 0 { "; " (counted(queued, "release")) " in the queue" }
            }
        }
    }
}

/// The newest verdicts, oldest first.
fn strip(context: &Context<'_>, recent: &[Item]) -> Markup {
    html! {
        @if !recent.is_empty() {
            ol.strip aria-label="Last releases, oldest first" {
                @for item in recent.iter().take(STRIP).rev() {
                    li { (mark(context, item)) }
                }
            }
        }
    }
}

fn mark(context: &Context<'_>, item: &Item) -> Markup {
    let release = match item {
        Ok(release) => release,
        Err(unreadable) => {
            let label = format!("Unreadable release: {}", plain(&unreadable.problem));
            return html! { span.mark.idle title=(label) { (icon("unknown", &label)) } };
        }
    };
    let PastRelease { version, operation, started_by, verdict, .. } = release;
    let Verdict { colour, sign, words } = Verdict::of(verdict);
    let version = version.as_deref().unwrap_or("no version");
    let label = plain(&format!(
        "{operation} {version} by {started_by}, {}: {words}",
        moment(release.started_at)
    ));
    html! {
        @match context.links.release(&release.stack, &release.id) {
            Some(link) => a.mark.(colour) href=(link) title=(label) { (icon(sign, &label)) },
            None => span.mark.(colour) title=(label) { (icon(sign, &label)) },
        }
    }
}

fn last(context: &Context<'_>, card: &StackCard) -> Markup {
    html! {
        p.last {
            @match card.releases().next() {
                Some(release) => {
                    "Last: " (release.operation) " "
                    strong { (parts::version(release.version.as_deref())) }
                    " by " (name(&release.started_by)) ", " (ago(release.started_at, context.now))
                }
                None if card.status.problem.is_none() => span.muted { "No release yet." },
                None => span.muted { "Releases unknown." },
            }
        }
    }
}
