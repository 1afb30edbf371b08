//! Each view, from plain data.

use mist_core::release::stack_status::StackStatus;
use mist_page::{
    file::{self, Report},
    model::{Answers, Board, History, Release, Requests, StackCard, Unreadable},
};

use crate::{now, sample};

fn stacks(stacks: Vec<StackCard>) -> String {
    board(Board { stacks, problems: Vec::new() })
}

fn board(board: Board) -> String {
    let report = Report { title: "Stacks".to_owned(), board: Some(board), ..Report::default() };
    main(&report)
}

fn release(release: Release) -> String {
    main(&Report { releases: vec![release], ..Report::default() })
}

fn history(history: History) -> String {
    let report = Report { history: Some((history, 30)), ..Report::default() };
    main(&report)
}

/// The content of the document, without its style and its script.
fn main(report: &Report) -> String {
    let text = file::document(report, &sample::place(), now());
    let (_, rest) = text.split_once("<main").unwrap();
    rest.split_once("</main>").unwrap().0.to_owned()
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in {text}");
    }
}

#[test]
fn a_card_has_both_versions_and_says_which_is_live() {
    let text = stacks(vec![sample::card("LIVE", now())]);
    has(
        &text,
        &["2026.48.2", "2026.48.3", "Green (Ok)", "2/2 instances", "Healthy", "live.shop.example"],
    );
    let (live, idle) = (text.find("Live</span>").unwrap(), text.find("Idle</span>").unwrap());
    assert!(idle < live, "side A is idle, and first");
}

#[test]
fn a_card_in_every_state_says_so_in_words() {
    let text = board(sample::board(now()));
    has(
        &text,
        &[
            "Releasing",
            "Step 6 of 11",
            "1 release in the queue",
            "usually takes",
            "Needs a look",
            "Changed without mist",
            "<code>--accept-drift</code>",
            "Stopped",
            "Unreadable",
            "lacks the permission",
            "Not live",
            "points to neither environment",
            "Unreadable release",
        ],
    );
}

#[test]
fn a_stack_that_cannot_be_read_hides_no_other() {
    let broken = StackStatus {
        stack: "OLD".to_owned(),
        problem: Some("ssm throttled the request".to_owned()),
        ..StackStatus::default()
    };
    let broken = StackCard { status: broken, recent: Vec::new() };
    let text = stacks(vec![broken, sample::card("QA", now())]);
    has(&text, &["ssm throttled the request", "Releases unknown.", "Healthy"]);
}

#[test]
fn nothing_is_said_to_be_nothing() {
    has(&stacks(Vec::new()), &["No stack is stored", "mist config push"]);
    has(&history(History::default()), &["No release.", "0.0", "–"]);
    let dead = Board { problems: vec!["nothing listens at `x`".to_owned()], ..Board::default() };
    let text = board(dead);
    has(&text, &["nothing listens at <code>x</code>"]);
    assert!(!text.contains("No stack is stored"), "what cannot be read is not empty: {text}");
}

#[test]
fn an_item_that_cannot_be_read_is_named_and_the_others_are_shown() {
    let unread = Unreadable { stack: "QA".to_owned(), problem: "format 9".to_owned() };
    let items = vec![Ok(sample::finished(now()).past), Err(unread)];
    let text =
        history(History { items, problems: vec!["UAT: denied".to_owned()], ..History::default() });
    has(&text, &["Unreadable", "format 9", "UAT: denied", "Done"]);
}

#[test]
fn a_release_shows_its_steps_its_warm_up_and_its_requests() {
    let text = release(sample::finished(now()));
    has(
        &text,
        &[
            "Wait until healthy",
            "3 min 7 s",
            "Tried again 2 times",
            "autoscaling throttled",
            "240 requests, after 6 tries",
            "412 ms",
            "28,291",
            "none failed",
            "15,841 answers",
            "The platforms of the environments differ",
            "Take the coupon into account",
            "weekly release, with the coupons",
        ],
    );
}

#[test]
fn failed_requests_are_counted_by_reason() {
    let answers = Answers { version: "v1".to_owned(), count: 7, first: 0.0, last: 3.0 };
    let requests = Requests {
        of: "clients".to_owned(),
        total: 9,
        versions: vec![answers],
        failures: vec![("status 503".to_owned(), 2)],
    };
    let text = release(Release { requests: Some(requests), ..sample::finished(now()) });
    has(&text, &["2 failed", "2 × status 503"]);
    assert!(!text.contains("none failed"));
}

#[test]
fn a_failed_release_shows_why_and_the_commands_of_the_runbook_for_its_stack() {
    let text = release(sample::failed(now()));
    has(
        &text,
        &[
            "Mist.WarmFailed",
            "Failed in <strong>",
            "answered 503 instead of 200",
            "The stack after the failure",
            "What to do",
            "<code>mist version -s QA</code>",
            "mist deploy -s QA -v",
            "COUPON_URL",
        ],
    );
}

#[test]
fn a_release_that_users_had_offers_no_command_that_repeats_it() {
    let text = release(sample::swapped_back(now()));
    has(&text, &["Swapped back", "no longer has the execution", "Swap back"]);
    assert!(!text.contains("mist deploy"), "{text}");
}

#[test]
fn a_release_that_runs_has_no_end() {
    let text = release(sample::running(now()));
    has(&text, &["Running", "So far", "is running", "usually"]);
    assert!(!text.contains("Took"), "{text}");
}

#[test]
fn markup_in_every_name_stays_text() {
    let text = || sample::MARKUP.to_owned();
    let mut failed = sample::failed(now());
    let past = &mut failed.past;
    (past.stack, past.id, past.execution) = (text(), text(), text());
    (past.started_by, past.operation, past.verdict) = (text(), text(), text());
    (past.version, past.reason) = (Some(text()), Some(text()));
    (past.message, past.accepted_drift) = (Some(text()), Some(text()));
    for side in [&mut past.from, &mut past.to].into_iter().flatten() {
        (side.environment, side.version) = (text(), Some(text()));
    }
    let past = past.clone();
    let cause = failed.cause.as_mut().unwrap();
    (cause.step, cause.message, cause.stack) = (text(), text(), Some(text()));
    cause.log = vec![text()];
    failed.problems = vec![text()];
    failed.warnings = vec![text()];
    failed.waits_for = Some(text());
    failed.changelog = Some(text());
    for step in &mut failed.steps {
        (step.name, step.detail) = (text(), text());
    }
    let mut card = sample::board(now()).stacks.remove(0);
    card.recent = vec![Ok(past.clone()), Err(Unreadable { stack: text(), problem: text() })];
    let status = &mut card.status;
    (status.stack, status.domain, status.target) = (text(), Some(text()), Some(text()));
    (status.drift, status.problem) = (Some(text()), Some(text()));
    for side in &mut status.sides {
        (side.environment, side.version, side.health, side.status) =
            (text(), Some(text()), text(), text());
    }
    let running = status.running.as_mut().unwrap();
    (running.reason, running.step) = (text(), Some(text()));
    let items = vec![Ok(past), Err(Unreadable { stack: text(), problem: text() })];
    let shown = main(&Report {
        title: text(),
        board: Some(Board { stacks: vec![card], problems: vec![text()] }),
        history: Some((History { stacks: vec![text()], items, problems: vec![text()] }, 30)),
        releases: vec![failed],
    });
    assert!(shown.contains("&lt;script&gt;"));
    for markup in ["<script", "<b onclick", "onclick=\"x"] {
        assert!(!shown.contains(markup), "{markup}");
    }
}

#[test]
fn a_character_that_turns_text_is_shown_by_its_code() {
    let mut failed = sample::failed(now());
    failed.past.version = Some("v1\u{202e}2v".to_owned());
    let text = release(failed);
    assert!(text.contains("v1\\u{202e}2v") && !text.contains("<strong>v1\u{202e}"), "{text}");
}
