//! The views in one file.

use mist_page::{
    file::{self, Report},
    model::{Board, History, StackCard},
};

use crate::{now, sample};

fn document(report: &Report) -> String {
    file::document(report, &sample::place(), now())
}

#[test]
fn a_file_needs_nothing_from_elsewhere_and_lets_nothing_in() {
    let report = Report {
        title: "Everything".to_owned(),
        board: Some(sample::board(now())),
        history: Some((sample::history(now(), 20), 30)),
        releases: vec![sample::finished(now()), sample::failed(now())],
    };
    let text = document(&report);
    for foreign in
        ["src=\"http", "src=\"/", "<link rel=\"stylesheet", "@import", "url(http", "url(\""]
    {
        assert!(!text.contains(foreign), "{foreign}");
    }
    let policy = text.split("Content-Security-Policy\" content=\"").nth(1).unwrap();
    let policy = policy.split('"').next().unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe") && policy.contains("form-action 'none'"), "{policy}");
    for inline in [" style=\"", " onclick=", " onload=", "javascript:"] {
        assert!(!text.contains(inline), "{inline}");
    }
}

#[test]
fn a_link_within_a_file_goes_to_a_release_that_it_has() {
    let report = Report {
        title: "Two".to_owned(),
        history: Some((
            History {
                items: vec![Ok(sample::finished(now()).past), Ok(sample::failed(now()).past)],
                ..History::default()
            },
            30,
        )),
        releases: vec![sample::finished(now())],
        ..Report::default()
    };
    let text = document(&report);
    let links: Vec<_> = text.split("href=\"#release-").skip(1).collect();
    assert_eq!(links.len(), 1, "the failed release is in the table, but has no view");
    let id = links[0].split('"').next().unwrap();
    assert!(text.contains(&format!("id=\"release-{id}\"")), "{id}");
}

#[test]
fn many_stacks_and_releases_are_all_there() {
    let model = sample::card("LIVE", now());
    let card = |number| {
        let mut card: StackCard = model.clone();
        card.status.stack = format!("TEAM-{number:03}");
        card
    };
    let report = Report {
        title: "Many".to_owned(),
        board: Some(Board { stacks: (0..200).map(card).collect(), problems: Vec::new() }),
        history: Some((sample::history(now(), 2000), 3660)),
        releases: Vec::new(),
    };
    let text = document(&report);
    assert_eq!(text.matches("<article class=\"card\"").count(), 200);
    assert_eq!(text.matches("data-label=\"Stack\"").count(), 2000);
}
