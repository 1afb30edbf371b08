//! Secrets in lines of logs, which are masked before a line leaves the account's logs.
//!
//! Own code, because no crate fits: scanners such as ripsecrets are programs for repositories, and `rtb-redact` masks
//! commits and leaves JSON members. Both need a regex engine, and the domain has libraries for data only.

mod address;
mod assignment;
mod disorder;
mod private_key;
#[cfg(test)]
mod tests;
mod text;
mod token;

use std::ops::Range;

use text::MASK;

/// The longest part of a line that is read, in bytes. An excerpt shows far less.
const LONGEST_LINE: usize = 4096;

/// The lines of `log` at the places `shown`, with their secrets masked. A private key may begin in any line of the log.
pub(super) fn mask(log: &[&str], shown: &[usize]) -> Vec<String> {
    let private = private_key::lines(log);
    let masked = |at: &usize| if private[*at] { MASK.to_owned() } else { mask_line(log[*at]) };
    shown.iter().map(masked).collect()
}

fn mask_line(line: &str) -> String {
    let line = &line[..line.floor_char_boundary(LONGEST_LINE)];
    let mut secrets = private_key::find(line);
    secrets.extend(assignment::find(line));
    secrets.extend(address::find(line));
    secrets.extend(token::find(line));
    secrets.extend(disorder::find(line));
    replace(line, secrets)
}

/// The line with `secrets`, which may overlap, replaced.
fn replace(line: &str, mut secrets: Vec<Range<usize>>) -> String {
    secrets.sort_by_key(|secret| secret.start);
    let (mut text, mut at) = (String::new(), 0);
    for secret in secrets {
        if secret.start >= at {
            text.push_str(&line[at..secret.start]);
            text.push_str(MASK);
        }
        at = at.max(secret.end);
    }
    text.push_str(&line[at..]);
    text
}
