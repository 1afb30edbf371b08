//! Applications without processes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use tower_http::services::ServeDir;

use super::proxy::PROXY_PORT;
use super::scratch::Scratch;
use super::source::Source;

const SAMPLE_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Elastic Beanstalk</title></head>\
    <body><h1>Congratulations</h1><p>This is the sample application.</p></body></html>\n";

/// Files as a static site. A folder is served as its `index.html`.
#[derive(Debug)]
pub(super) struct Files(Root);

#[derive(Debug)]
enum Root {
    /// The files of a source as they are.
    Source(Arc<Source>),
    /// The files in a folder of an instance, which is kept.
    Folder { folder: PathBuf, _instance: Arc<Scratch> },
}

impl Files {
    /// The files of a source.
    pub(super) fn of(source: Arc<Source>) -> Self {
        Self(Root::Source(source))
    }

    /// The files in a folder of an instance.
    pub(super) fn staged(folder: PathBuf, instance: Arc<Scratch>) -> Self {
        Self(Root::Folder { folder, _instance: instance })
    }

    fn folder(&self) -> Option<&Path> {
        match &self.0 {
            Root::Source(source) => source.folder(),
            Root::Folder { folder, .. } => Some(folder),
        }
    }

    /// The same at a port of the instance. Files are served by the proxy server only.
    pub(super) async fn answer_at(&self, port: u16, request: Request) -> Response {
        if port == PROXY_PORT {
            return self.answer(request).await;
        }
        StatusCode::BAD_GATEWAY.into_response()
    }

    pub(super) async fn answer(&self, request: Request) -> Response {
        let Some(folder) = self.folder() else { return sample(&request) };
        match ServeDir::new(folder).try_call(request).await {
            Ok(answer) if answer.status() == StatusCode::NOT_FOUND => not_found(),
            Ok(answer) => answer.map(Body::new),
            Err(error) => {
                tracing::warn!("a file cannot be served: {error}");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

fn sample(request: &Request) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match request.uri().path() {
        "/" | "/index.html" => Html(SAMPLE_PAGE).into_response(),
        _ => not_found(),
    }
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "Not Found").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fixtures::{bundle, text};

    async fn ask(files: &Files, request: axum::http::request::Builder) -> (u16, String, String) {
        let answer = files.answer(request.body(Body::empty()).unwrap()).await;
        let kind =
            answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        (answer.status().as_u16(), kind.unwrap_or_default(), text(answer).await)
    }

    #[tokio::test]
    async fn the_sample_application_is_one_page() {
        let files = Files::of(Source::sample());
        let (status, kind, page) = ask(&files, Request::get("/")).await;
        assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
        assert!(page.contains("<h1>Congratulations</h1>"));
        assert_eq!(ask(&files, Request::get("/other")).await.0, 404);
        assert_eq!(ask(&files, Request::post("/")).await.0, 405);
    }

    #[tokio::test]
    async fn folders_answer_with_their_index_and_nothing_is_listed() {
        let files = Files::of(bundle(&[
            ("index.html", "home"),
            ("css/site style.css", "body {}"),
            ("docs/index.html", "docs"),
            ("data", "?"),
        ]));
        let answer = |kind: &str, text: &str| (200, kind.to_owned(), text.to_owned());
        assert_eq!(ask(&files, Request::get("/")).await, answer("text/html", "home"));
        assert_eq!(ask(&files, Request::get("/docs/?a=b")).await, answer("text/html", "docs"));
        assert_eq!(
            ask(&files, Request::get("/css/site%20style.css")).await,
            answer("text/css", "body {}")
        );
        assert_eq!(
            ask(&files, Request::get("/data")).await,
            answer("application/octet-stream", "?")
        );
        let missing = (404, "text/plain; charset=utf-8".to_owned(), "Not Found".to_owned());
        for path in ["/css/", "/nothing", "/docs/index.html/x"] {
            assert_eq!(ask(&files, Request::get(path)).await, missing, "{path}");
        }
        assert_eq!(ask(&files, Request::get("/docs")).await.0, 307);
        assert_eq!(ask(&files, Request::delete("/")).await.0, 405);
    }

    #[tokio::test]
    async fn nothing_outside_is_served() {
        let source = bundle(&[("index.html", "home")]);
        let secret = source.folder().unwrap().with_extension("secret");
        std::fs::write(&secret, "secret").unwrap();
        let name = secret.file_name().unwrap().to_str().unwrap();
        let files = Files::of(source);
        for path in [format!("/../{name}"), format!("/%2e%2e/{name}"), format!("/..%2f{name}")] {
            let (status, _, page) = ask(&files, Request::get(&path)).await;
            assert_eq!((status, page.as_str()), (404, "Not Found"), "{path}");
        }
        std::fs::remove_file(secret).unwrap();
    }

    #[tokio::test]
    async fn heads_and_ranges_are_answered() {
        let files = Files::of(bundle(&[("a.txt", "0123456789"), ("b", "")]));
        let head = Request::head("/a.txt").body(Body::empty()).unwrap();
        let answer = files.answer(head).await;
        assert_eq!(answer.headers()["content-length"], "10");
        assert_eq!(text(answer).await, "");
        let (status, _, part) =
            ask(&files, Request::get("/a.txt").header("range", "bytes=2-4")).await;
        assert_eq!((status, part.as_str()), (206, "234"));
    }
}
