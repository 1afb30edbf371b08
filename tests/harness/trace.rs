//! Golden traces: the steps of an execution, without what differs from one to the next.

use mist_aws::executions::{Step, What};
use mist_core::{release::failure::Cause, stack::side::Side};
use regex_lite::Regex;

use crate::{outcome::Outcome, story::Story};

/// The trace of an execution: a line per state, the outcome, the live environment, and the requests of clients.
pub(crate) fn trace(
    story: &Story,
    steps: &[Step],
    outcome: &Outcome,
    live: Option<Side>,
) -> String {
    let states = states(steps);
    // The state after a Choice shows its decision.
    let shown = states.iter().filter(|(state, _)| !CHOICES.contains(&state.as_str()));
    let mut lines: Vec<String> =
        shown.map(|(state, result)| format!("{state:<20}{result}")).collect();
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    match outcome {
        Outcome::Succeeded => lines.push("succeeded".to_owned()),
        Outcome::Failed { error, cause } => {
            lines.push(format!("failed: {error}"));
            let cause = Cause::read(error, cause);
            lines.push(format!("  {}", cause.reason()));
            lines.push(format!("  stack: {}", cause.stack.as_deref().unwrap_or("unknown")));
            // Logs of instances contain times and process ids.
            lines.extend((!cause.log.is_empty()).then(|| "  log: …".to_owned()));
        }
    }
    lines.push(format!("live side: {}", live.map_or("neither".to_owned(), |it| it.to_string())));
    lines.push(format!("failed requests of clients: {}", story.clients().1));
    // For the reader of a failed test; golden traces leave them out.
    let failures = story.failures();
    lines.extend(failures.iter().map(|(reason, times)| format!("  {times} × {reason}")));
    let changes = story.beanstalk_changes();
    lines.extend(changes.iter().map(|change| format!("call of Beanstalk: {}", change.trim_end())));
    plain(story, &lines.join("\n"))
}

/// The Choice states of the definition.
const CHOICES: [&str; 2] = ["Choose operation", "Goes live?"];

/// Errors that make a task look again; their number depends on time.
const WAITS: [&str; 3] = ["Mist.NotReady", "States.Timeout", "States.HeartbeatTimeout"];

/// Each state that was entered, with its result: `ok`, `ok after Mist.Throttled`, or the error.
fn states(steps: &[Step]) -> Vec<(String, String)> {
    let mut states: Vec<(String, String)> = Vec::new();
    let mut errors: Vec<String> = Vec::new();
    for step in steps {
        match &step.what {
            What::Entered { state } => {
                errors.clear();
                states.push((state.clone(), String::new()));
            }
            What::Failed { error, .. } => {
                if !errors.contains(error) {
                    errors.push(error.clone());
                }
            }
            What::Exited { output, .. } => {
                let passes_on =
                    output.get("Error").is_some_and(|error| errors.iter().any(|it| error == it));
                let nothing = *output == serde_json::json!({});
                let caught = !errors.is_empty() && (nothing || passes_on);
                let waits = errors.iter().filter(|error| !WAITS.contains(&error.as_str()));
                let waits: Vec<_> = waits.cloned().collect();
                if let Some((_, result)) = states.last_mut() {
                    *result = match (caught, waits.as_slice()) {
                        (true, _) => errors.last().cloned().unwrap_or_default(),
                        (false, []) => "ok".to_owned(),
                        (false, waits) => format!("ok after {}", waits.join(", ")),
                    };
                }
            }
        }
    }
    states
}

// Health follows changes with a delay that differs.
const HEALTHS: [&str; 7] = [
    "Green (Ok)",
    "Green (Info)",
    "Yellow (Warning)",
    "Red (Degraded)",
    "Red (Severe)",
    "Grey (Pending)",
    "Grey (Suspended)",
];

/// `trace` without what differs from one time to the next: moments, durations, names of executions.
pub(crate) fn timeless(trace: &str) -> String {
    let words = [
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
        (r"arn:aws:states:[^ )|]*", "EXECUTION"),
        (r"\b\d+ s\b", "N s"),
        (r"\b\d+ tries\b", "N tries"),
        (r"\bZ[A-Z0-9]{12,}\b", "ZONE"),
        (r"\b[0-9a-f]{64}\b", "SHA256"),
        (r"clients: [1-9]\d*(\n  \d+ × .*)*", "clients: some"),
    ];
    let plain = |trace: String, (pattern, word): (&str, &str)| match Regex::new(pattern) {
        Ok(pattern) => pattern.replace_all(&trace, word).into_owned(),
        Err(_) => trace,
    };
    words.into_iter().fold(trace.to_owned(), plain)
}

// Names of stacks and instances differ from one execution to the next.
fn plain(story: &Story, trace: &str) -> String {
    let name = story.stack.stack.name.as_str();
    let trace = trace.replace(name, "STACK").replace(&name.to_lowercase(), "STACK");
    let trace = HEALTHS.iter().fold(trace, |trace, health| trace.replace(health, "…"));
    let mut words = trace.split("i-");
    let mut plain = words.next().unwrap_or_default().to_owned();
    for word in words {
        let id = word.chars().take_while(char::is_ascii_hexdigit).count();
        plain.push_str("i-");
        plain.push_str(if id == 17 { "…" } else { &word[..id] });
        plain.push_str(&word[id..]);
    }
    plain
}
