//! The document in a state file.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::clock::{Clock, Moment};
use crate::error::StateError;
use crate::faults::{self, Faults, Kept};
use crate::settings::Settings;
use crate::world::{
    Application, Environment, EventLog, ManagedActions, Names, Template, Version, World,
};

/// The version of the format. Every incompatible change increases it.
const VERSION: u64 = 1;

/// The state with its region, account and moment.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Document {
    version: u64,
    region: String,
    account: String,
    /// The moment from which simulated time continues.
    pub(crate) moment: Moment,
    date: Timestamp,
    pub(crate) knowledge: Knowledge,
}

/// The state of the service.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Knowledge {
    pub(crate) data_port: u16,
    names: Names,
    pub(crate) request_ids: Names,
    applications: BTreeMap<String, Application>,
    versions: Vec<Version>,
    environments: Vec<Environment>,
    events: EventLog,
    #[serde(serialize_with = "write_faults", deserialize_with = "read_faults")]
    faults: Vec<Kept>,
    tags: BTreeMap<String, BTreeMap<String, String>>,
    templates: Vec<Template>,
    applied_templates: BTreeMap<String, String>,
    operations_roles: BTreeMap<String, String>,
    environment_links: BTreeMap<String, Vec<(String, String)>>,
    managed_actions: BTreeMap<String, ManagedActions>,
    last_operation: u64,
}

/// The part that is read first.
#[derive(Deserialize)]
struct Header {
    version: u64,
}

/// Reads a document and checks its version, region and account.
pub(super) fn read(path: &Path, bytes: &[u8], settings: &Settings) -> Result<Document, StateError> {
    let damaged = |problem: String| StateError::Damaged { path: path.to_owned(), problem };
    let Header { version } =
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    if version != VERSION {
        return Err(StateError::UnknownVersion { path: path.to_owned(), version, known: VERSION });
    }
    let reader = &mut serde_json::Deserializer::from_slice(bytes);
    let document: Document =
        serde_path_to_error::deserialize(reader).map_err(|error| damaged(error.to_string()))?;
    if document.region != settings.region || document.account != settings.account {
        return Err(StateError::Elsewhere {
            path: path.to_owned(),
            region: document.region,
            account: document.account,
        });
    }
    Ok(document)
}

impl Document {
    pub(crate) fn of(world: &World, request_ids: &Names, data_port: u16) -> Self {
        Self {
            version: VERSION,
            region: world.region.clone(),
            account: world.account.clone(),
            moment: world.clock.moment(),
            date: world.now(),
            knowledge: Knowledge {
                data_port,
                names: world.names.clone(),
                request_ids: request_ids.clone(),
                applications: world.applications.clone(),
                versions: world.versions.clone(),
                environments: world.environments.clone(),
                events: world.events.clone(),
                faults: world.faults.kept().collect(),
                tags: world.tags.clone(),
                templates: world.templates.values().cloned().collect(),
                applied_templates: world.applied_templates.clone(),
                operations_roles: world.operations_roles.clone(),
                environment_links: world.environment_links.clone(),
                managed_actions: world.managed_actions.clone(),
                last_operation: world.last_operation,
            },
        }
    }

    /// The start of dates, so that they continue from the saved date.
    pub(crate) fn epoch(&self) -> Timestamp {
        self.moment.epoch(self.date)
    }

    /// The faults with their ends.
    pub(crate) fn faults(&self) -> Vec<Kept> {
        self.knowledge.faults.clone()
    }

    /// The world without the faults, which the engine sets so that they expire.
    pub(crate) fn into_world(self, clock: Clock) -> World {
        let mut knowledge = self.knowledge;
        knowledge.environments.iter_mut().for_each(Environment::read_files);
        let templates = knowledge.templates.into_iter();
        World {
            region: self.region,
            account: self.account,
            clock,
            faults: Faults::default(),
            names: knowledge.names,
            applications: knowledge.applications,
            versions: knowledge.versions,
            environments: knowledge.environments,
            events: knowledge.events,
            tags: knowledge.tags,
            templates: templates
                .map(|template| ((template.application.clone(), template.name.clone()), template))
                .collect(),
            applied_templates: knowledge.applied_templates,
            operations_roles: knowledge.operations_roles,
            environment_links: knowledge.environment_links,
            managed_actions: knowledge.managed_actions,
            last_operation: knowledge.last_operation,
        }
    }
}

/// The member for the end of a fault.
const UNTIL: &str = "until";

fn write_faults<S: Serializer>(faults: &[Kept], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(faults.iter().map(|kept| {
        let mut document = faults::write(&kept.scope, &kept.fault);
        if let Some(until) = kept.until {
            document[UNTIL] = json!(until);
        }
        document
    }))
}

fn read_faults<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Kept>, D::Error> {
    let read = |mut document: Map<String, Value>| {
        let until = document.remove(UNTIL).map(serde_json::from_value).transpose();
        let (scope, fault) = faults::read(document).map_err(D::Error::custom)?;
        Ok(Kept { scope, fault, until: until.map_err(D::Error::custom)? })
    };
    Vec::deserialize(deserializer)?.into_iter().map(read).collect()
}
