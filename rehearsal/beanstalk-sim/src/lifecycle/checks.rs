//! Health checks of the instances of an environment.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{HOST, USER_AGENT};

use crate::engine::{Engine, Superseded};
use crate::host::Application;
use crate::world::{CheckFailure, Environment, Status, Tier};

/// The interval between health checks, in seconds.
pub(crate) const INTERVAL: f64 = 10.0;
/// The timeout of a check, in real time.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The answer of the proxy server if the process does not answer.
const BAD_GATEWAY: u16 = 502;

/// A check with all that it needs, so that it does not hold the world.
struct Check {
    instance_id: String,
    application: Option<Arc<Application>>,
    /// The path to request. `None` checks the processes only, as with workers.
    path: Option<String>,
    /// Whether a load balancer checks, which requires 200. Otherwise everything but a server error passes.
    balanced: bool,
    sick: bool,
}

/// Checks the instances and assesses the health of the environment.
pub(crate) async fn look(engine: &Arc<Engine>, environment_id: &str) -> Result<(), Superseded> {
    check(engine, environment_id, None).await?;
    engine.world().assess(environment_id);
    Ok(())
}

/// Checks these instances, or all of them. Returns those that passed.
pub(crate) async fn check(
    engine: &Arc<Engine>,
    environment_id: &str,
    only: Option<&[String]>,
) -> Result<Vec<String>, Superseded> {
    let checks = {
        let world = engine.world();
        let environment = world.environment(environment_id).ok_or(Superseded)?;
        if environment.status == Status::Terminated {
            return Err(Superseded);
        }
        checks(environment, only)
    };
    let mut passed = Vec::new();
    for check in checks {
        let result = check.make().await;
        if result.is_ok() {
            passed.push(check.instance_id.clone());
        }
        if let Some(instance) = engine
            .world()
            .environment_mut(environment_id)
            .and_then(|environment| environment.instance_mut(&check.instance_id))
        {
            instance.checks.record(result);
        }
    }
    Ok(passed)
}

fn checks(environment: &Environment, only: Option<&[String]>) -> Vec<Check> {
    let path = (environment.tier == Tier::WebServer)
        .then(|| environment.options.health_check_path().to_owned());
    environment
        .instances
        .iter()
        .filter(|instance| only.is_none_or(|ids| ids.contains(&instance.id)))
        .map(|instance| Check {
            instance_id: instance.id.clone(),
            application: instance.application.clone(),
            path: path.clone(),
            balanced: environment.load_balancer.is_some(),
            sick: instance.condition == crate::world::Condition::Sick,
        })
        .collect()
}

impl Check {
    async fn make(&self) -> Result<(), CheckFailure> {
        let Some(application) = &self.application else {
            return Err(CheckFailure::new("nothing is running"));
        };
        if self.sick {
            return Err(CheckFailure::new("HTTP 503"));
        }
        let Some(path) = &self.path else {
            return match application.ended().first() {
                Some(ended) => Err(CheckFailure::new(format!("{} has ended", ended.process))),
                None => Ok(()),
            };
        };
        let request = Request::get(path.as_str())
            .header(HOST, "localhost")
            .header(USER_AGENT, "ELB-HealthChecker/2.0")
            .body(Body::empty())
            .map_err(|_| CheckFailure::new(format!("`{path}` is not a path")))?;
        let is_good = |status| if self.balanced { status == 200 } else { status < 500 };
        match tokio::time::timeout(TIMEOUT, application.check(request, is_good)).await {
            Err(_) => Err(CheckFailure::new("Request timed out")),
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => {
                let failure = CheckFailure::new(format!("HTTP {status}"));
                let silence =
                    if status == BAD_GATEWAY { application.silence().await } else { None };
                Err(silence.iter().fold(failure, CheckFailure::because_of))
            }
        }
    }
}
