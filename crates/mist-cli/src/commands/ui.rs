//! `mist ui`: the page, on this machine.

use mist_page::server;
use serde_json::json;

use crate::{
    account::Place,
    arguments::Ui,
    failure::Failure,
    output::{self, Format, note},
    page::Reader,
};

/// Serves the page until Ctrl-C. Only this machine reaches it, and it changes nothing.
pub(crate) async fn run(place: Place<'_>, arguments: Ui, format: Format) -> Result<(), Failure> {
    let reader = Reader::new(place.open().await?);
    let shown = reader.place().await?;
    let port = arguments.port;
    let listener = server::listen(port).await.map_err(|error| {
        Failure::Setup(format!(
            "cannot listen at port {port} of 127.0.0.1: {error}; --port names another one"
        ))
    })?;
    let address = listener.local_addr().map_err(|error| Failure::Setup(error.to_string()))?;
    let url = format!("http://{address}/");
    match format {
        Format::Table => output::result(format!("The page is at {url}")),
        Format::Json => output::json(&json!({ "url": url })),
    }
    note("Only this machine reaches it. Ctrl-C ends it.");
    tokio::select! {
        ended = server::serve(listener, shown, reader) => {
            ended.map_err(|error| Failure::Setup(format!("the page ended: {error}")))
        }
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}
