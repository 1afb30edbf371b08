//! The capacity of environments: giving back what mist remembers of it, and the wait for instances.

use jiff::Timestamp;

use super::{state::Holder, steps};
use crate::{
    beanstalk::capacity::Group,
    error::Error,
    names::{EnvironmentName, StackName},
    ports::{Clock, Groups, Locks},
    stack::side::Side,
};

/// The longest time in seconds that instances may take to come or to go.
pub const CAPACITY_SECONDS: i64 = 1200;

/// A wait for the instances of an environment.
#[derive(Clone, Copy, Debug)]
pub struct CapacityWait<'a> {
    /// The environment.
    pub environment: &'a EnvironmentName,
    /// How long the wait has lasted, in seconds.
    pub seconds: i64,
    /// The longest time that it may last, in seconds.
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

    /// Whether it has lasted as long as it may.
    pub fn timed_out(self) -> bool {
        self.seconds >= self.timeout
    }

    /// [`Error::NotReady`], because of `status`.
    pub fn not_ready(self, status: String) -> Error {
        Error::NotReady { what: format!("environment `{}`", self.environment), status }
    }

    /// The error while `found` instances serve, and not `wanted`: [`Error::NotReady`], or
    /// [`Error::CapacityNotReached`] once the wait timed out. `problem` is a fragment that goes on in either
    /// message, or empty.
    pub fn not_reached(self, found: u32, wanted: u32, problem: &str) -> Error {
        if !self.timed_out() {
            return self.not_ready(format!("{found} of {wanted} instances serve{problem}"));
        }
        let (environment, problem) = (self.environment.to_string(), problem.to_owned());
        Error::CapacityNotReached { environment, found, wanted, seconds: self.seconds, problem }
    }

    /// [`Error::NotReady`] in place of an `error` that may be gone at the next look, until the wait timed out.
    pub fn later(self, error: Error) -> Error {
        let passes = error.is_transient() || matches!(error, Error::EnvironmentBusy { .. });
        if passes && !self.timed_out() {
            return self.not_ready(error.to_string());
        }
        error
    }
}

/// Gives the environment of `wait`, on `side` of a stack, the capacity back that it had before mist stopped
/// it, and returns its group once as many instances are in service. Each look renews the lease of the holder.
///
/// Until then the error is [`Error::NotReady`], and [`Error::CapacityNotReached`] once the wait timed out. An
/// environment without instances that mist did not stop is [`Error::SizesUnknown`]. One that has instances
/// keeps its capacity.
pub async fn restore(
    (groups, locks, clock): (&impl Groups, &impl Locks, &impl Clock),
    (stack, holder): (&StackName, &Holder),
    side: Side,
    wait: CapacityWait<'_>,
) -> Result<Group, Error> {
    let environment = wait.environment;
    let mut group = groups.group(environment).await?;
    let state = steps::hold(locks, clock, stack, holder).await?;
    if group.sizes.is_stopped() {
        let Some(sizes) = state.stopped(side, environment) else {
            return Err(Error::SizesUnknown { environment: environment.to_string() });
        };
        groups.resize(&group.name, sizes.min, sizes.desired).await?;
        group.sizes = sizes;
    } else if group.in_service >= group.sizes.desired {
        return Ok(group);
    }
    Err(wait.not_reached(group.in_service, group.sizes.desired, ""))
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
    fn a_wait_ends_when_it_timed_out() {
        let two_of_three = |wait: CapacityWait<'_>| wait.not_reached(2, 3, "; and so on");
        assert_eq!(
            error(1199, two_of_three),
            "Mist.NotReady: environment `Demo-QA-B` is not ready yet: 2 of 3 instances serve; and so on"
        );
        assert_eq!(
            error(1200, two_of_three),
            "Mist.CapacityNotReached: 2 of 3 instances of `Demo-QA-B` serve after 1200 s; and so on"
        );
    }

    #[test]
    fn what_may_be_gone_at_the_next_look_does_not_end_a_wait() {
        let throttled = || Error::Throttled { service: "autoscaling", message: "slow".to_owned() };
        let missing = || Error::EnvironmentMissing { environment: "Demo-QA-B".to_owned() };
        assert!(error(1199, |wait| wait.later(throttled())).starts_with("Mist.NotReady: "));
        assert!(error(1200, |wait| wait.later(throttled())).starts_with("Mist.Throttled: "));
        assert!(error(0, |wait| wait.later(missing())).starts_with("Mist.EnvironmentMissing: "));
    }
}
