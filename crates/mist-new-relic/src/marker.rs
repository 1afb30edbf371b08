//! Markers, over the API that the settings name.

use mist_core::{
    ports::{Account, Application, MarkError, Marker, Release},
    stack::new_relic::NewRelicApi,
};
use reqwest::Client;

use crate::{http::TIMEOUT, nerd_graph, rest};

/// Markers in New Relic.
#[derive(Debug)]
pub struct NewRelicMarker {
    client: Client,
}

impl NewRelicMarker {
    /// A client; the error says why it cannot be created.
    pub fn new() -> Result<Self, String> {
        let client = mist_http::client().timeout(TIMEOUT).build();
        Ok(Self { client: client.map_err(|error| error.to_string())? })
    }
}

impl Marker for NewRelicMarker {
    async fn find(&self, account: &Account<'_>) -> Result<Application, MarkError> {
        let found = match account.settings.api {
            NewRelicApi::NerdGraph => nerd_graph::applications(&self.client, account).await?,
            NewRelicApi::Rest => rest::applications(&self.client, account).await?,
        };
        let application = account.settings.application.clone();
        match <[String; 1]>::try_from(found) {
            Ok([id]) => Ok(Application { id }),
            Err(found) if found.is_empty() => {
                let endpoint = account.settings.endpoint().to_owned();
                Err(MarkError::ApplicationMissing { application, endpoint })
            }
            Err(found) => Err(MarkError::ApplicationAmbiguous { application, found: found.len() }),
        }
    }

    async fn marked(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> Result<Option<String>, MarkError> {
        let Application { id } = application;
        match account.settings.api {
            NewRelicApi::NerdGraph => nerd_graph::marked(&self.client, account, id, release).await,
            NewRelicApi::Rest => rest::marked(&self.client, account, id, release).await,
        }
    }

    async fn mark(
        &self,
        account: &Account<'_>,
        application: &Application,
        release: &Release,
    ) -> Result<String, MarkError> {
        let Application { id } = application;
        match account.settings.api {
            NewRelicApi::NerdGraph => nerd_graph::mark(&self.client, account, id, release).await,
            NewRelicApi::Rest => rest::mark(&self.client, account, id, release).await,
        }
    }
}
