//! The text of the runbook as HTML.

use maud::{Markup, PreEscaped};
use pulldown_cmark::{Event, Parser, Tag, TagEnd, html};

/// `text` as HTML. Links become their text, since the pages that they name are not here; HTML becomes text.
pub(crate) fn render(text: &str) -> Markup {
    let events = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { .. } | Tag::Image { .. })
        | Event::End(TagEnd::Link | TagEnd::Image) => None,
        Event::Html(html) | Event::InlineHtml(html) => Some(Event::Text(html)),
        event => Some(event),
    });
    let mut rendered = String::new();
    html::push_html(&mut rendered, events);
    PreEscaped(rendered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_and_links_become_text() {
        let shown =
            render("Read [it](evil.md) in `a<b`.\n\n<script>alert(1)</script>").into_string();
        assert!(shown.starts_with("<p>Read it in <code>a&lt;b</code>.</p>"), "{shown}");
        assert!(!shown.contains("<script") && !shown.contains("evil"), "{shown}");
    }
}
