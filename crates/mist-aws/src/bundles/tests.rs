//! What S3 is told while a bundle is written.

use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::retry::RetryConfig;
use mist_core::checksum::Checksum;

use super::*;
use crate::wire::{answer, xml_error};

const A: &[(&str, &str); 1] = &[("etag", "\"a\"")];
const B: &[(&str, &str); 1] = &[("etag", "\"b\"")];

const KEY: &str = "fetched/Demo/git-1.zip";

fn s3(rules: &[&Rule]) -> S3Artifacts {
    let client = mock_client!(aws_sdk_s3, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    S3Artifacts::new(client)
}

fn begun() -> Rule {
    mock!(Client::create_multipart_upload)
        .match_requests(|input| input.bucket() == Some("artifacts") && input.key() == Some(KEY))
        .then_http_response(|| {
            let body = "<InitiateMultipartUploadResult><UploadId>upload-1</UploadId>\
                        </InitiateMultipartUploadResult>";
            answer(200, &[], body)
        })
}

fn part(number: i32, etag: &'static [(&'static str, &'static str); 1]) -> Rule {
    mock!(Client::upload_part)
        .match_requests(move |input| {
            input.upload_id() == Some("upload-1") && input.part_number() == Some(number)
        })
        .then_http_response(move || answer(200, etag, ""))
}

#[tokio::test]
async fn a_bundle_exists_when_all_its_pieces_are_written() {
    let whole = mock!(Client::complete_multipart_upload)
        .match_requests(|input| {
            let parts = input.multipart_upload().map_or(&[][..], |upload| upload.parts());
            let tags: Vec<_> =
                parts.iter().map(|part| (part.part_number(), part.e_tag())).collect();
            tags == [(Some(1), Some("\"a\"")), (Some(2), Some("\"b\""))]
                && input.if_none_match() == Some("*")
        })
        .then_http_response(|| {
            let body = "<CompleteMultipartUploadResult><ETag>\"abc-2\"</ETag>\
                        </CompleteMultipartUploadResult>";
            answer(200, &[], body)
        });
    let rules = [&begun(), &part(1, A), &part(2, B), &whole];
    let mut upload = s3(&rules).begin("artifacts", KEY).await.unwrap();
    upload.write(vec![1; 10]).await.unwrap();
    upload.write(vec![2; 5]).await.unwrap();
    let artifact = upload.finish().await.unwrap();
    assert_eq!((artifact.key.as_str(), artifact.etag.as_str(), artifact.size), (KEY, "abc-2", 15));
    let content = [[1; 10].as_slice(), &[2; 5]].concat();
    assert_eq!(artifact.checksum, Checksum::of(&content));
}

#[tokio::test]
async fn an_abandoned_upload_is_aborted() {
    let refused = mock!(Client::upload_part)
        .then_http_response(|| xml_error(403, "AccessDenied", "Access Denied"));
    let aborted = mock!(Client::abort_multipart_upload)
        .match_requests(|input| input.upload_id() == Some("upload-1"))
        .then_http_response(|| answer(204, &[], ""));
    let mut upload = s3(&[&begun(), &refused, &aborted]).begin("artifacts", KEY).await.unwrap();
    let error = upload.write(vec![1; 10]).await.unwrap_err();
    assert_eq!(error.code(), "Mist.AccessDenied");
    upload.abandon().await;
    assert_eq!(aborted.num_calls(), 1);
}

#[tokio::test]
async fn a_failure_with_status_200_is_an_error() {
    // S3 begins to answer before it knows how it ends.
    let late = mock!(Client::complete_multipart_upload).then_http_response(|| {
        answer(200, &[], "<Error><Code>InternalError</Code><Message>Sorry</Message></Error>")
    });
    let aborted = mock!(Client::abort_multipart_upload)
        .match_requests(|input| input.upload_id() == Some("upload-1"))
        .then_http_response(|| answer(204, &[], ""));
    let client = s3(&[&begun(), &part(1, A), &late, &aborted]);
    let mut upload = client.begin("artifacts", KEY).await.unwrap();
    upload.write(vec![1; 10]).await.unwrap();
    let error = upload.finish().await.unwrap_err();
    assert_eq!(error.code(), "Mist.ServiceUnavailable", "{error}");
    // What was sent is not left behind to be paid for.
    assert_eq!(aborted.num_calls(), 1);
}

/// Ends an upload of one piece, and returns the result and the number of aborted uploads.
async fn ended(rules: &[&Rule]) -> (Result<Artifact, Error>, usize) {
    let aborted = mock!(Client::abort_multipart_upload)
        .match_requests(|input| input.upload_id() == Some("upload-1"))
        .then_http_response(|| answer(204, &[], ""));
    let (begun, part) = (begun(), part(1, A));
    let (complete, later) = rules.split_first().unwrap();
    let rules = [&[&begun, &part, complete, &aborted], later].concat();
    let mut upload = s3(&rules).begin("artifacts", KEY).await.unwrap();
    upload.write(b"ours".to_vec()).await.unwrap();
    (upload.finish().await, aborted.num_calls())
}

#[tokio::test]
async fn a_bundle_that_another_call_has_written_is_that_of_the_commit() {
    const THEIRS: &str = "PK\x03\x04 theirs PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let taken = mock!(Client::complete_multipart_upload)
        .then_http_response(|| xml_error(412, "PreconditionFailed", "There is an object"));
    let head = mock!(Client::head_object)
        .then_http_response(|| answer(200, &[("etag", "\"c\""), ("content-length", "34")], ""));
    let bytes = mock!(Client::get_object).then_http_response(|| answer(200, &[], THEIRS));
    let (found, aborted) = ended(&[&taken, &head, &bytes]).await;
    assert_eq!(found.unwrap().checksum, Checksum::of(THEIRS.as_bytes()));
    assert_eq!(aborted, 1);
}

#[tokio::test]
async fn a_conflict_with_another_call_is_tried_again_with_a_new_upload() {
    let conflict = mock!(Client::complete_multipart_upload)
        .then_http_response(|| xml_error(409, "ConditionalRequestConflict", "Conflict."));
    let (refused, aborted) = ended(&[&conflict]).await;
    assert_eq!(refused.unwrap_err().code(), "Mist.ServiceUnavailable");
    assert_eq!(aborted, 1);
}
