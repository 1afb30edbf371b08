//! The text of a failure.

use mist_core::release::failure::Cause;

use crate::failure::Failure;

/// The number of lines of the instances' logs that are shown.
const LOG_LINES: usize = 12;

/// The words that mark a line of a log as an error, in lower case.
const ERRORS: [&str; 8] =
    ["error", "exception", "fatal", "panic", "traceback", "critical", "cannot", "failed"];

/// The lines that say what failed and what to do.
pub(super) fn lines(failure: &Failure) -> Vec<String> {
    match failure {
        Failure::Operation { name, cause, told } => operation(name, cause, *told),
        Failure::Call(error) => vec![format!("mist: {error} ({})", error.code())],
        Failure::Failed(message)
        | Failure::Setup(message)
        | Failure::Usage(message)
        | Failure::State(message)
        | Failure::Detached { message, .. } => vec![format!("mist: {message}")],
    }
}

fn operation(name: &str, cause: &Cause, told: bool) -> Vec<String> {
    let mut shown = vec![format!("mist: {name}")];
    let reason = cause.reason();
    let reason = reason.lines().filter(|_| !told).map(str::to_owned);
    let stack = cause.stack.iter().map(|stack| format!("stack: {stack}"));
    shown.extend(reason.chain(stack).chain(log(&cause.log)).map(|line| format!("  {line}")));
    if name.starts_with("Mist.") {
        let entry = name.replace('.', "").to_lowercase();
        shown.push(format!("  Remedy: mist explain {name} (docs/RUNBOOK.md#{entry})"));
    }
    shown
}

/// The lines of `log` that are shown: the last error, then the last lines in their order.
fn log(log: &[String]) -> Vec<String> {
    let lines = log.iter().flat_map(|entry| entry.lines()).map(str::trim_end);
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    let is_error = |line: &&str| {
        let line = line.to_lowercase();
        ERRORS.iter().any(|word| line.contains(word))
    };
    let Some(place) = lines.iter().rposition(is_error) else {
        return last(&lines, LOG_LINES).map(str::to_owned).collect();
    };
    let rest: Vec<_> = [&lines[..place], &lines[place + 1..]].concat();
    let rest = last(&rest, LOG_LINES - 1).map(str::to_owned);
    std::iter::once(format!("last error: {}", lines[place])).chain(rest).collect()
}

fn last<'a>(lines: &'a [&str], most: usize) -> impl Iterator<Item = &'a str> {
    lines.iter().copied().skip(lines.len().saturating_sub(most))
}

#[cfg(test)]
mod tests {
    use mist_core::error::Error;

    use super::*;

    fn unhealthy() -> Cause {
        Cause {
            step: "Wait until healthy".to_owned(),
            error: "Mist.Unhealthy".to_owned(),
            message: "environment `Demo-QA-B` runs `v2`, but its health is Red | Severe after 60 s"
                .to_owned(),
            stack: Some("v1 is live on side A".to_owned()),
            log: vec![
                "i-1: web.stdout.log: starting".to_owned(),
                "i-1: web.stdout.log: ModuleNotFoundError: shop".to_owned(),
                "i-1: eb-engine.log: waiting".to_owned(),
            ],
            swapped_back: false,
        }
    }

    fn failed(cause: Cause, told: bool) -> Failure {
        Failure::Operation { name: cause.error.clone(), cause: Box::new(cause), told }
    }

    #[test]
    fn a_cause_is_shown_field_by_field() {
        insta::assert_snapshot!(lines(&failed(unhealthy(), false)).join("\n"));
    }

    #[test]
    fn a_reason_that_was_told_is_not_repeated() {
        let shown = lines(&failed(unhealthy(), true)).join("\n");
        assert!(!shown.contains("its health is"), "{shown}");
        assert!(shown.contains("v1 is live on side A"), "{shown}");
    }

    #[test]
    fn the_last_error_of_a_long_log_is_the_first_of_twelve_lines() {
        let mut all: Vec<_> = (1..=40).map(|line| format!("line {line}")).collect();
        all[3] = "an Error, which is older".to_owned();
        all[9] = "ValueError: no such shop".to_owned();
        let shown = log(&all);
        assert_eq!(shown.len(), LOG_LINES);
        assert_eq!(shown[0], "last error: ValueError: no such shop");
        assert_eq!((shown[1].as_str(), shown[11].as_str()), ("line 30", "line 40"));
    }

    #[test]
    fn a_log_without_an_error_ends_with_its_last_line() {
        let all: Vec<_> = (1..=20).map(|line| format!("line {line}")).collect();
        let shown = log(&all);
        assert_eq!((shown.len(), shown[11].as_str()), (LOG_LINES, "line 20"));
        assert_eq!(log(&["one\n\ntwo\n".to_owned()]), ["one", "two"]);
    }

    #[test]
    fn a_text_that_is_no_cause_is_shown_unchanged() {
        let text = "the state was not found | {\"step\": 1}";
        let failure = failed(Cause::read("States.Runtime", text), false);
        assert_eq!(lines(&failure), ["mist: States.Runtime".to_owned(), format!("  {text}")]);
    }

    #[test]
    fn a_failed_call_has_its_name() {
        let error = Error::StepFailed { step: "Plan".to_owned(), problem: "killed".to_owned() };
        assert!(lines(&Failure::Call(Box::new(error)))[0].ends_with("(Mist.StepFailed)"));
    }
}
