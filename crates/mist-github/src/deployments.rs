//! Deployments and their statuses.

use mist_core::{
    error::Error,
    ports::{Access, DeploymentState, DeploymentStatus, Deployments, NewDeployment},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{api::GitHubApi, client::Call};

/// The most characters of a description.
const LONGEST: usize = 140;

#[derive(Deserialize)]
struct Deployment {
    id: u64,
    #[serde(default)]
    payload: Value,
}

#[derive(Deserialize)]
struct Status {
    state: String,
    #[serde(default)]
    log_url: String,
    #[serde(default)]
    environment_url: String,
}

impl Deployment {
    /// The `field` of the payload. GitHub can return an object as JSON text.
    fn payload(&self, field: &str) -> Option<String> {
        let parsed: Value;
        let payload = match &self.payload {
            Value::String(text) => {
                parsed = serde_json::from_str(text).ok()?;
                &parsed
            }
            payload => payload,
        };
        Some(payload.get(field)?.as_str()?.to_owned())
    }
}

impl GitHubApi {
    async fn newest(
        &self,
        access: Access<'_>,
        environment: &str,
        most: &str,
    ) -> Result<Vec<Deployment>, Error> {
        let call = Call::get(access, ["deployments"])?;
        let call = call.query("environment", environment).query("per_page", most);
        self.read(&call).await
    }

    async fn status(&self, access: Access<'_>, number: u64) -> Result<Option<Status>, Error> {
        let number = number.to_string();
        let call = Call::get(access, ["deployments", &number, "statuses"])?;
        let newest: Vec<Status> = self.read(&call.query("per_page", "1")).await?;
        Ok(newest.into_iter().next())
    }

    async fn put(
        &self,
        access: Access<'_>,
        number: u64,
        status: &DeploymentStatus,
    ) -> Result<(), Error> {
        let number = number.to_string();
        let call = Call::get(access, ["deployments", &number, "statuses"])?;
        let status = json!({
            "state": status.state.to_string(),
            "description": shortened(&status.description),
            "log_url": status.log_url,
            "environment_url": status.environment_url,
        });
        self.read::<Value>(&call.post(status)).await.map(drop)
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

impl Deployments for GitHubApi {
    async fn find(
        &self,
        access: Access<'_>,
        environment: &str,
        execution: &str,
        version: Option<&str>,
    ) -> Result<Option<u64>, Error> {
        let newest = self.newest(access, environment, "100").await?;
        let ours = newest.into_iter().find(|deployment| {
            deployment.payload("run").as_deref() == Some(execution)
                && version.is_none_or(|it| deployment.payload("version").as_deref() == Some(it))
        });
        Ok(ours.map(|deployment| deployment.id))
    }

    async fn create(&self, access: Access<'_>, deployment: &NewDeployment) -> Result<u64, Error> {
        let body = json!({
            "ref": deployment.commit,
            "task": "deploy",
            "auto_merge": false,
            // By default, GitHub refuses a commit unless all its checks passed.
            "required_contexts": [],
            "payload": { "run": deployment.execution, "version": deployment.version },
            "environment": deployment.environment,
            "description": shortened(&deployment.description),
        });
        let call = Call::get(access, ["deployments"])?.post(body);
        let Deployment { id, .. } = self.read(&call).await?;
        Ok(id)
    }

    async fn set_status(
        &self,
        access: Access<'_>,
        deployment: u64,
        status: &DeploymentStatus,
    ) -> Result<(), Error> {
        let last = self.status(access, deployment).await?;
        if last.is_some_and(|last| last.state == status.state.to_string()) {
            return Ok(());
        }
        self.put(access, deployment, status).await
    }

    // GitHub does this itself, except in production environments.
    async fn retire(
        &self,
        access: Access<'_>,
        environment: &str,
        deployment: u64,
    ) -> Result<(), Error> {
        let newest = self.newest(access, environment, "30").await?;
        for older in newest.iter().filter(|older| older.id < deployment) {
            let last = self.status(access, older.id).await?;
            if let Some(last) = last.filter(|last| last.state == "success") {
                let status = DeploymentStatus {
                    state: DeploymentState::Inactive,
                    description: "replaced by another version".to_owned(),
                    log_url: last.log_url,
                    environment_url: last.environment_url,
                };
                self.put(access, older.id, &status).await?;
            }
        }
        Ok(())
    }
}
