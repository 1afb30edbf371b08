//! S3: the bundle of the release, which exists, and that of a commit, which may not exist yet.

use axum::{
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use mist_core::stack::artifact::ARCHIVE_END;

use super::scene::Scene;

/// The entity tag of every bundle.
const TAG: (HeaderName, &str) = (header::ETAG, "\"4-162\"");

/// The size of every bundle in bytes: more than the end that is read.
const SIZE: &str = "1000000";

/// The answer to a call about the bundle of the release, or about its copy, which does not exist yet.
pub(crate) fn uploaded(method: &Method, path: &str, headers: &HeaderMap) -> Response {
    match *method {
        Method::HEAD if path.contains("/versions/") => StatusCode::NOT_FOUND.into_response(),
        Method::HEAD => ([TAG, (header::CONTENT_LENGTH, SIZE)], ()).into_response(),
        Method::GET => part(headers),
        _ => {
            let body = "<CopyObjectResult><ETag>\"4-162\"</ETag></CopyObjectResult>";
            ([(header::CONTENT_TYPE, "text/xml")], body).into_response()
        }
    }
}

/// The answer to a call with `length` bytes about the bundle of a commit.
pub(crate) fn fetched(
    scene: &mut Scene,
    (method, query): (&Method, &str),
    headers: &HeaderMap,
    length: usize,
) -> Response {
    match *method {
        Method::HEAD if scene.unfetched => StatusCode::NOT_FOUND.into_response(),
        Method::HEAD => ([TAG, (header::CONTENT_LENGTH, SIZE)], ()).into_response(),
        Method::GET => part(headers),
        Method::PUT => {
            scene.written += length;
            ([TAG], ()).into_response()
        }
        Method::POST if query.contains("uploadId") => {
            scene.unfetched = false;
            "<CompleteMultipartUploadResult><ETag>\"4-162\"</ETag></CompleteMultipartUploadResult>"
                .into_response()
        }
        Method::POST => {
            "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>"
                .into_response()
        }
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

/// A part of a bundle: its end, or its first bytes.
fn part(headers: &HeaderMap) -> Response {
    let range = headers.get(header::RANGE).map_or(&b""[..], |range| range.as_bytes());
    let bytes = if range.starts_with(b"bytes=-") { end() } else { b"PK\x03\x04".to_vec() };
    (StatusCode::PARTIAL_CONTENT, [TAG], bytes).into_response()
}

/// The longest end of a zip, with the record of its directory.
fn end() -> Vec<u8> {
    let record = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    let mut end = vec![0; usize::try_from(ARCHIVE_END).unwrap_or_default() - record.len()];
    end.extend(record);
    end
}

#[cfg(test)]
mod tests {
    use mist_core::stack::artifact::Artifact;

    use super::*;

    #[test]
    fn a_bundle_is_a_whole_zip() {
        let (bucket, key, etag) =
            ("artifacts".to_owned(), "releases/QA/v2.zip".to_owned(), "4-162".to_owned());
        let artifact = Artifact { bucket, key, etag, size: SIZE.parse().unwrap() };
        assert!(artifact.size > ARCHIVE_END);
        artifact.check_end(&end()).unwrap();
        assert_eq!(u64::try_from(end().len()).unwrap(), ARCHIVE_END);
    }
}
