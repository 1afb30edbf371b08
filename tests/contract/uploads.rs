//! Uploads: the rule that starts a release matches keys of bundles, and no others.

use mist_core::stack::artifact::ArtifactKey;
use serde_json::Value;

use crate::project::{self, Result};

/// The patterns of keys in the rule, with the prefix `releases`.
fn patterns() -> Result<Vec<String>> {
    let template = project::template()?;
    let rule = &template["Resources"]["BlueGreenStateMachine"]["Properties"]["Events"]["Upload"];
    let keys = rule["Properties"]["Pattern"]["detail"]["object"]["key"].as_array();
    let keys = keys.ok_or("the rule of uploads has no keys")?;
    let pattern = |key: &Value| key["wildcard"]["Fn::Sub"].as_str().map(str::to_owned);
    let patterns: Option<Vec<_>> = keys.iter().map(pattern).collect();
    let patterns = patterns.ok_or("a key of the rule is no wildcard")?;
    Ok(patterns.iter().map(|it| it.replace("${ArtifactPrefix}", "releases")).collect())
}

/// Whether EventBridge matches `key` with `pattern`: a `*` stands for any characters.
fn matches(pattern: &str, key: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = key.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn only_the_key_of_a_bundle_starts_a_release() -> Result {
    let patterns = patterns()?;
    let starts = |key: &str| patterns.iter().any(|pattern| matches(pattern, key));
    for key in ["releases/QA/v2.zip", "releases/QA/v2.war", "releases/QA/v 2.1.zip"] {
        assert!(starts(key), "{key}");
        assert!(ArtifactKey::parse(key).is_ok(), "{key}");
    }
    let mistaken = ["releases/QA/app.jar", "releases/QA/Dockerrun.aws.json", "releases/v2.zip"];
    for key in mistaken {
        assert!(starts(key), "{key}: the release says what is wrong with it");
        assert!(ArtifactKey::parse(key).is_err(), "{key}");
    }
    for key in [
        "releases/",
        "releases/QA/",
        "releases/QA/old/",
        "releases/QA/.DS_Store",
        "releases/QA/notes.txt",
        "releases-of-others/QA/v2.zip",
        "fetched/Demo/v2.zip",
        "versions/Demo/v2/abc.zip",
    ] {
        assert!(!starts(key), "{key}");
    }
    Ok(())
}
