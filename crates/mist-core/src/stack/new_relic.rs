//! The settings of New Relic, where mist marks the releases of a stack.

use serde::{Deserialize, Serialize};

/// The settings of New Relic, where mist makes markers.
#[derive(Clone, Debug, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRelic {
    /// The name of the application in New Relic. Exactly one application must have it.
    pub application: String,
    /// The name of the secret in Secrets Manager that holds the key: a user key (`NRAK-…`), or with
    /// `api: rest` a REST API key as well.
    pub api_key_secret: String,
    /// The region of the account's data: `us` or `eu`.
    #[serde(default)]
    pub region: NewRelicRegion,
    /// The API that makes markers: `nerdGraph`, or `rest` if you only have a REST API key.
    #[serde(default)]
    pub api: NewRelicApi,
    /// The address of the API, in place of that of `region`: that of NerdGraph, or with `api: rest` the part before
    /// `/applications.json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
}

impl NewRelic {
    /// The address of the API, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        let usual = match (self.api, self.region) {
            (NewRelicApi::NerdGraph, NewRelicRegion::Us) => "https://api.newrelic.com/graphql",
            (NewRelicApi::NerdGraph, NewRelicRegion::Eu) => "https://api.eu.newrelic.com/graphql",
            (NewRelicApi::Rest, NewRelicRegion::Us) => "https://api.newrelic.com/v2",
            (NewRelicApi::Rest, NewRelicRegion::Eu) => "https://api.eu.newrelic.com/v2",
        };
        self.endpoint.as_deref().map_or(usual, |endpoint| endpoint.trim_end_matches('/'))
    }
}

/// The region of an account's data.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum NewRelicRegion {
    /// The United States.
    #[default]
    Us,
    /// The European Union.
    Eu,
}

/// The API that makes markers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum NewRelicApi {
    /// Change tracking over GraphQL. It accepts user keys only.
    #[default]
    NerdGraph,
    /// The older REST API (v2). It accepts REST API keys and user keys.
    Rest,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn settings(extra: &Value) -> NewRelic {
        let mut settings = json!({"application": "Demo QA", "apiKeySecret": "mist/new-relic"});
        for (field, value) in extra.as_object().into_iter().flatten() {
            settings[field] = value.clone();
        }
        serde_json::from_value(settings).unwrap()
    }

    #[test]
    fn the_address_follows_from_api_and_region_unless_it_is_configured() {
        for (extra, expected) in [
            (json!({}), "https://api.newrelic.com/graphql"),
            (json!({"region": "eu"}), "https://api.eu.newrelic.com/graphql"),
            (json!({"api": "rest"}), "https://api.newrelic.com/v2"),
            (json!({"api": "rest", "region": "eu"}), "https://api.eu.newrelic.com/v2"),
            (json!({"region": "eu", "endpoint": "https://nr.test/v2/"}), "https://nr.test/v2"),
        ] {
            assert_eq!(settings(&extra).endpoint(), expected, "{extra}");
        }
    }
}
