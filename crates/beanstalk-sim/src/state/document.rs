//! The document in a state file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::StateError;
use crate::clock::{Clock, Moment};
use crate::faults::{self, Fault, Faults, Scope};
use crate::settings::Settings;
use crate::world::{
    Application, Environment, EventLog, ManagedActions, Names, Template, Version, World,
};

/// The version of the format. It changes with every change that makes older files unreadable.
pub(super) const VERSION: u64 = 1;

/// A state with where and when it was.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Document<'a> {
    version: u64,
    region: Cow<'a, str>,
    account: Cow<'a, str>,
    /// Simulated time goes on from here.
    pub(crate) moment: Moment,
    date: Timestamp,
    pub(crate) knowledge: Knowledge<'a>,
}

/// What the service knows.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Knowledge<'a> {
    pub(crate) data_port: u16,
    names: Cow<'a, Names>,
    pub(crate) request_ids: Cow<'a, Names>,
    applications: Cow<'a, BTreeMap<String, Application>>,
    versions: Cow<'a, [Version]>,
    environments: Cow<'a, [Environment]>,
    events: Cow<'a, EventLog>,
    #[serde(serialize_with = "write_faults", deserialize_with = "read_faults")]
    faults: Vec<(Scope, Fault)>,
    tags: Cow<'a, BTreeMap<String, BTreeMap<String, String>>>,
    templates: Vec<Cow<'a, Template>>,
    applied_templates: Cow<'a, BTreeMap<String, String>>,
    operations_roles: Cow<'a, BTreeMap<String, String>>,
    environment_links: Cow<'a, BTreeMap<String, Vec<(String, String)>>>,
    managed_actions: Cow<'a, BTreeMap<String, ManagedActions>>,
    last_operation: u64,
}

/// As much as has to be known before the rest can be read.
#[derive(Deserialize)]
struct Header {
    version: u64,
}

/// Reads a document that fits the settings.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    settings: &Settings,
) -> Result<Document<'static>, StateError> {
    let damaged = |problem: String| StateError::Damaged { path: path.to_owned(), problem };
    let Header { version } =
        serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
    if version != VERSION {
        return Err(StateError::UnknownVersion { path: path.to_owned(), version });
    }
    let reader = &mut serde_json::Deserializer::from_slice(bytes);
    let document: Document<'static> =
        serde_path_to_error::deserialize(reader).map_err(|error| damaged(error.to_string()))?;
    if document.region != settings.region || document.account != settings.account {
        return Err(StateError::Elsewhere {
            path: path.to_owned(),
            region: document.region.into_owned(),
            account: document.account.into_owned(),
        });
    }
    Ok(document)
}

impl<'a> Document<'a> {
    pub(crate) fn of(world: &'a World, request_ids: &'a Names, data_port: u16) -> Self {
        let faults = world.faults.all().map(|(scope, fault)| (scope.clone(), fault.clone()));
        Self {
            version: VERSION,
            region: Cow::Borrowed(&world.region),
            account: Cow::Borrowed(&world.account),
            moment: world.clock.moment(),
            date: world.now(),
            knowledge: Knowledge {
                data_port,
                names: Cow::Borrowed(&world.names),
                request_ids: Cow::Borrowed(request_ids),
                applications: Cow::Borrowed(&world.applications),
                versions: Cow::Borrowed(&world.versions),
                environments: Cow::Borrowed(&world.environments),
                events: Cow::Borrowed(&world.events),
                faults: faults.collect(),
                tags: Cow::Borrowed(&world.tags),
                templates: world.templates.values().map(Cow::Borrowed).collect(),
                applied_templates: Cow::Borrowed(&world.applied_templates),
                operations_roles: Cow::Borrowed(&world.operations_roles),
                environment_links: Cow::Borrowed(&world.environment_links),
                managed_actions: Cow::Borrowed(&world.managed_actions),
                last_operation: world.last_operation,
            },
        }
    }

    /// What dates count from so that they go on where they stopped.
    pub(crate) fn epoch(&self) -> Timestamp {
        self.moment.epoch(self.date)
    }

    /// The faults that were set.
    pub(crate) fn faults(&self) -> Vec<(Scope, Fault)> {
        self.knowledge.faults.clone()
    }

    /// The world as it was, but for the faults, which may end with time.
    pub(crate) fn into_world(self, clock: Clock) -> World {
        let knowledge = self.knowledge;
        let templates = knowledge.templates.into_iter().map(Cow::into_owned);
        World {
            region: self.region.into_owned(),
            account: self.account.into_owned(),
            clock,
            faults: Faults::default(),
            names: knowledge.names.into_owned(),
            applications: knowledge.applications.into_owned(),
            versions: knowledge.versions.into_owned(),
            environments: knowledge.environments.into_owned(),
            events: knowledge.events.into_owned(),
            tags: knowledge.tags.into_owned(),
            templates: templates
                .map(|template| ((template.application.clone(), template.name.clone()), template))
                .collect(),
            applied_templates: knowledge.applied_templates.into_owned(),
            operations_roles: knowledge.operations_roles.into_owned(),
            environment_links: knowledge.environment_links.into_owned(),
            managed_actions: knowledge.managed_actions.into_owned(),
            last_operation: knowledge.last_operation,
        }
    }
}

fn write_faults<S: Serializer>(
    faults: &[(Scope, Fault)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(faults.iter().map(|(scope, fault)| faults::write(scope, fault)))
}

fn read_faults<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<(Scope, Fault)>, D::Error> {
    let documents = Vec::<Map<String, Value>>::deserialize(deserializer)?;
    documents.into_iter().map(|document| faults::read(document).map_err(D::Error::custom)).collect()
}
