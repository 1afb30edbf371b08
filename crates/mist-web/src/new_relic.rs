//! New Relic change tracking, over its GraphQL API (NerdGraph).

use std::time::Duration;

use mist_core::{
    NewRelic,
    ports::{Marker, Outcome, Release},
};
use reqwest::{Client, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

const TIMEOUT: Duration = Duration::from_secs(5);

const FIND: &str = "query($query: String!) { actor { entitySearch(query: $query) { \
                    count results { entities { guid name } } } } }";

const MARK: &str = "mutation($deployment: ChangeTrackingDeploymentInput!) { \
                    changeTrackingCreateDeployment(deployment: $deployment) { deploymentId } }";

/// New Relic change tracking.
#[derive(Debug)]
pub struct NerdGraph {
    client: Client,
}

impl NerdGraph {
    /// Makes the client; the error says why there can be none.
    pub fn new() -> Result<Self, String> {
        crate::choose_tls();
        // A redirect would take the key to wherever it leads.
        let client = Client::builder().timeout(TIMEOUT).redirect(Policy::none()).build();
        Ok(Self { client: client.map_err(|error| error.to_string())? })
    }

    async fn try_to_mark(
        &self,
        settings: &NewRelic,
        key: &SecretString,
        release: &Release,
    ) -> Result<String, String> {
        let guid = self.find(settings, key).await?;
        let deployment = json!({
            "entityGuid": guid,
            "version": release.version,
            "description": release.description,
            "user": release.user,
            "groupId": release.group_id,
            "deploymentType": "BLUE_GREEN",
            "timestamp": release.time.as_millisecond(),
        });
        let data = self.ask(settings, key, MARK, json!({ "deployment": deployment })).await?;
        let id = &data["changeTrackingCreateDeployment"]["deploymentId"];
        id.as_str().map(str::to_owned).ok_or_else(|| "New Relic gave the mark no id".to_owned())
    }

    async fn find(&self, settings: &NewRelic, key: &SecretString) -> Result<String, String> {
        let name = settings.application.replace('\\', "\\\\").replace('\'', "\\'");
        let query = format!("name = '{name}' AND domain = 'APM' AND type = 'APPLICATION'");
        let data = self.ask(settings, key, FIND, json!({ "query": query })).await?;
        let entities = data["actor"]["entitySearch"]["results"]["entities"].as_array();
        match entities.map_or(&[][..], Vec::as_slice) {
            [entity] => entity["guid"]
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| "New Relic gave the application no guid".to_owned()),
            found => Err(format!(
                "New Relic has {} applications named `{}`, not one",
                found.len(),
                settings.application
            )),
        }
    }

    async fn ask(
        &self,
        settings: &NewRelic,
        key: &SecretString,
        query: &str,
        variables: Value,
    ) -> Result<Value, String> {
        let answer = self
            .client
            .post(&settings.endpoint)
            .header("API-Key", key.expose_secret())
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .map_err(|error| format!("New Relic did not answer: {}", error.without_url()))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("New Relic answered {status}"));
        }
        let mut answer: Value = answer
            .json()
            .await
            .map_err(|error| format!("New Relic answered no JSON: {}", error.without_url()))?;
        // GraphQL reports its errors under status 200.
        match answer["errors"].as_array().map_or(&[][..], Vec::as_slice) {
            [] => Ok(answer["data"].take()),
            [error, ..] => {
                let message = error["message"].as_str().unwrap_or("no message");
                Err(format!("New Relic refused: {message}"))
            }
        }
    }
}

impl Marker for NerdGraph {
    async fn mark(&self, settings: &NewRelic, key: &SecretString, release: &Release) -> Outcome {
        match self.try_to_mark(settings, key, release).await {
            Ok(id) => Outcome::Done { id },
            Err(reason) => Outcome::Warning { reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
    use jiff::Timestamp;
    use tokio::net::TcpListener;

    use super::*;

    type Answers = fn(&Value) -> (StatusCode, Value);

    async fn outcome(answers: Answers) -> Outcome {
        let answer = async |State(answers): State<Answers>, Json(body): Json<Value>| {
            let (status, answer) = answers(&body);
            (status, Json(answer))
        };
        let router = Router::new().route("/graphql", post(answer)).with_state(answers);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/graphql", listener.local_addr().unwrap());
        tokio::spawn(async { axum::serve(listener, router).await });
        let settings = NewRelic {
            application: "Demo's QA".to_owned(),
            api_key_secret: "mist/new-relic".to_owned(),
            endpoint,
        };
        let release = Release {
            version: "v2".to_owned(),
            description: "QA".to_owned(),
            user: "ann".to_owned(),
            group_id: "run-1".to_owned(),
            time: Timestamp::UNIX_EPOCH,
            changelog: None,
            commit: None,
        };
        let key = SecretString::from("NRAK-SECRET");
        NerdGraph::new().unwrap().mark(&settings, &key, &release).await
    }

    fn found(guids: &[&str]) -> Value {
        let entities: Vec<_> = guids.iter().map(|guid| json!({ "guid": guid })).collect();
        json!({ "data": { "actor": { "entitySearch": { "results": { "entities": entities } } } } })
    }

    #[tokio::test]
    async fn finds_the_application_and_marks_it() {
        let outcome = outcome(|body| {
            let deployment = &body["variables"]["deployment"];
            if deployment.is_null() {
                let query = "name = 'Demo\\'s QA' AND domain = 'APM' AND type = 'APPLICATION'";
                assert_eq!(body["variables"]["query"], query);
                return (StatusCode::OK, found(&["guid-1"]));
            }
            assert_eq!(deployment["entityGuid"], "guid-1");
            assert_eq!(deployment["deploymentType"], "BLUE_GREEN");
            assert_eq!(deployment["groupId"], "run-1");
            let made = json!({ "changeTrackingCreateDeployment": { "deploymentId": "mark-1" } });
            (StatusCode::OK, json!({ "data": made }))
        });
        assert_eq!(outcome.await, Outcome::Done { id: "mark-1".to_owned() });
    }

    async fn reason(answers: Answers) -> String {
        match outcome(answers).await {
            Outcome::Warning { reason } => reason,
            other @ (Outcome::Done { .. } | Outcome::Skipped { .. }) => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn two_applications_of_one_name_are_a_warning() {
        let reason = reason(|_| (StatusCode::OK, found(&["guid-1", "guid-2"]))).await;
        assert_eq!(reason, "New Relic has 2 applications named `Demo's QA`, not one");
    }

    #[tokio::test]
    async fn an_error_under_status_200_is_a_warning() {
        let reason = reason(|_| {
            (StatusCode::OK, json!({ "errors": [{ "message": "Rate limited" }], "data": null }))
        });
        assert_eq!(reason.await, "New Relic refused: Rate limited");
    }

    #[tokio::test]
    async fn a_refused_key_is_a_warning_that_does_not_tell_the_key() {
        let reason = reason(|_| (StatusCode::UNAUTHORIZED, json!({}))).await;
        assert_eq!(reason, "New Relic answered 401 Unauthorized");
    }
}
