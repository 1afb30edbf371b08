//! Content types, by the ending of a file's name.

/// The content type of a file.
pub(super) fn content_type(path: &str) -> &'static str {
    let ending = path
        .rsplit(['/', '.'])
        .next()
        .filter(|ending| ending.len() < path.len())
        .unwrap_or_default();
    match ending.to_ascii_lowercase().as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "xml" => "application/xml",
        "txt" | "md" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_decides() {
        assert_eq!(content_type("docs/INDEX.HTML"), "text/html; charset=utf-8");
        assert_eq!(content_type("a.b.css"), "text/css; charset=utf-8");
        for path in ["css", "a.css/binary", ""] {
            assert_eq!(content_type(path), "application/octet-stream", "{path}");
        }
    }
}
