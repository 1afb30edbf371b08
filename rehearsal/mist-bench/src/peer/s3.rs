//! S3: the bundle of the release, which exists, and that of a commit, which may not exist yet.

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};

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

/// A part of a bundle.
fn part(headers: &HeaderMap) -> Response {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let bytes = range.and_then(|range| bytes(range.strip_prefix("bytes=")?)).unwrap_or_default();
    (StatusCode::PARTIAL_CONTENT, [TAG], bytes).into_response()
}

/// The bytes of `range` of the bundle: `FIRST-LAST`, or `-NUMBER` for the last ones.
fn bytes(range: &str) -> Option<Vec<u8>> {
    // A benchmark asks for several parts of each release.
    static BUNDLE: LazyLock<Option<Vec<u8>>> = LazyLock::new(bundle);
    let bundle = BUNDLE.as_ref()?;
    let (first, last) = range.split_once('-')?;
    let last: usize = last.parse().ok()?;
    let range = match first {
        "" => bundle.len() - last..bundle.len(),
        first => first.parse().ok()?..last + 1,
    };
    Some(bundle.get(range)?.to_vec())
}

/// The whole bundle. Between its header and its directory, it has no content.
fn bundle() -> Option<Vec<u8>> {
    let size: usize = SIZE.parse().ok()?;
    let directory = [&b"PK\x01\x02"[..], &[0; 24], &[8, 0], &[0; 16], b"Procfile"].concat();
    let length = u8::try_from(directory.len()).ok()?;
    let offset = u32::try_from(size - directory.len() - 22).ok()?.to_le_bytes();
    let end = [&b"PK\x05\x06"[..], &[0; 4], &[1, 0, 1, 0], &[length, 0, 0, 0], &offset, &[0, 0]];
    let end = [directory, end.concat()].concat();
    let mut bundle = vec![0; size - end.len()];
    bundle[..4].copy_from_slice(b"PK\x03\x04");
    bundle.extend(end);
    Some(bundle)
}

#[cfg(test)]
mod tests {
    use mist_bundle::{Check, Next};
    use mist_core::stack::artifact::ARCHIVE_END;

    use super::*;

    #[test]
    fn a_bundle_is_sound_and_larger_than_its_end() {
        let size = SIZE.parse().unwrap();
        assert!(size > ARCHIVE_END);
        assert_eq!(bytes(&format!("-{ARCHIVE_END}")).unwrap().len() as u64, ARCHIVE_END);
        let mut check = Check::new(size);
        while let Next::Read(range) = check.next() {
            check.add(range.start, bytes(&format!("{}-{}", range.start, range.end - 1)).unwrap());
        }
        assert_eq!(check.next(), Next::Sound);
    }
}
