//! The cases: every call of a release, with every fault.

use std::fmt;

use beanstalk_sim::Fault as BeanstalkFault;
use mist_core::stack::side::Side;
use mist_local::gate::{Call, Fault, Rule, Times};
use mist_tests::{Given, World};

/// The course of a release in which no call fails.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Release {
    /// The release succeeds.
    Good,
    /// The release fails, because Beanstalk cannot deploy the version.
    Bad,
}

/// One call of a recorded release.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Point {
    /// The course of its release.
    pub release: Release,
    /// The call.
    pub call: Call,
    /// Its number among such calls in the release, from 1.
    pub nth: usize,
    /// Whether the call names its stack.
    pub tells_its_stack: bool,
    /// Whether there is an earlier answer to repeat.
    pub has_earlier_answer: bool,
}

/// One fault in one release.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Its number among all cases.
    pub number: usize,
    /// The call.
    pub point: Point,
    /// The fault of the call.
    pub fault: Fault,
    /// The number of times.
    pub times: Times,
    /// The number of attempts before this one, all without a verdict.
    pub tried: usize,
}

/// Every case for `points`.
pub(crate) fn all(points: &[Point]) -> Vec<Case> {
    let mut cases = Vec::new();
    for point in points {
        for fault in Fault::ALL {
            if fault == Fault::Stale && !point.has_earlier_answer {
                continue;
            }
            // A process is killed once: the retry is in another one.
            let times: &[_] =
                if fault.is_crash() { &[Times::Once] } else { &[Times::Once, Times::Always] };
            for &times in times {
                cases.push(Case {
                    number: cases.len(),
                    point: point.clone(),
                    fault,
                    times,
                    tried: 0,
                });
            }
        }
    }
    cases
}

impl Release {
    /// A stack for such a release.
    pub(crate) fn given(self, world: &'static World, name: &str) -> Given {
        let given = world.given(name).alone();
        match self {
            Self::Good => given,
            Self::Bad => given.fault(Side::B, BeanstalkFault::FailDeploy),
        }
    }
}

impl Case {
    /// The name of its stack; all are of one length, so that none is part of another.
    pub(crate) fn stack(&self) -> String {
        format!("mx{:04}{}", self.number, self.tried)
    }

    /// The rules of the gate for this case.
    pub(crate) fn rule(&self) -> Rule {
        Rule {
            call: self.point.call.clone(),
            about: self.point.tells_its_stack.then(|| self.stack()),
            nth: self.point.nth,
            times: self.times,
            fault: self.fault,
        }
    }

    /// Whether it takes minutes, because time limits of real seconds must pass.
    pub(crate) fn is_slow(&self) -> bool {
        self.fault == Fault::NoAnswer && self.times == Times::Always
    }
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { function, service, operation } = &self.call;
        write!(formatter, "{function}/{service}/{operation}#{}", self.nth)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = match self.times {
            Times::Once => "once",
            Times::Always => "always",
        };
        write!(formatter, "{} {} {times}", self.point, self.fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(has_earlier_answer: bool) -> Point {
        let [function, service, operation] =
            ["SwapFunction", "route53", "GetChange"].map(str::to_owned);
        let call = Call { function, service, operation };
        Point { release: Release::Good, call, nth: 2, tells_its_stack: true, has_earlier_answer }
    }

    #[test]
    fn a_call_has_every_fault_once_and_always_and_its_process_is_killed_once() {
        let cases = all(&[point(true)]);
        assert_eq!(cases.len(), 12 * 2 + 2);
        assert_eq!(cases[0].to_string(), "SwapFunction/route53/GetChange#2 throttled once");
        assert_eq!(cases[25].to_string(), "SwapFunction/route53/GetChange#2 crash after once");
        assert_eq!(all(&[point(false)]).len(), 11 * 2 + 2, "there is no earlier answer to repeat");
    }

    #[test]
    fn no_stack_has_a_name_that_is_part_of_another() {
        let points = vec![point(true); 60];
        let names: Vec<_> = all(&points).iter().map(Case::stack).collect();
        assert!(names.iter().all(|name| name.len() == names[0].len()), "{names:?}");
    }
}
