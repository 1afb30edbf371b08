//! The guard of the page: any web page in a browser can send requests to loopback, and with a name that resolves to
//! 127.0.0.1 it can read the answers. So requests for another host, and of another page, are refused.

use axum::http::{
    HeaderMap, HeaderName,
    header::{HOST, ORIGIN},
};

/// The reason to refuse a request with `headers` to the server at `port`; `None` if it may pass.
pub(crate) fn refusal(headers: &HeaderMap, port: u16) -> Option<String> {
    let all = |name: HeaderName| {
        let values = headers.get_all(name).iter();
        // A value that is no text is none of ours.
        values.map(|value| value.to_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let own = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}"));
    let is_own = |host: &str| own.iter().any(|own| own.eq_ignore_ascii_case(host));
    match &all(HOST)[..] {
        [host] if is_own(host) => {}
        hosts => {
            let hosts = hosts.join(", ");
            return Some(format!(
                "this server serves {}, not the host `{hosts}`",
                own.join(" and ")
            ));
        }
    }
    for origin in all(ORIGIN) {
        if !origin.strip_prefix("http://").is_some_and(is_own) {
            return Some(format!("this server accepts no request of the web page `{origin}`"));
        }
    }
    let fetch = |name: &'static str| all(HeaderName::from_static(name)).join(", ");
    let (site, mode, dest) =
        (fetch("sec-fetch-site"), fetch("sec-fetch-mode"), fetch("sec-fetch-dest"));
    match site.as_str() {
        "" | "none" | "same-origin" => None,
        // A link to the page in another one: that one cannot read the answer, nor frame it.
        _ if mode == "navigate" && dest == "document" => None,
        site => Some(format!("this server accepts no {site} request of a web page")),
    }
}
