//! The limits of the proxy server: the defaults of nginx, and what a bundle sets for it.

use std::fs;
use std::path::Path;

use axum::body::HttpBody;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::CONTENT_LENGTH;

/// The folder of a bundle with parts of the configuration (developer guide, "Reverse proxy configuration").
const CONF_D: &str = ".platform/nginx/conf.d";
/// The only directive that is applied.
const BODY_SIZE: &str = "client_max_body_size";
/// The default of `client_max_body_size`, in bytes.
const BODY: u64 = 1024 * 1024;
/// The longest line of a request, and header, in bytes: a buffer of `large_client_header_buffers`.
const LINE: usize = 8 * 1024;
/// The most bytes of headers: all buffers of `large_client_header_buffers`.
const HEADERS: usize = 4 * LINE;

/// The limits of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// The most bytes of a body; `None` if there is no limit.
    pub(super) body: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { body: Some(BODY) }
    }
}

impl Limits {
    /// The limits with those in the bundle's configuration of nginx. The last one of the files by name is used.
    pub(super) fn read(bundle: &Path) -> Self {
        let Ok(entries) = fs::read_dir(bundle.join(CONF_D)) else { return Self::default() };
        let is_conf = |path: &Path| path.extension().is_some_and(|extension| extension == "conf");
        let mut paths: Vec<_> =
            entries.flatten().map(|entry| entry.path()).filter(|path| is_conf(path)).collect();
        paths.sort();
        let texts = paths.iter().filter_map(|path| fs::read_to_string(path).ok());
        let mut sizes = texts.filter_map(|text| text.lines().filter_map(size).next_back());
        sizes
            .next_back()
            .map_or_else(Self::default, |size| Self { body: (size > 0).then_some(size) })
    }

    /// The refusal of a request, by its line, its headers and the size that it declares.
    pub(super) fn refuse(&self, request: &Request) -> Option<StatusCode> {
        let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
        let lines =
            || request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
        if target > LINE {
            return Some(StatusCode::URI_TOO_LONG);
        }
        if lines().any(|line| line > LINE) || lines().sum::<usize>() > HEADERS {
            return Some(StatusCode::BAD_REQUEST);
        }
        let size = known_size(request)?;
        self.body.filter(|most| size > *most).map(|_| StatusCode::PAYLOAD_TOO_LARGE)
    }
}

/// The size of a body, if it is known before it is read.
pub(super) fn known_size(request: &Request) -> Option<u64> {
    let declared =
        request.headers().get(CONTENT_LENGTH).and_then(|size| size.to_str().ok()?.parse().ok());
    declared.or_else(|| request.body().size_hint().exact())
}

/// The number of bytes in a line with the directive.
fn size(line: &str) -> Option<u64> {
    let words = line.trim().strip_prefix(BODY_SIZE)?.trim();
    let number = words.split(';').next()?.trim().to_ascii_lowercase();
    let (digits, factor) = match number.strip_suffix(['k', 'm', 'g']) {
        None => (number.as_str(), 1),
        Some(digits) if number.ends_with('k') => (digits, 1024),
        Some(digits) if number.ends_with('m') => (digits, 1024 * 1024),
        Some(digits) => (digits, 1024 * 1024 * 1024),
    };
    digits.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn a_size_is_read_with_its_unit() {
        assert_eq!(size("client_max_body_size 20M;"), Some(20 * 1024 * 1024));
        assert_eq!(size("  client_max_body_size 512k; # small"), Some(512 * 1024));
        assert_eq!(size("client_max_body_size 0;"), Some(0));
        for line in ["# client_max_body_size 1m;", "client_max_body_size x;", "gzip on;"] {
            assert_eq!(size(line), None, "{line}");
        }
    }

    #[test]
    fn a_bundle_sets_the_size_of_bodies() {
        let bundle = tempfile::tempdir().unwrap();
        assert_eq!(Limits::read(bundle.path()), Limits::default());
        let folder = bundle.path().join(CONF_D);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("a.conf"), "client_max_body_size 20M;\n").unwrap();
        assert_eq!(Limits::read(bundle.path()), Limits { body: Some(20 * 1024 * 1024) });
        fs::write(folder.join("b.conf"), "client_max_body_size 0;\n").unwrap();
        assert_eq!(Limits::read(bundle.path()), Limits { body: None });
    }

    #[test]
    fn long_lines_and_bodies_are_refused() {
        let limits = Limits::default();
        let refuse = |path: &str, header: &str, length: u64| {
            let request = Request::get(path).header("x", header).header("content-length", length);
            limits.refuse(&request.body(Body::empty()).unwrap()).map(|status| status.as_u16())
        };
        assert_eq!(refuse("/", "", BODY), None);
        assert_eq!(refuse("/", "", BODY + 1), Some(413));
        assert_eq!(refuse(&format!("/{}", "x".repeat(LINE)), "", 0), Some(414));
        assert_eq!(refuse("/", &"x".repeat(LINE), 0), Some(400));
    }
}
