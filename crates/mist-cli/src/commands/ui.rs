//! `mist ui`: the page, on this machine.

use mist_page::server;
use serde_json::json;
use tokio::net::TcpListener;

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
    let listener = listen(arguments.port).await?;
    let address = listener.local_addr().map_err(|error| Failure::Setup(error.to_string()))?;
    let url = format!("http://{address}/");
    match format {
        Format::Table => output::result(format!("The page is at {url}")),
        // The document is printed at the end, and the page is there now.
        Format::Json => {
            output::json(&json!({ "url": url }));
            note(format!("the page is at {url}"));
        }
    }
    note("Only this machine reaches it. Ctrl-C ends it.");
    tokio::select! {
        ended = server::serve(listener, shown, reader) => {
            ended.map_err(|error| Failure::Setup(format!("the page ended: {error}")))
        }
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn listen(port: u16) -> Result<TcpListener, Failure> {
    server::listen(port).await.map_err(|error| {
        Failure::Setup(format!(
            "cannot listen at port {port} of 127.0.0.1: {error}; --port names another one"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_named_with_the_option_that_chooses_another() {
        let taken = listen(0).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = listen(port).await.unwrap_err();
        assert_eq!(failure.code(), 4);
        let message = failure.message();
        assert!(
            message.contains(&format!("port {port}")) && message.contains("--port"),
            "{message}"
        );
    }
}
