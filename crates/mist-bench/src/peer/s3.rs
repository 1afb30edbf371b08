//! S3, as far as the bundle of a commit is written to it.

use axum::{
    http::{Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::Scene;

const TAG: (header::HeaderName, &str) = (header::ETAG, "\"4-162\"");

/// The answer to a call with `length` bytes about the bundle of a commit.
pub(crate) fn fetched(scene: &mut Scene, method: &Method, query: &str, length: usize) -> Response {
    match *method {
        Method::HEAD if scene.unfetched => StatusCode::NOT_FOUND.into_response(),
        Method::HEAD => ([TAG, (header::CONTENT_LENGTH, "4")], ()).into_response(),
        Method::GET => (StatusCode::PARTIAL_CONTENT, [TAG], "PK\u{3}\u{4}").into_response(),
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
