//! Credentials in addresses, such as `postgres://shop:password@db/shop`.

use std::ops::Range;

use super::text::after_last;

/// The endings of names in data sources of Go, such as `shop:password@tcp(db:3306)/shop`.
const GO_HOSTS: [&str; 2] = ["@tcp(", "@unix("];

/// The beginning of data sources such as `jdbc:oracle:thin:scott/password@//db:1521/shop`.
const ORACLE: &str = "jdbc:oracle:";

/// The credentials of all addresses in `line`.
pub(super) fn find(line: &str) -> Vec<Range<usize>> {
    let in_urls = line.match_indices("://").filter_map(|(at, _)| in_url(line, at + 3));
    let in_go = GO_HOSTS
        .iter()
        .flat_map(|host| line.match_indices(host))
        .map(|(at, _)| after_last(&line[..at], is_end)..at);
    let in_oracle = line.match_indices(ORACLE).filter_map(|(at, _)| {
        let start = at + ORACLE.len();
        let start = line[start..].find(':').map(|kind| start + kind + 1)?;
        let end = address_end(line, start);
        line[start..end].rfind('@').map(|length| start..start + length)
    });
    in_urls.chain(in_go).chain(in_oracle).filter(|secret| !secret.is_empty()).collect()
}

/// The credentials of the URL whose authority begins at `start`.
fn in_url(line: &str, start: usize) -> Option<Range<usize>> {
    let rest = &line[start..address_end(line, start)];
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let has_password = authority.rsplit_once(':').is_some_and(|(_, text)| !is_port(text));
    // A password may have any of these characters.
    let searched = if has_password { rest } else { authority };
    searched.rfind('@').map(|length| start..start + length)
}

fn address_end(line: &str, start: usize) -> usize {
    line[start..].find(is_end).map_or(line.len(), |length| start + length)
}

fn is_end(letter: char) -> bool {
    letter.is_whitespace() || "\"'`<>".contains(letter)
}
