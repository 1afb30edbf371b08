//! The two environments of a stack, and the record that decides which of them is live.

use mist_core::{
    beanstalk::{
        environment::{Environment, EnvironmentStatus},
        health::AllowedHealth,
    },
    dns::names::StackNames,
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Beanstalk, Clock, Dns},
    release::{
        records::{Listing, MOST_SETS, StackRecords},
        request::{Operation, ReleaseRequest},
        target::Live,
    },
    stack::{settings::Stack, side::Side},
};

/// Both sides of a stack, described together.
#[derive(Debug)]
pub(crate) struct Sides {
    pub(crate) records: StackRecords,
    pub(crate) live: Side,
    a: Environment,
    b: Environment,
    alone: bool,
}

impl Sides {
    /// Describes both sides, and refuses a stack to which no release is possible.
    pub(crate) async fn look(
        (dns, beanstalk, clock): (&impl Dns, &impl Beanstalk, &impl Clock),
        release: &ReleaseRequest,
        stack: &Stack,
    ) -> Result<Self, Error> {
        let (zone, alone) = (stack.names(), must_be_alone(release));
        let listing = if alone {
            Listing::whole(dns, clock, &zone).await?
        } else {
            Listing::quick(dns, &zone).await?
        };
        let names = &stack.settings.environments;
        let mut found = beanstalk.environments(&[&names.a, &names.b]).await?;
        let b = take(&mut found, &names.b, stack)?;
        let a = take(&mut found, &names.a, stack)?;
        let records = records(release, &zone, [&a.cname, &b.cname], listing)?;
        let live = live(&records, stack, [&a, &b])?;
        if alone {
            records.refuse_others(&stack.name)?;
        }
        Ok(Self { records, live, a, b, alone })
    }

    /// The environment on `side`.
    pub(crate) fn on(&self, side: Side) -> &Environment {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// Whether the live environment runs `version`, and is healthy.
    pub(crate) fn runs_live(&self, version: &VersionLabel) -> bool {
        let live = self.on(self.live);
        live.version.as_deref() == Some(version.as_str()) && serves(live, &AllowedHealth::default())
    }

    /// The differences that a person should know, and that do not stop a release.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let Self { a, b, records, alone, .. } = self;
        let mut warnings = Vec::new();
        if a.platform != b.platform {
            warnings.push(format!(
                "the environments run on different platforms: `{}` on `{}`, `{}` on `{}`",
                a.name, a.platform, b.name, b.platform
            ));
        }
        warnings.extend(records.strays.iter().map(|set| {
            let (name, targets) = (&set.name, set.values());
            format!(
                "AAAA record `{name}` points to `{targets}`, not to an environment: users with IPv6 may not reach \
                 the stack"
            )
        }));
        warnings.extend(records.skipped.iter().map(|it| format!("a record stays behind: {it}")));
        if !records.others.is_empty() {
            let unlisted = records.unlisted();
            warnings.push(format!(
                "mist.yaml does not list records that point to the environments, and they stay: {unlisted}"
            ));
        }
        if *alone && !records.complete {
            warnings.push(format!(
                "the hosted zone has more than {MOST_SETS} record sets: whether any of the rest points to an \
                 environment is unknown"
            ));
        }
        warnings
    }

    /// The longest TTL of the records, in seconds: for that long, DNS caches may have the environment that is live now.
    pub(crate) fn ttl(&self) -> u32 {
        let ttls = self.records.own.iter().filter_map(|own| own.record.ttl_seconds);
        ttls.max().unwrap_or_default()
    }

    /// Refuses an unhealthy environment to go live. The live environment may stay live.
    pub(crate) fn may_go_live(&self, side: Side, allowed: &AllowedHealth) -> Result<(), Error> {
        let environment = self.on(side);
        if side == self.live || serves(environment, allowed) {
            return Ok(());
        }
        Err(Error::TargetNotHealthy {
            environment: environment.name.clone(),
            status: environment.status.to_string(),
            health: environment.health.to_string(),
        })
    }
}

/// Whether the release would harm users who reach an environment by another name: it moves the records, or changes an
/// environment as it is idle.
fn must_be_alone(release: &ReleaseRequest) -> bool {
    match release.operation {
        Operation::Deploy => !release.in_place,
        Operation::Swap => true,
        Operation::Stop => !release.live,
        Operation::Rollback
        | Operation::Warm
        | Operation::Mark
        | Operation::Start
        | Operation::Version => false,
    }
}

/// Whether the release takes users off a version that failed: they do not wait for records that need not move. No step of it
/// changes an environment as it is idle, and the next plan refuses the records that stay behind.
pub(crate) fn is_way_out(release: &ReleaseRequest) -> bool {
    release.operation == Operation::Rollback
}

fn records(
    release: &ReleaseRequest,
    names: &StackNames,
    cnames: [&str; 2],
    listing: Listing,
) -> Result<StackRecords, Error> {
    if !is_way_out(release) {
        return StackRecords::read(names, cnames, listing);
    }
    let records = StackRecords::read_movable(names, cnames, listing.clone())?;
    // The record of the domain must move: *Verify* asks only about the records that did.
    if records.own.iter().any(|own| names.is_domain(&own.record.which)) {
        return Ok(records);
    }
    StackRecords::read(names, cnames, listing)
}

/// The live side. All records must point to it.
fn live(records: &StackRecords, stack: &Stack, [a, b]: [&Environment; 2]) -> Result<Side, Error> {
    match (records.live(), records.elsewhere()) {
        (Live::Both, _) => Err(Error::RecordsDisagree {
            stack: stack.name.to_string(),
            records: records.described(),
        }),
        (_, Some(record)) => Err(Error::RecordElsewhere {
            name: record.which.name.to_string(),
            found: record.target.clone(),
            a: a.cname.clone(),
            b: b.cname.clone(),
        }),
        (Live::Side(side), None) => Ok(side),
        // Impossible: there is a record, and it does not point elsewhere.
        (Live::Neither, None) => Err(Error::RecordMissing {
            kind: stack.settings.record.kind.to_string(),
            name: stack.settings.domain.to_string(),
            zone: stack.settings.hosted_zone_id.clone(),
        }),
    }
}

fn serves(environment: &Environment, allowed: &AllowedHealth) -> bool {
    environment.status == EnvironmentStatus::Ready && allowed.allows(&environment.health)
}

fn take(
    found: &mut Vec<Environment>,
    name: &EnvironmentName,
    stack: &Stack,
) -> Result<Environment, Error> {
    let Some(at) = found.iter().position(|environment| environment.name == name.as_str()) else {
        return Err(Error::EnvironmentMissing { environment: name.to_string() });
    };
    let environment = found.swap_remove(at);
    match environment.problems(&stack.application).into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(environment),
    }
}
