//! A deployment marker as New Relic stores it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Value, json};

/// A deployment that was recorded through `changeTrackingCreateDeployment`, `changeTrackingCreateEvent` or the
/// REST API.
///
/// Texts that the request lacks are empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Marker {
    /// The identifier in the answer.
    pub deployment_id: String,
    /// The guid of the deployed entity.
    pub entity_guid: String,
    /// The deployed version.
    pub version: String,
    /// The kind, such as `BLUE_GREEN`.
    pub deployment_type: String,
    /// The group of the marker, such as the name of an execution.
    pub group_id: String,
    /// The user who deployed.
    pub user: String,
    /// The description of the deployment.
    pub description: String,
    /// The changes, or their URL.
    pub changelog: String,
    /// The commit.
    pub commit: String,
    /// The URL of details.
    pub deep_link: String,
    /// The time in the request, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// The time of the request, in milliseconds since 1970.
    pub recorded: i64,
    /// The whole input, with the values of variables.
    pub input: Value,
}

impl Marker {
    /// The marker of an input of `changeTrackingCreateDeployment`.
    pub(crate) fn of_deployment(deployment_id: String, input: Value) -> Self {
        Self {
            entity_guid: text(&input, "/entityGuid"),
            version: text(&input, "/version"),
            deployment_type: text(&input, "/deploymentType"),
            changelog: text(&input, "/changelog"),
            commit: text(&input, "/commit"),
            deep_link: text(&input, "/deepLink"),
            ..Self::common(deployment_id, input)
        }
    }

    /// The marker of an input of `changeTrackingCreateEvent`, which names its entity by a search.
    pub(crate) fn of_event(deployment_id: String, entity_guid: String, input: Value) -> Self {
        let fields = "/categoryAndTypeData/categoryFields/deployment";
        Self {
            entity_guid,
            version: text(&input, &format!("{fields}/version")),
            deployment_type: text(&input, "/categoryAndTypeData/kind/type"),
            changelog: text(&input, &format!("{fields}/changelog")),
            commit: text(&input, &format!("{fields}/commit")),
            deep_link: text(&input, &format!("{fields}/deepLink")),
            ..Self::common(deployment_id, input)
        }
    }

    /// The marker of a request to the REST API.
    pub(crate) fn of_rest(deployment_id: String, entity_guid: String, input: Value) -> Self {
        Self {
            entity_guid,
            version: text(&input, "/revision"),
            changelog: text(&input, "/changelog"),
            ..Self::common(deployment_id, input)
        }
    }

    /// The time of the deployment: that in the request, or else that of the request.
    pub(crate) fn time(&self) -> i64 {
        self.timestamp.unwrap_or(self.recorded)
    }

    /// The marker in the answer of NerdGraph. Texts that the request lacks are null.
    pub(crate) fn as_deployment(&self) -> Value {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        json!({
            "changelog": given(&self.changelog),
            "commit": given(&self.commit),
            "deepLink": given(&self.deep_link),
            "deploymentId": self.deployment_id,
            "deploymentType": given(&self.deployment_type),
            "description": given(&self.description),
            "entityGuid": self.entity_guid,
            "groupId": given(&self.group_id),
            "timestamp": self.time(),
            "user": given(&self.user),
            "version": self.version,
        })
    }

    /// The marker in the answer of the REST API.
    pub(crate) fn as_rest(&self) -> Value {
        let id =
            self.deployment_id.rsplit('-').next().and_then(|number| number.parse::<u64>().ok());
        json!({
            "id": id,
            "revision": self.version,
            "changelog": self.changelog,
            "description": self.description,
            "user": self.user,
        })
    }

    fn common(deployment_id: String, input: Value) -> Self {
        Self {
            deployment_id,
            group_id: text(&input, "/groupId"),
            user: text(&input, "/user"),
            description: text(&input, "/description"),
            timestamp: input.pointer("/timestamp").and_then(Value::as_i64),
            recorded: now(),
            input,
            ..Self::default()
        }
    }
}

/// The time in milliseconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn text(input: &Value, pointer: &str) -> String {
    input.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
