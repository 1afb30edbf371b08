//! What S3's answers mean.

mod copies;
mod meanwhile;

use aws_sdk_s3::{Client, types::ChecksumMode};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::retry::RetryConfig;

use super::*;
use crate::wire::{answer, xml_error};

const KEY: &str = "releases/QA/v2.zip";
const ETAG: &str = "b1946ac92492d2347c6235b4d2611184";
const QUOTED_ETAG: &str = "\"b1946ac92492d2347c6235b4d2611184\"";

fn s3(rules: &[&Rule]) -> S3Artifacts {
    let client = mock_client!(aws_sdk_s3, RuleMode::Sequential, rules, |config| config
        .retry_config(RetryConfig::disabled()));
    S3Artifacts::new(client)
}

/// An object of 1234 bytes lies at [`KEY`].
fn there() -> Rule {
    of_size(&[("etag", QUOTED_ETAG), ("content-length", "1234")])
}

/// An object with `headers` lies at [`KEY`].
fn of_size(headers: &'static [(&'static str, &'static str)]) -> Rule {
    mock!(Client::head_object)
        .match_requests(|input| input.bucket() == Some("artifacts") && input.key() == Some(KEY))
        .then_http_response(move || answer(200, headers, ""))
}

fn head_answering(status: u16) -> Rule {
    mock!(Client::head_object).then_http_response(move || answer(status, &[], ""))
}

/// Its bytes in `range` are read only as long as it is the same object.
fn reading(
    range: impl Into<Option<&'static str>>,
    response: impl Fn() -> HttpResponse + Send + Sync + 'static,
) -> Rule {
    let range = range.into();
    mock!(Client::get_object)
        .match_requests(move |input| {
            input.range() == range && input.if_match() == Some(QUOTED_ETAG)
        })
        .then_http_response(response)
}

/// All of its bytes.
const ALL: Option<&str> = None;

const START: &str = "bytes=0-3";
const END: &str = "bytes=-65557";

/// A zip with one file and the comment `mist`.
const ZIP: &str = "PK\x03\x04 a file PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\0mist";

fn artifact() -> Artifact {
    Artifact {
        bucket: "artifacts".to_owned(),
        key: KEY.to_owned(),
        etag: ETAG.to_owned(),
        version_id: None,
        size: 1234,
        checksum: Checksum::of(ZIP.as_bytes()),
    }
}

async fn find(rules: &[&Rule]) -> Result<Artifact, String> {
    s3(rules).find("artifacts", KEY, None).await.map_err(told)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to `map_err`")]
fn told(error: Error) -> String {
    format!("{}: {error}", error.code())
}

fn precondition_failed() -> HttpResponse {
    answer(
        412,
        &[],
        "<Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you \
         specified did not hold</Message><Condition>If-Match</Condition></Error>",
    )
}

#[tokio::test]
async fn finds_a_zip_and_reads_it_once() {
    let found = find(&[&there(), &reading(ALL, || answer(200, &[], ZIP))]).await;
    assert_eq!(found, Ok(artifact()));
}

/// The headers of [`ZIP`], of which S3 knows the checksum.
const SUMMED: &[(&str, &str)] = &[
    ("etag", QUOTED_ETAG),
    ("content-length", "65558"),
    ("x-amz-checksum-sha256", SUM),
    ("x-amz-checksum-type", "FULL_OBJECT"),
];

/// The checksum of [`ZIP`], as S3 has it.
const SUM: &str = "1/gn9zY0R5xPICyzYZ1GGniBpuKDAASSEHW6sDo8U58=";

#[tokio::test]
async fn a_zip_whose_checksum_s3_knows_is_read_at_its_start_and_its_end() {
    let head = mock!(Client::head_object)
        .match_requests(|input| input.checksum_mode() == Some(&ChecksumMode::Enabled))
        .then_http_response(|| answer(200, SUMMED, ""));
    let end = reading(END, || answer(206, &[], &ZIP[10..]));
    let start = reading(START, || answer(206, &[], &ZIP[..4]));
    let found = find(&[&head, &end, &start]).await;
    assert_eq!(found, Ok(Artifact { size: 65_558, ..artifact() }));
}

#[tokio::test]
async fn the_checksum_of_parts_is_not_that_of_the_content() {
    let parts = of_size(&[
        ("etag", QUOTED_ETAG),
        ("content-length", "1234"),
        ("x-amz-checksum-sha256", "rSvHFn9fMe/rpPL7pPUyCDbLTTTYXE9FLbgJMSBEv/c=-2"),
        ("x-amz-checksum-type", "COMPOSITE"),
    ]);
    let found = find(&[&parts, &reading(ALL, || answer(200, &[], ZIP))]).await;
    assert_eq!(found, Ok(artifact()));
}

#[tokio::test]
async fn finds_a_version_of_an_object() {
    let headers =
        &[("etag", QUOTED_ETAG), ("content-length", "1234"), ("x-amz-version-id", "version-1")];
    let head = mock!(Client::head_object)
        .match_requests(|input| input.version_id() == Some("version-1"))
        .then_http_response(|| answer(200, headers, ""));
    let bytes = mock!(Client::get_object)
        .match_requests(|input| input.version_id() == Some("version-1"))
        .then_http_response(|| answer(200, &[], ZIP));
    let found = s3(&[&head, &bytes]).find("artifacts", KEY, Some("version-1")).await.unwrap();
    assert_eq!(found, Artifact { version_id: Some("version-1".to_owned()), ..artifact() });
}

#[tokio::test]
async fn a_large_zip_is_summed_without_keeping_it() {
    let content = || format!("{}{}{}", &ZIP[..4], "x".repeat(300_000), &ZIP[10..]);
    let large = mock!(Client::get_object).then_http_response(move || answer(200, &[], content()));
    let found = find(&[&there(), &large]).await.unwrap();
    assert_eq!(found.checksum, Checksum::of(content().as_bytes()));
}

#[tokio::test]
async fn an_object_is_described_whatever_it_is() {
    let text = reading(ALL, || answer(200, &[], "no zip"));
    let found = s3(&[&there(), &text]).describe("artifacts", KEY).await.unwrap();
    assert_eq!(found.checksum, Checksum::of(b"no zip"));
    let summed = mock!(Client::head_object).then_http_response(|| answer(200, SUMMED, ""));
    let found = s3(&[&summed]).describe("artifacts", KEY).await.unwrap();
    assert_eq!(found.checksum, Checksum::of(ZIP.as_bytes()));
}

#[tokio::test]
async fn refuses_an_incomplete_zip() {
    let cut = reading(ALL, || answer(200, &[], &ZIP[..ZIP.len() - 1]));
    insta::assert_snapshot!(find(&[&there(), &cut]).await.unwrap_err(), @"Mist.InvalidArtifact: bundle `releases/QA/v2.zip` is truncated: the end of the zip is missing; build and upload it again");
}

#[tokio::test]
async fn refuses_a_file_that_is_not_a_zip() {
    let found = find(&[&there(), &reading(ALL, || answer(200, &[], "<!DOCTYPE html>"))]).await;
    insta::assert_snapshot!(found.unwrap_err(), @"Mist.InvalidArtifact: bundle `releases/QA/v2.zip` is not a zip; build and upload it again");
}

#[tokio::test]
async fn refuses_an_empty_object_without_reading_it() {
    let empty = mock!(Client::head_object).then_http_response(|| {
        answer(
            200,
            &[("etag", "\"d41d8cd98f00b204e9800998ecf8427e\""), ("content-length", "0")],
            "",
        )
    });
    insta::assert_snapshot!(find(&[&empty]).await.unwrap_err(), @"Mist.InvalidArtifact: bundle `releases/QA/v2.zip` is empty; build and upload it again");
}

#[tokio::test]
async fn a_missing_object_is_an_error_of_its_own() {
    insta::assert_snapshot!(find(&[&head_answering(404)]).await.unwrap_err(), @"Mist.ArtifactMissing: bundle `releases/QA/v2.zip` does not exist in bucket `artifacts`; upload it again");
}

#[tokio::test]
async fn a_denied_object_is_an_error_of_its_own() {
    let error = find(&[&head_answering(403)]).await.unwrap_err();
    assert!(error.starts_with("Mist.AccessDenied: s3 denied access: "), "{error}");
}

#[tokio::test]
async fn finds_the_newest_bundle_across_pages() {
    let first = mock!(Client::list_objects_v2)
        .match_requests(|input| {
            input.prefix() == Some("releases/QA/")
                && input.delimiter() == Some("/")
                && input.continuation_token().is_none()
        })
        .then_http_response(|| {
            answer(
                200,
                &[],
                "<ListBucketResult><IsTruncated>true</IsTruncated>\
                 <NextContinuationToken>more</NextContinuationToken>\
                 <Contents><Key>releases/QA/notes.txt</Key>\
                 <LastModified>2026-01-09T00:00:00.000Z</LastModified></Contents>\
                 <Contents><Key>releases/QA/v1.zip</Key>\
                 <LastModified>2026-01-03T00:00:00.000Z</LastModified></Contents>\
                 <Contents><Key>releases/QA/v2.war</Key>\
                 <LastModified>2026-01-05T00:00:00.000Z</LastModified></Contents>\
                 </ListBucketResult>",
            )
        });
    let second = mock!(Client::list_objects_v2)
        .match_requests(|input| input.continuation_token() == Some("more"))
        .then_http_response(|| {
            answer(
                200,
                &[],
                "<ListBucketResult><IsTruncated>false</IsTruncated>\
                 <Contents><Key>releases/QA/v3.zip</Key>\
                 <LastModified>2026-01-04T00:00:00.000Z</LastModified></Contents>\
                 </ListBucketResult>",
            )
        });
    let found = s3(&[&first, &second]).newest("artifacts", "releases/QA/").await.unwrap();
    assert_eq!(found.as_deref(), Some("releases/QA/v2.war"));
}

#[tokio::test]
async fn a_folder_without_bundles_has_no_newest_bundle() {
    let rule = mock!(Client::list_objects_v2).then_http_response(|| {
        answer(200, &[], "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")
    });
    assert_eq!(s3(&[&rule]).newest("artifacts", "releases/QA/").await.unwrap(), None);
}

#[tokio::test]
async fn an_upload_is_known_by_its_version() {
    let folder = std::env::temp_dir().join(format!("mist-upload-{}", std::process::id()));
    std::fs::write(&folder, ZIP).unwrap();
    let put = mock!(Client::put_object)
        .match_requests(|input| input.key() == Some(KEY) && input.checksum_sha256() == Some(SUM))
        .then_http_response(|| {
            answer(200, &[("etag", QUOTED_ETAG), ("x-amz-version-id", "version-1")], "")
        });
    let sum = Checksum::of(ZIP.as_bytes());
    let uploaded = s3(&[&put]).upload(("artifacts", KEY), &folder, sum).await.unwrap();
    std::fs::remove_file(&folder).unwrap();
    assert_eq!(uploaded.version_id.as_deref(), Some("version-1"));
    assert_eq!((uploaded.key.as_str(), uploaded.etag.as_deref()), (KEY, Some(ETAG)));
}

#[tokio::test]
async fn reads_whether_a_bucket_sends_events() {
    let events = async |status, body: &'static str| {
        let rule = mock!(Client::get_bucket_notification_configuration)
            .then_http_response(move || answer(status, &[], body));
        s3(&[&rule]).events("artifacts").await.map_err(told)
    };
    let with = "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>";
    assert_eq!(events(200, with).await, Ok(BucketEvents::Sent));
    assert_eq!(events(200, "<NotificationConfiguration/>").await, Ok(BucketEvents::Silent));
    let none = "<Error><Code>NoSuchBucket</Code><Message>It does not exist</Message></Error>";
    assert_eq!(events(404, none).await, Ok(BucketEvents::NoBucket));
    let refused = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let problem = events(403, refused).await.unwrap_err();
    assert!(problem.starts_with("Mist.AccessDenied"), "{problem}");
}
