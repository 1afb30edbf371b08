//! The capacity of environments: restoring the remembered one, and the wait for instances.

use jiff::Timestamp;

use super::{state::Holder, steps};
use crate::{
    beanstalk::capacity::Group,
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Clock, Groups, Locks},
    stack::side::Side,
};

/// The longest time in seconds that instances may take to start or to terminate.
pub const CAPACITY_SECONDS: i64 = 1200;

/// A wait for the instances of an environment.
#[derive(Clone, Copy, Debug)]
pub struct CapacityWait<'a> {
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// Its duration so far, in seconds.
    pub seconds: i64,
    /// Its longest duration, in seconds.
    pub timeout: i64,
}

impl<'a> CapacityWait<'a> {
    /// The wait that began at `since`, as it is at `now`.
    pub fn new(
        environment: &'a EnvironmentName,
        since: Timestamp,
        timeout: i64,
        now: Timestamp,
    ) -> Self {
        Self { environment, seconds: now.duration_since(since).as_secs(), timeout }
    }

    /// Whether it timed out.
    pub fn timed_out(self) -> bool {
        self.seconds >= self.timeout
    }

    /// [`Error::NotReady`], because of `status`.
    pub fn not_ready(self, status: String) -> Error {
        Error::NotReady { what: format!("environment `{}`", self.environment), status }
    }

    /// The error while `found` of `wanted` instances serve: [`Error::NotReady`], or [`Error::CapacityNotReached`] once the
    /// wait timed out. `problem` is a fragment that is appended to the message, or empty.
    pub fn not_reached(self, found: u32, wanted: u32, problem: &str) -> Error {
        if !self.timed_out() {
            return self.not_ready(format!("{found} of {wanted} instances serve{problem}"));
        }
        let (environment, problem) = (self.environment.to_string(), problem.to_owned());
        Error::CapacityNotReached { environment, found, wanted, seconds: self.seconds, problem }
    }

    /// [`Error::NotReady`] in place of an `error` that [may pass](Error::may_pass), until the wait timed out.
    pub fn later(self, error: Error) -> Error {
        match error {
            Error::NotReady { .. } => error,
            error if error.may_pass() && !self.timed_out() => self.not_ready(error.to_string()),
            error => error,
        }
    }
}

/// Restores the capacity that the environment of `wait`, on `side`, had before mist stopped it, and returns its group
/// once that many instances are in service. Each call renews the lease of the holder.
///
/// Until then the error is [`Error::NotReady`], or [`Error::CapacityNotReached`] once the wait timed out. If mist did not
/// stop an environment without instances, the error is [`Error::SizesUnknown`]. An environment with instances keeps its
/// capacity.
pub async fn restore(
    (groups, locks, clock): (&impl Groups, &impl Locks, &impl Clock),
    (stack, holder): (&StackName, &Holder),
    side: Side,
    wait: CapacityWait<'_>,
) -> Result<Group, Error> {
    let environment = wait.environment;
    let mut group = groups.group(environment).await?;
    let state = steps::hold(locks, clock, stack, holder).await?;
    if group.capacity.is_stopped() {
        let Some(capacity) = state.stopped(side, environment) else {
            return Err(Error::SizesUnknown { environment: environment.to_string() });
        };
        groups.set_capacity(&group.name, capacity.min, capacity.desired).await?;
        group.capacity = capacity;
    } else if group.in_service >= group.capacity.desired {
        return Ok(group);
    }
    Err(wait.not_reached(group.in_service, group.capacity.desired, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(seconds: i64, choose: impl FnOnce(CapacityWait<'_>) -> Error) -> String {
        let environment = "Demo-QA-B".parse().unwrap();
        let error = choose(CapacityWait { environment: &environment, seconds, timeout: 1200 });
        format!("{}: {error}", error.code())
    }

    #[test]
    fn a_wait_that_timed_out_ends() {
        let two_of_three = |wait: CapacityWait<'_>| wait.not_reached(2, 3, "; and so on");
        assert_eq!(
            error(1199, two_of_three),
            "Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 of 3 instances serve; and so on"
        );
        assert_eq!(
            error(1200, two_of_three),
            "Mist.CapacityNotReached: 2 of 3 instances of environment `Demo-QA-B` serve after 1200 s; and so on"
        );
    }

    #[test]
    fn an_error_that_may_pass_does_not_end_a_wait() {
        let throttled = || Error::Throttled { service: "autoscaling", message: "slow".to_owned() };
        let missing = || Error::EnvironmentMissing { environment: "Demo-QA-B".to_owned() };
        assert!(error(1199, |wait| wait.later(throttled())).starts_with("Mist.NotReady: "));
        assert!(error(1200, |wait| wait.later(throttled())).starts_with("Mist.Throttled: "));
        assert!(error(0, |wait| wait.later(missing())).starts_with("Mist.EnvironmentMissing: "));
    }
}
