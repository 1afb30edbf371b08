//! The control API under `/_sim/`: faults, scenarios, time, state, calls and reset.

mod calls;
mod logs;
mod problem;
mod strict;
mod time;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::map_response;
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;

use self::calls::Filter;
use self::problem::Problem;
use self::strict::{explained, members, without_anything, without_query};
use crate::api;
use crate::engine::Engine;
use crate::faults;
use crate::journal::Call;
use crate::lifecycle::managed_action;
use crate::scenario::Scenario;
use crate::world::{Environment, Instance, World};

type Shared = State<Arc<Engine>>;
type Wanted = Result<Query<Filter>, QueryRejection>;
type Pairs = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The paths of the control API.
const PATHS: &str = "/_sim/state, /_sim/calls, /_sim/calls/count, /_sim/faults, /_sim/scenario, \
    /_sim/environments/NAME/terminate, \
    /_sim/environments/NAME/managed-update, /_sim/addresses/NAME, /_sim/time, \
    /_sim/logs/INSTANCE/FILE and /_sim/reset";

/// The control API.
pub(crate) fn router(engine: Arc<Engine>) -> Router {
    Router::new()
        .route("/_sim/state", without_query(get(state)))
        .route("/_sim/calls", get(calls))
        .route("/_sim/calls/count", get(count))
        .route("/_sim/addresses/{name}", without_query(get(address)))
        .route("/_sim/faults", without_query(get(faults).post(set_fault)).delete(clear_faults))
        .route("/_sim/scenario", without_query(post(play)))
        .route("/_sim/environments/{name}/terminate", without_anything(post(terminate)))
        .route("/_sim/environments/{name}/managed-update", without_anything(post(managed_update)))
        .route("/_sim/time", without_query(get(time::show).post(time::change)))
        .route("/_sim/logs/{instance}/{file}", without_query(get(logs::show)))
        .route("/_sim/reset", without_anything(post(reset)))
        .route("/_sim/{*path}", any(unknown))
        .layer(map_response(explained))
        .with_state(engine)
}

async fn state(State(engine): Shared) -> Json<WorldState> {
    Json(WorldState::of(&engine.world(), engine.data_plane.port()))
}

async fn calls(State(engine): Shared, filter: Wanted) -> Result<Json<Vec<Call>>, Problem> {
    let filter = filter.map_err(|rejection| Problem::bad(rejection.body_text()))?.0;
    Ok(Json(filter.apply(&engine.world().environments, engine.journal().calls())))
}

/// The number of calls by operation.
async fn count(
    State(engine): Shared,
    filter: Wanted,
) -> Result<Json<BTreeMap<String, usize>>, Problem> {
    let Json(calls) = calls(State(engine), filter).await?;
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.operation).or_default() += 1;
    }
    Ok(Json(counts))
}

async fn address(
    State(engine): Shared,
    Path(name): Path<String>,
) -> Result<Json<Ipv4Addr>, Problem> {
    let unknown = || Problem {
        status: StatusCode::NOT_FOUND,
        error: format!("`{name}` is not the host name of an environment"),
    };
    engine.address_of(&name).map(Json).ok_or_else(unknown)
}

async fn faults(State(engine): Shared) -> Json<Vec<Value>> {
    Json(documents(&engine.world()))
}

async fn set_fault(State(engine): Shared, body: Bytes) -> Result<StatusCode, Problem> {
    let members: faults::Members =
        serde_json::from_slice(&body).map_err(|error| Problem::bad(error.to_string()))?;
    let (scope, fault) = faults::read(members.0).map_err(Problem::bad)?;
    engine.set_fault(scope, fault);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(engine): Shared, query: Pairs) -> Result<StatusCode, Problem> {
    let pairs = query.map_err(|rejection| Problem::bad(rejection.body_text()))?.0;
    let scope = faults::read_scope(members(pairs)?.0).map_err(Problem::bad)?;
    engine.world().faults.clear(&scope);
    Ok(StatusCode::NO_CONTENT)
}

fn documents(world: &World) -> Vec<Value> {
    world.faults.all().map(|(scope, fault)| faults::write(scope, fault)).collect()
}

async fn play(State(engine): Shared, body: String) -> Result<StatusCode, Problem> {
    let scenario = Scenario::parse(&body);
    scenario.map_err(|error| Problem::bad(error.to_string()))?.play(&engine);
    Ok(StatusCode::NO_CONTENT)
}

async fn terminate(State(engine): Shared, Path(name): Path<String>) -> Result<StatusCode, Problem> {
    api::terminate(&engine, &name).await.map_err(|error| Problem::bad(error.message))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn managed_update(
    State(engine): Shared,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    if managed_action::start_now(&engine, &name) {
        return Ok(StatusCode::NO_CONTENT);
    }
    Err(Problem::bad(format!("environment `{name}` is not ready for a managed update")))
}

async fn unknown(uri: Uri) -> Problem {
    let error = format!("`{}` is unknown; known paths are {PATHS}", uri.path());
    Problem { status: StatusCode::NOT_FOUND, error }
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
    faults: Vec<Value>,
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
    /// The version that the instance serves, which may differ from the last one deployed to it.
    running: Option<String>,
    deployed: Option<String>,
    deployment_id: u64,
    deployment_status: &'static str,
    /// The steps of the last deployment that were not run on this machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_run: Vec<String>,
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
            faults: documents(world),
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
            not_run: instance.not_run.clone(),
        }
    }
}
