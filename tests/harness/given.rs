//! Given: a stack to release to.

use beanstalk_sim::{Fault, Scope};
use mist_core::{
    beanstalk::health::AllowedHealth,
    dns::record::RecordType,
    stack::{
        bake::OnNoData, lock::OnConflict, new_relic::NewRelicApi, ranged::Ranged, side::Side,
        source::Source,
    },
};
use mist_rehearsal::StackPlan;

use crate::{result::Result, story::Story, world::World};

/// A stack to build.
pub struct Given {
    world: &'static World,
    plan: StackPlan,
    faults: Vec<(Side, Option<&'static str>, Fault)>,
}

impl World {
    /// A stack named `name`: side A is live with `v1`, side B has not been used.
    pub fn given(&'static self, name: &str) -> Given {
        // An application each: labels belong to an application, and stories share no labels.
        let plan = StackPlan { application: format!("Demo-{name}"), ..StackPlan::new(name) };
        Given { world: self, plan, faults: Vec::new() }
    }
}

impl Given {
    /// The stack belongs to `application`, as another one may.
    #[must_use]
    pub fn of_application(mut self, application: &str) -> Self {
        application.clone_into(&mut self.plan.application);
        self
    }

    /// Side B runs `label`.
    #[must_use]
    pub fn idle(mut self, label: &str) -> Self {
        self.plan.idle = Some(label.to_owned());
        self
    }

    /// A version bakes for `seconds`.
    #[must_use]
    pub fn watched(mut self, seconds: u32) -> Self {
        self.plan.bake.seconds = Ranged::try_from(seconds).unwrap_or(Ranged::new(1));
        self
    }

    /// The old environment is drained `seconds` after a swap.
    #[must_use]
    pub fn drains(mut self, seconds: u32) -> Self {
        self.plan.drain_seconds = seconds;
        self
    }

    /// The bake watches the `CloudWatch` alarms called `names`.
    #[must_use]
    pub fn alarms(mut self, names: &[&str]) -> Self {
        self.plan.bake.alarms = names.iter().map(ToString::to_string).collect();
        self
    }

    /// The reaction to a bake without data.
    #[must_use]
    pub fn without_data(mut self, on_no_data: OnNoData) -> Self {
        self.plan.bake.on_no_data = on_no_data;
        self
    }

    /// The reaction to a lock that another release holds.
    #[must_use]
    pub fn on_conflict(mut self, on_conflict: OnConflict) -> Self {
        self.plan.lock.on_conflict = Some(on_conflict);
        self
    }

    /// A release waits for the lock for at most `seconds`.
    #[must_use]
    pub fn queues(mut self, seconds: u32) -> Self {
        self.plan.lock.wait_seconds = Ranged::try_from(seconds).unwrap_or(Ranged::new(1));
        self
    }

    /// The record is an alias, as it must be at the apex of a zone.
    #[must_use]
    pub fn alias(mut self) -> Self {
        self.plan.record = RecordType::Alias;
        self
    }

    /// The domain has two records: an alias of type A, and its twin of type AAAA.
    #[must_use]
    pub fn twins(mut self) -> Self {
        self.plan.twins = true;
        self.alias()
    }

    /// The stack is also known by these names below its domain: `www` is a CNAME `www.DOMAIN`.
    #[must_use]
    pub fn also_known_as(mut self, labels: &[&str]) -> Self {
        self.plan.also_known_as = labels.iter().map(ToString::to_string).collect();
        self
    }

    /// These names below its domain stay where they point to.
    #[must_use]
    pub fn fixed(mut self, labels: &[&str]) -> Self {
        self.plan.fixed_names = labels.iter().map(ToString::to_string).collect();
        self
    }

    /// A version may go live, and stay there, with these healths.
    #[must_use]
    pub fn allowed(mut self, healths: AllowedHealth) -> Self {
        self.plan.allowed_health = healths;
        self
    }

    /// The version comes from `source` if none is named.
    #[must_use]
    pub fn source(mut self, source: Source) -> Self {
        self.plan.source = source;
        self
    }

    /// The version comes from `repository` if none is named.
    #[must_use]
    pub fn on_github(mut self, repository: &str) -> Self {
        self.plan.repository = Some(repository.to_owned());
        self.source(Source::Github)
    }

    /// The token for GitHub.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        token.clone_into(&mut self.plan.token);
        self
    }

    /// Deployment, health and warm-up time out after `seconds` each.
    #[must_use]
    pub fn patience(mut self, seconds: u32) -> Self {
        self.plan.deploy_timeout_seconds = seconds;
        self.plan.health_grace_seconds = seconds;
        self.plan.warm_up_timeout_seconds = seconds;
        self
    }

    /// The stack shares nothing with another one, not even a secret.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.plan.new_relic_secret = format!("mist/new-relic-{}", self.plan.name);
        self
    }

    /// The warm-up uses this `USER:PASSWORD`.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.plan.password = Some(password.to_owned());
        self
    }

    /// Markers are created with the REST API of New Relic.
    #[must_use]
    pub fn marked_by_rest(mut self) -> Self {
        self.plan.new_relic_api = NewRelicApi::Rest;
        self
    }

    /// The warm-up requests `path`.
    #[must_use]
    pub fn warms(mut self, path: &str) -> Self {
        self.plan.paths = vec![path.to_owned()];
        self
    }

    /// Beanstalk has `fault` for the environment of `side`.
    #[must_use]
    pub fn fault(mut self, side: Side, fault: Fault) -> Self {
        self.faults.push((side, None, fault));
        self
    }

    /// Beanstalk has `fault` in calls of `operation` for the environment of `side`.
    #[must_use]
    pub fn fault_of(mut self, side: Side, operation: &'static str, fault: Fault) -> Self {
        self.faults.push((side, Some(operation), fault));
        self
    }

    /// Builds the stack and sends clients to it.
    pub async fn built(self) -> Result<Story> {
        if let Some(password) = &self.plan.password {
            self.world.keeps_secret(&self.plan.password_secret(), password);
        }
        let stack = self.world.rehearsal.stack(&self.world.cloud, self.plan).await?;
        let story = Story::begin(self.world, stack).await?;
        for (side, operation, fault) in self.faults {
            let scope = Scope::from(story.environment(side));
            let scope = operation.into_iter().fold(scope, Scope::operation);
            story.fault_in(scope, fault);
        }
        Ok(story)
    }
}
