//! Health checks of the instances of an environment.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{HOST, USER_AGENT};

use crate::engine::{Engine, Superseded};
use crate::host::{Application, PROXY_PORT};
use crate::world::options::LoadBalancerType;
use crate::world::{CheckFailure, Environment, HealthCheck, Status, Tier};

/// The interval between two assessments of health, in seconds.
pub(crate) const INTERVAL: f64 = 10.0;

/// The answer of the proxy server if the process does not answer.
const BAD_GATEWAY: u16 = 502;

/// A check with all that it needs, so that it does not hold the world.
struct Check {
    instance_id: String,
    application: Option<Arc<Application>>,
    /// The request to make. `None` checks the processes only, as with workers.
    ask: Option<Ask>,
    sick: bool,
}

/// The request of a check, as its sender makes it.
#[derive(Clone)]
struct Ask {
    host: String,
    agent: &'static str,
    check: HealthCheck,
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
    let (checks, rules) = {
        let world = engine.world();
        let environment = world.environment(environment_id).ok_or(Superseded)?;
        if environment.status == Status::Terminated {
            return Err(Superseded);
        }
        (checks(environment, only), environment.health_check())
    };
    let mut passed = Vec::new();
    for check in checks {
        let result = check.make().await;
        if result.is_ok() {
            passed.push(check.instance_id.clone());
        }
        let now = engine.clock.moment();
        if let Some(instance) = engine
            .world()
            .environment_mut(environment_id)
            .and_then(|environment| environment.instance_mut(&check.instance_id))
        {
            instance.checks.record(result, &rules, now);
        }
    }
    Ok(passed)
}

fn checks(environment: &Environment, only: Option<&[String]>) -> Vec<Check> {
    let ask = (environment.tier == Tier::WebServer).then(|| Ask::of(environment));
    environment
        .instances
        .iter()
        .filter(|instance| only.is_none_or(|ids| ids.contains(&instance.id)))
        .map(|instance| Check {
            instance_id: instance.id.clone(),
            application: instance.application.clone(),
            ask: ask.clone(),
            sick: instance.condition == crate::world::Condition::Sick,
        })
        .collect()
}

impl Ask {
    /// The request of the load balancer, or of the instance to itself.
    ///
    /// Newer load balancers send their own address as the host, a classic one sends `localhost`, as users report.
    fn of(environment: &Environment) -> Self {
        let check = environment.health_check();
        let balancer = environment.options.load_balancer_type();
        let address = environment.address.filter(|_| environment.load_balancer.is_some());
        let (host, agent) = match (balancer, address) {
            (Some(LoadBalancerType::Application | LoadBalancerType::Network), Some(address)) => {
                (address.to_string(), "ELB-HealthChecker/2.0")
            }
            _ => ("localhost".to_owned(), "ELB-HealthChecker/1.0"),
        };
        Self { host, agent, check }
    }
}

impl Check {
    async fn make(&self) -> Result<(), CheckFailure> {
        let Some(application) = &self.application else {
            return Err(CheckFailure::new("nothing is running"));
        };
        if self.sick {
            return Err(CheckFailure::new("HTTP 503"));
        }
        let Some(Ask { host, agent, check }) = &self.ask else {
            return match application.ended().first() {
                Some(ended) => Err(CheckFailure::new(format!("{} has ended", ended.process))),
                None => Ok(()),
            };
        };
        let path = &check.path;
        let request = Request::get(path.as_str())
            .header(HOST, host)
            .header(USER_AGENT, *agent)
            .body(Body::empty())
            .map_err(|_| CheckFailure::new(format!("`{path}` is not a path")))?;
        let checked = application.check(check.port, request, |status| check.passes(status));
        match tokio::time::timeout(check.timeout, checked).await {
            Err(_) => Err(CheckFailure::new("Request timed out")),
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => {
                let failure = CheckFailure::new(format!("HTTP {status}"));
                let is_silent = status == BAD_GATEWAY && check.port == PROXY_PORT;
                let silence = if is_silent { application.silence().await } else { None };
                Err(silence.iter().fold(failure, CheckFailure::because_of))
            }
        }
    }
}
