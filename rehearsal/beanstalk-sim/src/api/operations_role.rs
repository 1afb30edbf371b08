//! The operations role of an environment, with which the service carries out requests.

use super::lookup;
use crate::request::{Reply, Request};

pub(super) fn associate(request: &Request) -> Reply {
    let params = &request.params;
    params.required("EnvironmentName")?;
    params.check_length("OperationsRole", 1..=256)?;
    let role = params.required("OperationsRole")?;
    let mut world = request.engine.world();
    let id = lookup::environment(&world, params)?.id.clone();
    world.operations_roles.insert(id, role.to_owned());
    Ok(None)
}

pub(super) fn disassociate(request: &Request) -> Reply {
    let params = &request.params;
    params.required("EnvironmentName")?;
    let mut world = request.engine.world();
    let id = lookup::environment(&world, params)?.id.clone();
    world.operations_roles.remove(&id);
    Ok(None)
}
