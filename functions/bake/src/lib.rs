//! Looks once how a version does that went live, and says in the end whether it may stay.

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use mist_core::{
    AllowedHealth, BakeSettings, Environment, EnvironmentName, EnvironmentStatus, Error,
    HealthReport,
    ports::{Alarm, AlarmState, Alarms, Beanstalk, Clock, Monitor},
};
use serde::{Deserialize, Serialize};

/// What is watched, and for how long.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// The environment that is live.
    pub environment: EnvironmentName,
    /// The version that it must run; null where it had none.
    pub version: Option<String>,
    /// When it went live.
    pub since: Timestamp,
    /// The healths that are good enough.
    pub allowed_health: AllowedHealth,
    /// For how long it is watched, and by which figures.
    pub bake: BakeSettings,
}

/// How the version does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Whether it may stay.
    pub verdict: Verdict,
    /// Why, unless it is good.
    pub reason: Option<String>,
    /// For how long it was watched, in seconds.
    pub seconds: i64,
}

/// Whether a version may stay live.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// It did well for as long as it was watched.
    Good,
    /// It does not.
    Bad,
    /// Nobody can tell. That is not the same as good.
    Inconclusive,
}

/// What one look found.
enum Finding {
    Good,
    NoData(String),
    Bad(String),
}

/// Looks once. [`Error::NotReady`] asks to look again later. It changes nothing.
pub async fn run(
    beanstalk: &(impl Beanstalk + Monitor),
    alarms: &impl Alarms,
    clock: &impl Clock,
    request: Request,
) -> Result<Response, Error> {
    let seconds = clock.now().duration_since(request.since).as_secs();
    // A watch makes many calls, and a call that fails is only one look less.
    let finding = match look(beanstalk, alarms, &request).await {
        Err(error @ (Error::Throttled { .. } | Error::ServiceUnavailable { .. })) => {
            Finding::NoData(error.to_string())
        }
        looked => looked?,
    };
    let over = seconds >= i64::from(request.bake.seconds.get());
    let (verdict, reason) = match finding {
        Finding::Bad(reason) => (Verdict::Bad, Some(reason)),
        Finding::Good if over => (Verdict::Good, None),
        Finding::NoData(reason) if over => (Verdict::Inconclusive, Some(reason)),
        Finding::Good | Finding::NoData(_) => {
            let what = format!("the watch over `{}`", request.environment);
            return Err(Error::NotReady { what, status: format!("{seconds} s of it are over") });
        }
    };
    if let Some(reason) = &reason {
        tracing::warn!(environment.name = %request.environment, "{reason}");
    }
    Ok(Response { verdict, reason, seconds })
}

async fn look(
    beanstalk: &(impl Beanstalk + Monitor),
    alarms: &impl Alarms,
    request: &Request,
) -> Result<Finding, Error> {
    let name = &request.environment;
    let Some(environment) = beanstalk.environments(&[name]).await?.pop() else {
        // Beanstalk is known to answer with an empty list now and then.
        return Ok(Finding::NoData(format!("`{name}` is not listed by Beanstalk")));
    };
    if environment.status.is_ending() {
        return Ok(Finding::Bad(format!("`{name}` is {}", environment.status)));
    }
    let report = beanstalk.health(name).await?;
    let findings = [
        as_released(&environment, request),
        health(&environment, report.as_ref(), &request.allowed_health),
        figures(report.as_ref(), &request.bake),
        alarm(&alarms.states(&request.bake.alarms).await?, &request.bake.alarms),
    ];
    Ok(worst(findings))
}

// Somebody works on it, so what it does says nothing of the version that went live.
fn as_released(environment: &Environment, request: &Request) -> Finding {
    let Environment { name, status, version, .. } = environment;
    if *status != EnvironmentStatus::Ready {
        return Finding::NoData(format!("`{name}` is {status}"));
    }
    if *version != request.version {
        let found = version.as_deref().unwrap_or("no version");
        return Finding::NoData(format!("`{name}` runs `{found}` by now"));
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
    Finding::Bad(format!("the health of `{name}` is {health}. {causes}").trim_end().to_owned())
}

fn figures(report: Option<&HealthReport>, bake: &BakeSettings) -> Finding {
    let report = report.cloned().unwrap_or_default();
    let least = bake.min_requests.get();
    // One bad answer of two is no half of all. None at all is another matter: nobody knows then.
    if (1..least).contains(&report.requests) {
        return Finding::Good;
    }
    let failed = bake.max_failed_percent.map(|most| {
        check("the share of 5xx in percent", report.failed_percent, f64::from(most.get()))
    });
    let slow = bake.max_p90_ms.map(|most| {
        check("the time of nine in ten requests in ms", report.p90_ms, f64::from(most.get()))
    });
    worst([failed, slow].into_iter().flatten())
}

fn check(what: &str, found: Option<f64>, most: f64) -> Finding {
    match found {
        Some(found) if found > most => {
            Finding::Bad(format!("{what} is {found:.1}, and may be {most} at most"))
        }
        Some(_) => Finding::Good,
        None => Finding::NoData(format!("{what} is not known: there were no requests")),
    }
}

fn alarm(found: &[Alarm], names: &[String]) -> Finding {
    worst(names.iter().map(|name| {
        match found.iter().find(|alarm| alarm.name == *name).map(|alarm| alarm.state) {
            Some(AlarmState::Fine) => Finding::Good,
            Some(AlarmState::InAlarm) => Finding::Bad(format!("alarm `{name}` is in alarm")),
            Some(AlarmState::NoData) => Finding::NoData(format!("alarm `{name}` has no data")),
            None => Finding::NoData(format!("there is no alarm `{name}`")),
        }
    }))
}

/// The worst of several: bad before unknown before good.
fn worst(findings: impl IntoIterator<Item = Finding>) -> Finding {
    findings.into_iter().fold(Finding::Good, |worst, finding| match (&worst, &finding) {
        (Finding::Bad(_), _) | (Finding::NoData(_), Finding::Good | Finding::NoData(_)) => worst,
        (Finding::NoData(_), Finding::Bad(_)) | (Finding::Good, _) => finding,
    })
}
