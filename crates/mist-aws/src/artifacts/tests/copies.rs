//! What S3's answers to copies mean.

use super::*;

const KEPT: &str = "versions/Demo/v2/kept.zip";

async fn keep(rules: &[&Rule], artifact: &Artifact) -> Result<(), String> {
    s3(rules).keep(artifact, KEPT, &"v2".parse().unwrap()).await.map_err(told)
}

/// The answer to a copy whose checksum is `sum`.
fn copied(sum: &str) -> HttpResponse {
    let sum = format!("<ChecksumSHA256>{sum}</ChecksumSHA256>");
    let body = format!("<CopyObjectResult><ETag>\"b1946ac9\"</ETag>{sum}</CopyObjectResult>");
    answer(200, &[], body)
}

/// An object with `content` lies at [`KEPT`].
fn kept(content: &'static str) -> [Rule; 2] {
    let head = mock!(Client::head_object)
        .match_requests(|input| input.key() == Some(KEPT))
        .then_http_response(|| answer(200, &[("etag", QUOTED_ETAG), ("content-length", "44")], ""));
    [head, reading(ALL, move || answer(200, &[], content))]
}

#[tokio::test]
async fn copies_exactly_the_object_that_was_found_and_overwrites_nothing() {
    let rule = mock!(Client::copy_object)
        .match_requests(|input| {
            input.copy_source() == Some("artifacts/releases%2FQA%2Fv2.zip?versionId=version-1")
                && input.copy_source_if_match() == Some(QUOTED_ETAG)
                && input.if_none_match() == Some("*")
                && input.checksum_algorithm() == Some(&ChecksumAlgorithm::Sha256)
                && input.key() == Some(KEPT)
        })
        .then_http_response(|| copied(SUM));
    let version_id = Some("version-1".to_owned());
    keep(&[&rule], &Artifact { version_id, ..artifact() }).await.unwrap();
}

#[tokio::test]
async fn a_copy_without_a_checksum_is_read() {
    let rule = || {
        mock!(Client::copy_object).then_http_response(|| {
            answer(200, &[], "<CopyObjectResult><ETag>\"b1946ac9\"</ETag></CopyObjectResult>")
        })
    };
    let [head, same] = kept(ZIP);
    keep(&[&rule(), &head, &same], &artifact()).await.unwrap();
    let [head, other] = kept("other");
    let refused = keep(&[&rule(), &head, &other], &artifact()).await.unwrap_err();
    assert!(refused.starts_with("Mist.KeptCopyChanged"), "{refused}");
}

#[tokio::test]
async fn an_existing_copy_must_have_the_same_content() {
    let there = || mock!(Client::copy_object).then_http_response(precondition_failed);
    let [head, same] = kept(ZIP);
    keep(&[&there(), &head, &same], &artifact()).await.unwrap();
    let [head, other] = kept("planted");
    let refused = keep(&[&there(), &head, &other], &artifact()).await.unwrap_err();
    assert!(
        refused.starts_with("Mist.KeptCopyChanged: copy `versions/Demo/v2/kept.zip`"),
        "{refused}"
    );
}

#[tokio::test]
async fn explains_why_an_object_cannot_be_copied() {
    let keep = async |response: fn() -> HttpResponse| {
        let rule = mock!(Client::copy_object).then_http_response(response);
        keep(&[&rule, &head_answering(404)], &artifact()).await.unwrap_err()
    };
    insta::assert_snapshot!(keep(precondition_failed).await, @"Mist.ArtifactChanged: bundle `releases/QA/v2.zip` was replaced after this release was planned; release it again");
    insta::assert_snapshot!(keep(|| xml_error(404, "NoSuchKey", "None.")).await, @"Mist.ArtifactMissing: bundle `releases/QA/v2.zip` does not exist in bucket `artifacts`; upload it again");
    let slow =
        || answer(503, &[], "<Error><Code>SlowDown</Code><Message>Reduce.</Message></Error>");
    insta::assert_snapshot!(keep(slow).await, @"Mist.Throttled: s3 throttled the request: SlowDown: Reduce.");
    let denied =
        || answer(403, &[], "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>");
    insta::assert_snapshot!(keep(denied).await, @"Mist.AccessDenied: s3 denied access: AccessDenied: No.");
}

#[tokio::test]
async fn a_conflict_with_another_copy_is_tried_again_unless_that_is_there() {
    let conflict = || {
        mock!(Client::copy_object)
            .then_http_response(|| xml_error(409, "ConditionalRequestConflict", "Conflict."))
    };
    let nothing_yet = keep(&[&conflict(), &head_answering(404)], &artifact()).await.unwrap_err();
    assert!(nothing_yet.starts_with("Mist.ServiceUnavailable"), "{nothing_yet}");
    let [head, same] = kept(ZIP);
    keep(&[&conflict(), &head, &same], &artifact()).await.unwrap();
}
