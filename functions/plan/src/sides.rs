//! The two environments of a stack, and the record that decides which of them is live.

use mist_core::{
    beanstalk::{
        environment::{Environment, EnvironmentStatus},
        health::AllowedHealth,
    },
    dns::record::Record,
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Beanstalk, Dns},
    release::target::Live,
    stack::{settings::Stack, side::Side},
};

/// Both sides of a stack, described together.
#[derive(Debug)]
pub(crate) struct Sides {
    pub(crate) record: Record,
    pub(crate) live: Side,
    a: Environment,
    b: Environment,
}

impl Sides {
    /// Describes both sides, and refuses a stack to which no release is possible.
    pub(crate) async fn look(
        dns: &impl Dns,
        beanstalk: &impl Beanstalk,
        stack: &Stack,
    ) -> Result<Self, Error> {
        let record = dns.record(&stack.record()).await?;
        let names = &stack.settings.environments;
        let mut found = beanstalk.environments(&[&names.a, &names.b]).await?;
        let b = take(&mut found, &names.b, stack)?;
        let a = take(&mut found, &names.a, stack)?;
        let Live::Side(live) = Live::read(&record, [&a.cname, &b.cname]) else {
            return Err(Error::RecordElsewhere {
                name: record.which.name.to_string(),
                found: record.target,
                a: a.cname,
                b: b.cname,
            });
        };
        Ok(Self { record, live, a, b })
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
        let Self { a, b, .. } = self;
        if a.platform == b.platform {
            return Vec::new();
        }
        vec![format!(
            "the environments run on different platforms: `{}` on `{}`, `{}` on `{}`",
            a.name, a.platform, b.name, b.platform
        )]
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
