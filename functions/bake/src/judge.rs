//! Judges a version by the findings of one look.

use mist_core::{
    beanstalk::{
        environment::{Environment, EnvironmentStatus},
        health::{AllowedHealth, HealthReport},
    },
    error::Error,
    ports::{Alarm, AlarmState, Alarms, Monitor},
    release::live::NO_SWAP_BACK,
    stack::bake::{BakeSettings, OnNoData},
};

use crate::request::{Request, Response, Verdict};

/// The finding of one look.
pub(crate) enum Finding {
    /// The version is healthy.
    Good,
    /// Its health is unknown, for this reason.
    NoData(String),
    /// It is unhealthy, for this reason.
    Bad(String),
}

/// Inspects `environment`, which is `None` if Beanstalk does not list it.
pub(crate) async fn inspect(
    (monitor, alarms): (&impl Monitor, &impl Alarms),
    request: &Request,
    environment: Option<&Environment>,
) -> Result<Finding, Error> {
    let name = &request.environment;
    let Some(environment) = environment else {
        // Beanstalk sometimes answers with an empty list.
        return Ok(Finding::NoData(format!("`{name}` is not listed by Beanstalk")));
    };
    if environment.status.is_ending() {
        return Ok(Finding::Bad(format!("`{name}` is {}", environment.status)));
    }
    let report = monitor.health(name).await?;
    let findings = [
        as_released(environment, request),
        health(environment, report.as_ref(), &request.allowed_health),
        figures(report.as_ref(), &request.bake),
        alarm(&alarms.states(&request.bake.alarms).await?, &request.bake.alarms),
    ];
    Ok(worst(findings))
}

/// The time in seconds for which a bake continues after its end if Beanstalk or CloudWatch cannot be read: one throttled
/// call must not decide.
const UNREAD_SECONDS: i64 = 180;

/// Decides on `finding` after `seconds`; `None` if it is too early. `Err` in `finding` is the reason why nothing could be
/// read. A version that may not stay live is an error.
pub(crate) fn decide(
    request: &Request,
    finding: Result<Finding, String>,
    seconds: i64,
) -> Result<Option<Response>, Error> {
    let end = i64::from(request.bake.seconds.get());
    let over = seconds >= end;
    match finding {
        Ok(Finding::Bad(problem)) => Err(bad(request, problem)),
        Ok(Finding::Good) if over => {
            Ok(Some(Response { verdict: Verdict::Good, reason: None, seconds }))
        }
        Ok(Finding::NoData(problem)) if over => no_data(request, problem, seconds).map(Some),
        Err(problem) if seconds >= end + UNREAD_SECONDS => {
            no_data(request, problem, seconds).map(Some)
        }
        Ok(Finding::Good | Finding::NoData(_)) | Err(_) => Ok(None),
    }
}

fn bad(request: &Request, problem: String) -> Error {
    let environment = request.environment.to_string();
    if request.can_swap_back {
        return Error::BakeFailed { environment, problem };
    }
    let reason = NO_SWAP_BACK.to_owned();
    Error::Held { environment, problem, reason }
}

fn no_data(request: &Request, problem: String, seconds: i64) -> Result<Response, Error> {
    match request.bake.on_no_data {
        OnNoData::RollBack => Err(bad(request, problem)),
        OnNoData::Hold => {
            Err(Error::Inconclusive { environment: request.environment.to_string(), problem })
        }
        OnNoData::GoOn => {
            tracing::warn!(environment.name = %request.environment, "{problem}");
            Ok(Response { verdict: Verdict::Inconclusive, reason: Some(problem), seconds })
        }
    }
}

// An environment that is changed meanwhile proves nothing about the version that went live.
fn as_released(environment: &Environment, request: &Request) -> Finding {
    let Environment { name, status, version, .. } = environment;
    if *status != EnvironmentStatus::Ready {
        return Finding::NoData(format!("`{name}` is {status}"));
    }
    if *version != request.version {
        let found = version.as_deref().unwrap_or("no version");
        return Finding::NoData(format!("`{name}` now runs `{found}`"));
    }
    Finding::Good
}

fn health(
    environment: &Environment,
    report: Option<&HealthReport>,
    allowed: &AllowedHealth,
) -> Finding {
    let Environment { name, health, .. } = environment;
    if allowed.allows(health) {
        return Finding::Good;
    }
    if health.is_unknown() {
        return Finding::NoData(format!("the health of `{name}` is {health}"));
    }
    let causes = report.map(|report| report.causes.join(" ")).unwrap_or_default();
    let problem = format!("the health of `{name}` is {health}. {causes}");
    Finding::Bad(problem.trim_end_matches(['.', ' ']).to_owned())
}

fn figures(report: Option<&HealthReport>, bake: &BakeSettings) -> Finding {
    let report = report.cloned().unwrap_or_default();
    let least = bake.min_requests.get();
    // One bad answer of two proves little. No request at all is no data.
    if (1..least).contains(&report.requests) {
        return Finding::Good;
    }
    let failed = bake.max_failed_percent.map(|most| {
        check("the share of 5xx in percent", report.failed_percent, f64::from(most.get()))
    });
    let slow = bake.max_p90_ms.map(|most| {
        check("the 90th percentile of latency in ms", report.p90_ms, f64::from(most.get()))
    });
    worst([failed, slow].into_iter().flatten())
}

fn check(what: &str, found: Option<f64>, most: f64) -> Finding {
    match found {
        Some(found) if found > most => {
            Finding::Bad(format!("{what} is {found:.1}, more than {most}"))
        }
        Some(_) => Finding::Good,
        None => Finding::NoData(format!("{what} is unknown: no requests")),
    }
}

fn alarm(found: &[Alarm], names: &[String]) -> Finding {
    worst(names.iter().map(|name| {
        match found.iter().find(|alarm| alarm.name == *name).map(|alarm| alarm.state) {
            Some(AlarmState::Ok) => Finding::Good,
            Some(AlarmState::Alarm) => Finding::Bad(format!("alarm `{name}` is in alarm")),
            Some(AlarmState::InsufficientData) => {
                Finding::NoData(format!("alarm `{name}` has no data"))
            }
            None => Finding::NoData(format!("alarm `{name}` does not exist")),
        }
    }))
}

/// The worst of `findings`: bad before unknown before good.
fn worst(findings: impl IntoIterator<Item = Finding>) -> Finding {
    findings.into_iter().fold(Finding::Good, |worst, finding| match (&worst, &finding) {
        (Finding::Bad(_), _) | (Finding::NoData(_), Finding::Good | Finding::NoData(_)) => worst,
        (Finding::NoData(_), Finding::Bad(_)) | (Finding::Good, _) => finding,
    })
}
