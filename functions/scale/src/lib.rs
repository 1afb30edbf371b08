//! Changes the capacity of an environment: to that of the live one, to that before it was stopped, or to zero instances.

mod match_capacity;
mod request;
mod serving;
mod start;
mod stop;

#[cfg(test)]
mod tests;

use mist_core::{
    error::Error,
    ports::{Beanstalk, Clock, Dns, Groups, Locks, Monitor},
    release::capacity::{CAPACITY_SECONDS, CapacityWait},
};

pub use request::{Action, Match, Request, Response, Start, Stop};

/// The ports of this function.
#[derive(Debug)]
pub struct Ports<G, B, D, L, C> {
    /// The Auto Scaling groups.
    pub groups: G,
    /// The environments, and the versions on their instances.
    pub beanstalk: B,
    /// The DNS records, which decide which environment is live.
    pub dns: D,
    /// The locks of stacks.
    pub locks: L,
    /// The time.
    pub clock: C,
}

/// Changes the capacity. [`Error::NotReady`]: call again later, as instances are still starting or terminating.
/// [`Error::CapacityNotReached`]: the time for that is over. Running again changes nothing.
pub async fn run(
    Ports { groups, beanstalk, dns, locks, clock }: &Ports<
        impl Groups,
        impl Beanstalk + Monitor,
        impl Dns,
        impl Locks,
        impl Clock,
    >,
    request: Request,
) -> Result<Response, Error> {
    let Request { stack, holder, environment, since, serving, action } = request;
    let now = clock.now();
    let wait = |timeout| CapacityWait::new(&environment, since, timeout, now);
    let lock = || match &holder {
        Some(holder) => Ok((&stack, holder)),
        None => Err(Error::InvalidInput { problem: "holder: missing".to_owned() }),
    };
    match action {
        Action::None => Ok(Response { action: "none", ..Response::default() }),
        Action::Match(it) => {
            let ports = (groups, beanstalk, locks, clock);
            match_capacity::run(ports, lock()?, wait(CAPACITY_SECONDS), (&it, serving)).await
        }
        Action::Start(it) => {
            let ports = (groups, beanstalk, locks, clock);
            start::run(ports, lock()?, wait(it.timeout_seconds), &it).await
        }
        Action::Stop(it) => {
            let ports = (groups, beanstalk, dns, locks, clock);
            stop::run(ports, lock()?, wait(CAPACITY_SECONDS), &it).await
        }
    }
}
