//! The logs of instances, at the URLs that `RetrieveEnvironmentInfo` returns.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::engine::Engine;
use crate::world::InfoType;

pub(super) async fn show(
    State(engine): State<Arc<Engine>>,
    Path((instance, file)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let key = format!("{instance}/{file}");
    let found = engine.world().living().find_map(|environment| {
        let info = environment.infos.iter().find(|info| info.key() == key)?;
        Some((info.kind, info.content.clone()))
    });
    let (kind, content) = found.ok_or_else(|| Problem {
        status: StatusCode::NOT_FOUND,
        error: format!("there is no log `{key}`"),
    })?;
    let content_type = match kind {
        InfoType::Bundle => "application/zip",
        InfoType::Tail => "text/plain; charset=utf-8",
    };
    Ok(([(CONTENT_TYPE, content_type)], content).into_response())
}
