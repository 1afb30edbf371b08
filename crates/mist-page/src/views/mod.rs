//! The views as HTML.

mod chart;
mod failure;
pub(crate) mod file;
pub(crate) mod history;
mod markdown;
mod parts;
pub(crate) mod release;
mod releases;
pub(crate) mod stacks;
mod timeline;

use std::collections::BTreeSet;

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::parts::{icon, sprite, time};
use crate::{model::Place, policy};

/// What every view needs.
#[derive(Clone, Debug)]
pub(crate) struct Context<'a> {
    /// The account and the region.
    pub(crate) place: &'a Place,
    /// The time of the reads.
    pub(crate) now: Timestamp,
    /// The addresses of other views.
    pub(crate) links: &'a Links,
    /// How the view refreshes itself; `None` if it never changes.
    pub(crate) refresh: Option<Refresh>,
}

/// How a view refreshes itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refresh {
    /// The seconds between two reads.
    pub(crate) seconds: u32,
    /// Whether that is paused.
    pub(crate) paused: bool,
    /// The address of the view, without the pause.
    pub(crate) address: String,
}

/// The addresses of the views.
#[derive(Clone, Debug)]
pub(crate) enum Links {
    /// Those of the server.
    Served,
    /// Those within one file, which has these releases: stack and id.
    File {
        /// The releases of the file.
        releases: BTreeSet<(String, String)>,
    },
}

impl Links {
    /// The address of the release `id` of `stack`; `None` if it has no view.
    pub(crate) fn release(&self, stack: &str, id: &str) -> Option<String> {
        match self {
            Self::Served => Some(format!(
                "/release?stack={}&id={}",
                urlencoding::encode(stack),
                urlencoding::encode(id)
            )),
            Self::File { releases } => {
                let known = releases.contains(&(stack.to_owned(), id.to_owned()));
                known.then(|| format!("#{}", anchor(stack, id)))
            }
        }
    }

    /// The address of the history of `stack`.
    pub(crate) fn history(&self, stack: &str) -> String {
        match self {
            Self::Served => format!("/history?stack={}", urlencoding::encode(stack)),
            Self::File { .. } => "#history".to_owned(),
        }
    }
}

/// The name of a release within a file: letters, digits and hyphens.
pub(crate) fn anchor(stack: &str, id: &str) -> String {
    let letters = format!("{stack}-{id}");
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    format!("release-{}", letters.chars().map(plain).collect::<String>())
}

/// A view of the navigation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tab {
    Stacks,
    History,
    Neither,
}

/// A document of the server with `main` as its content.
pub(crate) fn shell(context: &Context<'_>, title: &str, tab: Tab, main: &Markup) -> Markup {
    let current = |is: Tab| (is == tab).then_some("page");
    let navigation = html! {
        a href="/" aria-current=[current(Tab::Stacks)] { "Stacks" }
        a href="/history" aria-current=[current(Tab::History)] { "History" }
    };
    document(context, title, &navigation, main)
}

/// A document with `navigation` in its head and `main` as its content.
pub(crate) fn document(
    context: &Context<'_>,
    title: &str,
    navigation: &Markup,
    main: &Markup,
) -> Markup {
    let Context { links, refresh, .. } = context;
    let active = refresh.as_ref().filter(|refresh| !refresh.paused);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                @if matches!(links, Links::File { .. }) {
                    meta http-equiv="Content-Security-Policy" content=(*policy::FILE);
                }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (parts::plain(title)) " · mist" }
                link rel="icon" href=(parts::FAVICON);
                style { (PreEscaped(policy::STYLE)) }
                @if let Some(refresh) = active {
                    noscript { meta http-equiv="refresh" content=(refresh.seconds.max(5)); }
                }
            }
            body data-refresh=[active.map(|refresh| refresh.seconds)] {
                (sprite())
                a.skip href="#main" { "Skip to content" }
                header.top {
                    (brand(links))
                    nav aria-label="Views" { (navigation) }
                    (place(context))
                }
                p #stale .banner.warn role="status" hidden { (icon("warn", "")) span {} }
                main #main tabindex="-1" { (main) }
                (foot(context))
            }
            script { (PreEscaped(policy::SCRIPT)) }
        }
    }
}

fn brand(links: &Links) -> Markup {
    let inside = html! { (icon("logo", "")) span { "mist" } };
    match links {
        Links::Served => html! { a.brand href="/" { (inside) } },
        Links::File { .. } => html! { span.brand { (inside) } },
    }
}

fn place(context: &Context<'_>) -> Markup {
    let Place { account, region, local } = context.place;
    html! {
        p.place {
            @if local.is_some() { span.tag.quiet { "local cloud" } }
            span { "account " (account.as_deref().unwrap_or("unknown")) }
            span { (region) }
        }
    }
}

fn foot(context: &Context<'_>) -> Markup {
    html! {
        footer.foot #foot data-live {
            span { "Read " (time(context.now)) }
            @if let Some(Refresh { seconds, paused, address }) = &context.refresh {
                @if *paused {
                    span { "Not refreshing. " a href=(address) { "Refresh" } }
                } @else {
                    @let separator = if address.contains('?') { '&' } else { '?' };
                    span {
                        "Refreshes every " (seconds) " s. "
                        a href={ (address) (separator) "refresh=off" } { "Pause" }
                    }
                }
            }
        }
    }
}

/// A view that has only a problem.
pub(crate) fn problem(context: &Context<'_>, title: &str, problem: &str) -> Markup {
    let main = html! {
        h1 { (title) }
        (parts::banner("fail", problem))
        p { a href="/" { "All stacks" } }
    };
    shell(context, title, Tab::Neither, &main)
}
