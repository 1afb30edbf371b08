//! The server of the page, for this machine alone.

mod cache;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use axum::{
    Router,
    extract::{Query, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::{self, Next},
    response::{Html, IntoResponse as _, Response},
    routing::get,
};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::{net::TcpListener, time::timeout};

use self::cache::Cache;
use crate::{
    filter::Filter,
    guard,
    model::{Board, History, Place},
    policy,
    source::Source,
    views::{self, Context, Links, Refresh},
};

/// The longest wait for the reads of a view.
const PATIENCE: Duration = Duration::from_mins(1);

/// The age of stacks and of a history that are shown without reading them again.
const FRESH: Duration = Duration::from_secs(2);

/// The most seconds between two reads of all stacks.
const MOST_SECONDS: u32 = 120;

/// The listener at `port` of loopback; 0 is a free one.
pub async fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

/// Serves the page at `listener` until the future is dropped.
pub async fn serve<S: Source>(listener: TcpListener, place: Place, source: S) -> io::Result<()> {
    let port = listener.local_addr()?.port();
    axum::serve(listener, router(place, source, port)).await
}

/// The routes of the page for the server at `port`.
pub fn router<S: Source>(place: Place, source: S, port: u16) -> Router {
    let page = Page { place, source, board: Cache::new(FRESH), history: Cache::new(FRESH) };
    Router::new()
        .route("/", get(stacks::<S>))
        .route("/history", get(history::<S>))
        .route("/release", get(release::<S>))
        .fallback(missing::<S>)
        .with_state(page)
        .layer(middleware::from_fn(move |request, next| guarded(request, next, port)))
}

#[derive(Clone)]
struct Page<S> {
    place: Place,
    source: S,
    board: Cache<(), Board>,
    history: Cache<u32, History>,
}

/// The part of an address that every view has.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Common {
    /// `off` if the view is not to refresh itself.
    refresh: String,
}

/// The release of an address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Which {
    stack: String,
    id: String,
}

async fn stacks<S: Source>(State(page): State<Page<S>>, Query(common): Query<Common>) -> Response {
    let read = page.board.get((), || page.source.board());
    let Ok(board) = timeout(PATIENCE, read).await else { return page.too_late() };
    let status = if board.stacks.is_empty() && !board.problems.is_empty() {
        StatusCode::BAD_GATEWAY
    } else {
        StatusCode::OK
    };
    let busy = board.stacks.iter().any(|stack| stack.status.running.is_some());
    let refresh = Some(refresh(&common, "/", busy, board.stacks.len()));
    page.answer(status, refresh, |context| views::stacks::page(context, &board))
}

async fn history<S: Source>(
    State(page): State<Page<S>>,
    Query(filter): Query<Filter>,
    Query(common): Query<Common>,
) -> Response {
    let since = filter.since(Timestamp::now());
    let read = page.history.get(filter.days(), || page.source.history(since));
    let Ok(history) = timeout(PATIENCE, read).await else { return page.too_late() };
    let address = format!("/history?{}", filter.query(filter.page()));
    let refresh = Some(refresh(&common, &address, false, history.stacks.len()));
    page.answer(StatusCode::OK, refresh, |context| views::history::page(context, &history, &filter))
}

async fn release<S: Source>(
    State(page): State<Page<S>>,
    Query(Which { stack, id }): Query<Which>,
    Query(common): Query<Common>,
) -> Response {
    match timeout(PATIENCE, page.source.release(&stack, &id)).await {
        Err(_) => page.too_late(),
        Ok(Ok(Some(release))) => {
            let address = Links::Served.release(&stack, &id).unwrap_or_default();
            let runs = release.past.ended_at.is_none();
            let refresh = runs.then(|| refresh(&common, &address, true, 0));
            page.answer(StatusCode::OK, refresh, |context| views::release::page(context, &release))
        }
        Ok(Ok(None)) => {
            let problem = format!("Stack `{stack}` has no release `{id}` in its history.");
            page.problem(StatusCode::NOT_FOUND, "No such release", &problem)
        }
        Ok(Err(problem)) => {
            page.problem(StatusCode::BAD_GATEWAY, "The release cannot be read", &problem)
        }
    }
}

async fn missing<S: Source>(State(page): State<Page<S>>, request: Request) -> Response {
    let problem = format!("There is no page `{}`.", request.uri().path());
    page.problem(StatusCode::NOT_FOUND, "No such page", &problem)
}

impl<S> Page<S> {
    fn answer(
        &self,
        status: StatusCode,
        refresh: Option<Refresh>,
        view: impl FnOnce(&Context<'_>) -> maud::Markup,
    ) -> Response {
        let links = Links::Served;
        let context = Context { place: &self.place, now: Timestamp::now(), links: &links, refresh };
        (status, Html(view(&context).into_string())).into_response()
    }

    fn problem(&self, status: StatusCode, title: &str, problem: &str) -> Response {
        self.answer(status, None, |context| views::problem(context, title, problem))
    }

    fn too_late(&self) -> Response {
        let problem = format!("The reads took longer than {} s.", PATIENCE.as_secs());
        self.problem(StatusCode::GATEWAY_TIMEOUT, "No answer in time", &problem)
    }
}

/// How a view refreshes itself: often while something runs, and the less often the more stacks are read. Route 53 takes
/// five calls a second of an account, and releases need most of them.
fn refresh(common: &Common, address: &str, busy: bool, stacks: usize) -> Refresh {
    let least = if busy { 2 } else { 15 };
    let seconds = least + u32::try_from(stacks / 2).unwrap_or(MOST_SECONDS).min(MOST_SECONDS);
    let paused = common.refresh == "off";
    Refresh { seconds, paused, address: address.to_owned() }
}

/// Refuses foreign requests, and adds to every answer what the browser must observe.
async fn guarded(request: Request, next: Next, port: u16) -> Response {
    let mut response = match guard::refusal(request.headers(), port) {
        None => next.run(request).await,
        Some(reason) => {
            let text = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
            (StatusCode::FORBIDDEN, text, format!("{reason}\n")).into_response()
        }
    };
    let policy = HeaderValue::from_str(&policy::SERVED);
    let headers = response.headers_mut();
    if let Ok(policy) = policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
