//! The processes of a group, and the health of instances.

use super::lookup::{self, group_mut, validation};
use crate::lifecycle::scaling;
use crate::request::{Reply, Request};
use crate::wire::{ApiError, Params};
use crate::world::Process;

pub(super) fn suspend(request: &Request) -> Reply {
    let processes = read(&request.params)?;
    let mut world = request.engine.world();
    group_mut(&mut world, &request.params)?.group.suspended.extend(processes);
    Ok(None)
}

pub(super) fn resume(request: &Request) -> Reply {
    let processes = read(&request.params)?;
    let mut world = request.engine.world();
    let environment = group_mut(&mut world, &request.params)?;
    environment.group.suspended.retain(|process| !processes.contains(process));
    let id = environment.id.clone();
    drop(world);
    scaling::follow(&request.engine, &id);
    Ok(None)
}

/// The processes in a call; all of them if it names none.
fn read(params: &Params) -> Result<Vec<Process>, ApiError> {
    let names = params.list("ScalingProcesses");
    if names.is_empty() {
        return Ok(Process::ALL.to_vec());
    }
    let find = |name: &str| {
        let unknown = || validation(format!("Invalid AutoScalingGroup process name: {name}"));
        Process::from_name(name).ok_or_else(unknown)
    };
    names.into_iter().map(find).collect()
}

/// Sets the health of an instance. An unhealthy one is replaced, unless the processes for it are suspended.
pub(super) fn set_health(request: &Request) -> Reply {
    let params = &request.params;
    let healthy = match params.required("HealthStatus")? {
        "Healthy" => true,
        "Unhealthy" => false,
        other => {
            return Err(validation(format!(
                "{other} is not a valid HealthStatus value. Valid values are Healthy and Unhealthy"
            )));
        }
    };
    let mut world = request.engine.world();
    let (environment, instance) = lookup::instance(&world, params)?;
    let id = environment.id.clone();
    if let Some(environment) = world.environment_mut(&id) {
        if healthy {
            environment.group.unhealthy.remove(instance);
        } else {
            environment.group.unhealthy.insert(instance.to_owned());
        }
    }
    drop(world);
    scaling::follow(&request.engine, &id);
    Ok(None)
}
