//! The parts that several views share: signs, chips, names, times.

use std::fmt::Write as _;

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};
use mist_core::release::history::PastRelease;

use crate::text;

/// The icon of the page, as an address without a request.
pub(crate) const FAVICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%232a63d6' stroke-width='1.8' stroke-linecap='round'%3E%3Cpath d='M1.5 5h9M5 8.5h9.5M1.5 12h8'/%3E%3C/svg%3E";

/// The signs: the name of each, and its shapes in a square of 16.
const SIGNS: [(&str, &str); 13] = [
    ("logo", r#"<path d="M1.5 5h9M5 8.5h9.5M1.5 12h8"/>"#),
    ("done", r#"<path d="M3.5 8.5l3 3 6-7"/>"#),
    ("fail", r#"<path d="M4 4l8 8M12 4l-8 8"/>"#),
    ("back", r#"<path d="M6 3.5L2.5 7 6 10.5M3 7h6.5a3.5 3.5 0 0 1 0 7H8"/>"#),
    ("warn", r#"<path d="M8 2.2l6.3 11.3H1.7zM8 6.3v3.4M8 11.6v.1"/>"#),
    ("running", r#"<path d="M8 2a6 6 0 1 1-6 6"/><circle cx="8" cy="8" r="1.6" class="solid"/>"#),
    ("stopped", r#"<rect x="4" y="4" width="8" height="8" rx="1"/>"#),
    ("unknown", r#"<path d="M5.7 6a2.4 2.4 0 1 1 3.5 2.1c-.8.5-1.2.9-1.2 1.7M8 12v.1"/>"#),
    ("arrow", r#"<path d="M2.5 8h10.5M9.5 4.5L13 8l-3.5 3.5"/>"#),
    ("live", r#"<circle cx="8" cy="8" r="5" class="solid"/>"#),
    ("idle", r#"<circle cx="8" cy="8" r="4.5"/>"#),
    ("out", r#"<path d="M6.5 3.5h-3v9h9v-3M9 3.5h3.5V7M12.3 3.7L7.5 8.5"/>"#),
    (
        "copy",
        r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1.2"/><path d="M10.5 3.5v-1h-8v8h1"/>"#,
    ),
];

/// The signs and the pattern of waits, for [`icon`] and the timeline.
pub(crate) fn sprite() -> Markup {
    let mut text = String::from(
        r#"<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false"><defs>"#,
    );
    text.push_str(r#"<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-back" width="6" height="6"/><rect class="hatch-line" width="2.5" height="6"/></pattern>"#);
    for (name, shapes) in SIGNS {
        // Writing to a string does not fail.
        let _ = write!(text, r#"<symbol id="i-{name}" viewBox="0 0 16 16">{shapes}</symbol>"#);
    }
    text.push_str("</defs></svg>");
    PreEscaped(text)
}

/// The sign `name`; with a `label`, it has a meaning of its own.
pub(crate) fn icon(name: &str, label: &str) -> Markup {
    html! {
        @if label.is_empty() {
            svg.i aria-hidden="true" focusable="false" { use href={ "#i-" (name) }; }
        } @else {
            svg.i role="img" aria-label=(label) focusable="false" { use href={ "#i-" (name) }; }
        }
    }
}

/// Text of others, without characters that hide or turn it.
pub(crate) fn plain(text: &str) -> String {
    text::visible(text)
}

/// A name of others, apart from the text around it.
pub(crate) fn name(text: &str) -> Markup {
    html! { bdi { (plain(text)) } }
}

/// A version, or that there is none.
pub(crate) fn version(version: Option<&str>) -> Markup {
    html! {
        @match version {
            Some(version) => bdi { (plain(version)) },
            None => span.muted { "no version" },
        }
    }
}

/// A moment with its exact time.
pub(crate) fn time(time: Timestamp) -> Markup {
    html! { time datetime=(time) { (text::moment(time)) } }
}

/// A moment as the time since, with its exact time on request.
pub(crate) fn ago(time: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(time) title=(text::moment(time)) { (text::ago(time, now)) } }
}

/// A message of the `kind` `fail`, `warn` or `note`.
pub(crate) fn banner(kind: &str, message: &str) -> Markup {
    let sign = if kind == "note" { "unknown" } else { kind };
    html! { p.banner.(kind) { (icon(sign, "")) span { (commands(message)) } } }
}

/// `text` in which parts between backticks are code.
pub(crate) fn commands(text: &str) -> Markup {
    html! {
        @for (place, part) in plain(text).split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// The kind of a verdict: the name of its colour and its sign, and its words.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Verdict<'a> {
    /// `done`, `run`, `fail`, `warn` or `idle`.
    pub(crate) colour: &'static str,
    /// The sign.
    pub(crate) sign: &'static str,
    /// Its words.
    pub(crate) words: &'a str,
}

impl<'a> Verdict<'a> {
    /// The verdict `text` of a release.
    pub(crate) fn of(text: &'a str) -> Self {
        match text {
            PastRelease::DONE => Self { colour: "done", sign: "done", words: "Done" },
            PastRelease::RUNNING => Self { colour: "run", sign: "running", words: "Running" },
            "Mist.RolledBack" => Self { colour: "fail", sign: "back", words: "Swapped back" },
            "Mist.Duplicate" | "Mist.Superseded" | "Mist.OlderUpload" => {
                Self { colour: "idle", sign: "stopped", words: text }
            }
            "ABORTED" => Self { colour: "idle", sign: "stopped", words: "Stopped" },
            "TIMED_OUT" => Self { colour: "fail", sign: "fail", words: "Timed out" },
            words => Self { colour: "fail", sign: "fail", words },
        }
    }
}

/// The chip of a verdict.
pub(crate) fn verdict(text: &str) -> Markup {
    let Verdict { colour, sign, words } = Verdict::of(text);
    html! { span.chip.(colour) { (icon(sign, "")) (plain(words)) } }
}
