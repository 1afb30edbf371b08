//! The rules, and their comparison with `eb`.

use serde::Deserialize;

use super::*;

/// What `eb` leaves out of a bundle, by `tests/ebignore/generate.py`.
#[derive(Deserialize)]
struct Cases {
    paths: Vec<String>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    rules: String,
    /// A `1` for each path that is left out, or `invalid`.
    eb: String,
    /// The same of git, if it differs.
    git: Option<String>,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("../../tests/ebignore/cases.json")).unwrap()
}

/// What the rules leave out of `paths`, in the form of a case.
fn left_out(rules: &str, paths: &[String]) -> String {
    match Ignored::parse(rules) {
        Ok(ignored) => {
            paths.iter().map(|path| if ignored.covers(path) { '1' } else { '0' }).collect()
        }
        Err(_) => "invalid".to_owned(),
    }
}

/// The paths at which `left` and `right` differ.
fn differences<'a>(paths: &'a [String], left: &str, right: &str) -> Vec<&'a str> {
    let pairs = left.chars().zip(right.chars());
    let differ = paths.iter().zip(pairs).filter(|(_, (left, right))| left != right);
    differ.map(|(path, _)| path.as_str()).collect()
}

#[test]
fn every_set_of_rules_leaves_out_what_eb_leaves_out() {
    let Cases { paths, cases } = cases();
    assert!(cases.len() >= 400, "{} cases", cases.len());
    for Case { rules, eb, .. } in &cases {
        let found = left_out(rules, &paths);
        let differ = differences(&paths, &found, eb);
        assert_eq!(found, *eb, "{rules:?}: {differ:?}");
    }
}

#[test]
fn git_differs_where_a_folder_is_ignored_and_a_file_in_it_is_kept() {
    let Cases { paths, cases } = cases();
    let allows = cases.iter().find(|case| case.rules == "*\n!.platform/\n!Procfile\n!build/\n");
    let Case { eb, git, .. } = allows.unwrap();
    let differ = differences(&paths, eb, git.as_ref().unwrap());
    assert!(differ.contains(&".platform/hooks/predeploy/01-build.sh"), "{differ:?}");
    assert!(cases.iter().filter(|case| case.git.is_some()).count() > 50);
}

#[test]
fn without_the_file_nothing_is_left_out() {
    for path in ["a.txt", "a.txt~", ".elasticbeanstalk/config.yml"] {
        assert!(!Ignored::nothing().covers(path), "{path}");
        assert_eq!(Ignored::parse("").unwrap().covers(path), path != "a.txt", "{path}");
    }
}

#[test]
fn an_error_names_the_invalid_rule() {
    for rule in ["[z-a]", "!", "a\\"] {
        let problem = Ignored::parse(&format!("ok\n{rule}\n")).unwrap_err();
        let expected = format!("`.ebignore` has a bad rule `{rule}`: ");
        assert!(problem.starts_with(&expected), "{problem}");
    }
}
