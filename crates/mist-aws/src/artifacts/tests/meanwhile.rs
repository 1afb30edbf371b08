//! Objects that change between two calls.

use super::*;

#[tokio::test]
async fn an_object_that_is_replaced_meanwhile_has_changed() {
    let error = find(&[&there(), &reading(ALL, precondition_failed)]).await.unwrap_err();
    insta::assert_snapshot!(error, @"Mist.ArtifactChanged: bundle `releases/QA/v2.zip` was replaced after this release was planned; release it again");
}

#[tokio::test]
async fn an_object_that_is_deleted_meanwhile_is_missing() {
    for code in ["NoSuchKey", "NoSuchVersion"] {
        let body = move || format!("<Error><Code>{code}</Code><Message>None.</Message></Error>");
        let deleted = reading(ALL, move || answer(404, &[], body()));
        let error = find(&[&there(), &deleted]).await.unwrap_err();
        assert!(error.starts_with("Mist.ArtifactMissing: bundle `releases/QA/v2.zip`"), "{error}");
    }
}
