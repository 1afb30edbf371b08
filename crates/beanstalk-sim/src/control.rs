//! The control API under `/_sim/`: faults, state, calls and a fresh start.

use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;

use crate::engine::Engine;
use crate::faults::{EVERYWHERE, Fault};
use crate::journal::Call;
use crate::world::{Environment, Instance, World};

type Shared = State<Arc<Engine>>;

/// The control API.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route("/_sim/state", get(state))
        .route("/_sim/calls", get(calls))
        .route("/_sim/addresses/{name}", get(address))
        .route("/_sim/faults", post(set_everywhere).delete(clear_everywhere))
        .route("/_sim/environments/{name}/faults", post(set).delete(clear))
        .route("/_sim/reset", post(reset))
        .with_state(engine)
}

async fn state(State(engine): Shared) -> Json<WorldState> {
    Json(WorldState::of(&engine.world(), engine.data_plane.port()))
}

async fn calls(State(engine): Shared) -> Json<Vec<Call>> {
    Json(engine.journal().calls())
}

async fn address(
    State(engine): Shared,
    Path(name): Path<String>,
) -> Result<Json<Ipv4Addr>, StatusCode> {
    engine.address_of(&name).map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn set_everywhere(State(engine): Shared, Json(fault): Json<Fault>) -> StatusCode {
    engine.world().faults.set(EVERYWHERE, fault);
    StatusCode::NO_CONTENT
}

async fn clear_everywhere(State(engine): Shared) -> StatusCode {
    engine.world().faults.clear(EVERYWHERE);
    StatusCode::NO_CONTENT
}

async fn set(
    State(engine): Shared,
    Path(name): Path<String>,
    Json(fault): Json<Fault>,
) -> StatusCode {
    engine.world().faults.set(&name, fault);
    StatusCode::NO_CONTENT
}

async fn clear(State(engine): Shared, Path(name): Path<String>) -> StatusCode {
    engine.world().faults.clear(&name);
    StatusCode::NO_CONTENT
}

async fn reset(State(engine): Shared) -> StatusCode {
    engine.reset();
    StatusCode::NO_CONTENT
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WorldState {
    data_port: u16,
    applications: Vec<String>,
    versions: Vec<VersionState>,
    environments: Vec<EnvironmentState>,
    faults: std::collections::BTreeMap<String, Vec<Fault>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionState {
    application: String,
    label: String,
    status: &'static str,
    bundle: Option<crate::bundles::Location>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EnvironmentState {
    name: String,
    id: String,
    application: String,
    tier: &'static str,
    status: String,
    health: &'static str,
    version: Option<String>,
    deployment_id: u64,
    cname: Option<String>,
    endpoint: Option<String>,
    address: Option<Ipv4Addr>,
    request_id: String,
    instances: Vec<InstanceState>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceState {
    id: String,
    /// What it serves, as opposed to what was last deployed to it.
    running: Option<String>,
    deployed: Option<String>,
    deployment_id: u64,
    deployment_status: &'static str,
}

impl WorldState {
    fn of(world: &World, data_port: u16) -> Self {
        let versions = world.versions.iter().map(|version| VersionState {
            application: version.application.clone(),
            label: version.label.clone(),
            status: version.status.name(),
            bundle: version.bundle.clone(),
        });
        Self {
            data_port,
            applications: world.applications.keys().cloned().collect(),
            versions: versions.collect(),
            environments: world
                .environments
                .iter()
                .map(|environment| EnvironmentState::of(world, environment))
                .collect(),
            faults: world.faults.all().clone(),
        }
    }
}

impl EnvironmentState {
    fn of(world: &World, environment: &Environment) -> Self {
        Self {
            name: environment.name.clone(),
            id: environment.id.clone(),
            application: environment.application.clone(),
            tier: environment.tier.name(),
            status: environment.status.to_string(),
            health: environment.health.name(),
            version: environment.release.version.clone(),
            deployment_id: environment.release.deployment_id,
            cname: environment.cname.clone(),
            endpoint: environment.endpoint(),
            address: environment.address,
            request_id: environment.operation.request_id.clone(),
            instances: world.instances_of(environment).iter().map(InstanceState::of).collect(),
        }
    }
}

impl InstanceState {
    fn of(instance: &Instance) -> Self {
        Self {
            id: instance.id.clone(),
            running: instance.running.version.clone(),
            deployed: instance.deployment.version.clone(),
            deployment_id: instance.deployment.id,
            deployment_status: instance.deployment.status.name(),
        }
    }
}
