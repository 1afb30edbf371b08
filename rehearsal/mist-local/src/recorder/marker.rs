//! A deployment marker as New Relic would store it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Value, json};

/// A deployment that was recorded through `changeTrackingCreateDeployment`, `changeTrackingCreateEvent` or the
/// REST API.
///
/// Texts that the request left out are empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Marker {
    /// The identifier that was answered.
    pub deployment_id: String,
    /// The entity that was deployed.
    pub entity_guid: String,
    /// The version that was deployed.
    pub version: String,
    /// The kind, such as `BLUE_GREEN`.
    pub deployment_type: String,
    /// What groups the markers of one release, such as the execution's name.
    pub group_id: String,
    /// Who deployed.
    pub user: String,
    /// What was deployed, in words.
    pub description: String,
    /// What changed, or where to read it.
    pub changelog: String,
    /// The commit.
    pub commit: String,
    /// Where to look for more.
    pub deep_link: String,
    /// When, in milliseconds since 1970, if given.
    pub timestamp: Option<i64>,
    /// When it was recorded, in milliseconds since 1970.
    pub recorded: i64,
    /// The whole input, with variables put in.
    pub input: Value,
}

impl Marker {
    /// Reads the input of `changeTrackingCreateDeployment`.
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

    /// Reads the input of `changeTrackingCreateEvent`, which names its entity by a search.
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

    /// Reads the deployment of a request to the REST API.
    pub(crate) fn of_rest(deployment_id: String, entity_guid: String, input: Value) -> Self {
        Self {
            entity_guid,
            version: text(&input, "/revision"),
            changelog: text(&input, "/changelog"),
            ..Self::common(deployment_id, input)
        }
    }

    /// When it happened: the time that was given, or else that at which it was recorded.
    pub(crate) fn time(&self) -> i64 {
        self.timestamp.unwrap_or(self.recorded)
    }

    /// As NerdGraph tells it; texts that the request left out are null.
    pub(crate) fn as_deployment(&self) -> Value {
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        json!({
            "changelog": told(&self.changelog),
            "commit": told(&self.commit),
            "deepLink": told(&self.deep_link),
            "deploymentId": self.deployment_id,
            "deploymentType": told(&self.deployment_type),
            "description": told(&self.description),
            "entityGuid": self.entity_guid,
            "groupId": told(&self.group_id),
            "timestamp": self.time(),
            "user": told(&self.user),
            "version": self.version,
        })
    }

    /// As the REST API tells it.
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
