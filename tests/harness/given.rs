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

use crate::{Result, Story, World};

/// A stack that shall be there.
pub struct Given {
    world: &'static World,
    plan: StackPlan,
    faults: Vec<(Side, Option<&'static str>, Fault)>,
}

impl Given {
    pub(crate) fn new(world: &'static World, name: &str) -> Self {
        // An application each: labels belong to an application, and stories share no labels.
        let plan = StackPlan { application: format!("Demo-{name}"), ..StackPlan::new(name) };
        Self { world, plan, faults: Vec::new() }
    }

    /// Side B runs `label`.
    #[must_use]
    pub fn idle(mut self, label: &str) -> Self {
        self.plan.idle = Some(label.to_owned());
        self
    }

    /// A version is watched for `seconds` after it went live.
    #[must_use]
    pub fn watched(mut self, seconds: u32) -> Self {
        self.plan.bake.seconds = Ranged::try_from(seconds).unwrap_or(Ranged::new(1));
        self
    }

    /// The old side stays as it is for `seconds` after a swap.
    #[must_use]
    pub fn drains(mut self, seconds: u32) -> Self {
        self.plan.drain_seconds = seconds;
        self
    }

    /// A version is watched by the `CloudWatch` alarms called `names` as well.
    #[must_use]
    pub fn alarms(mut self, names: &[&str]) -> Self {
        self.plan.bake.alarms = names.iter().map(ToString::to_string).collect();
        self
    }

    /// What happens when it cannot be told how a version does.
    #[must_use]
    pub fn without_data(mut self, on_no_data: OnNoData) -> Self {
        self.plan.bake.on_no_data = on_no_data;
        self
    }

    /// Runs get along with each other like this.
    #[must_use]
    pub fn on_conflict(mut self, on_conflict: OnConflict) -> Self {
        self.plan.lock.on_conflict = on_conflict;
        self
    }

    /// A release waits for the lock for so many seconds at most.
    #[must_use]
    pub fn queues(mut self, seconds: u32) -> Self {
        self.plan.lock.wait_seconds = Ranged::try_from(seconds).unwrap_or(Ranged::new(1));
        self
    }

    /// The stack's name is an alias, as it must be at the apex of a zone.
    #[must_use]
    pub fn alias(mut self) -> Self {
        self.plan.record = RecordType::Alias;
        self
    }

    /// A version may go live, and stay there, with these healths.
    #[must_use]
    pub fn allowed(mut self, healths: AllowedHealth) -> Self {
        self.plan.allowed_health = healths;
        self
    }

    /// The version comes from `source` when none is named.
    #[must_use]
    pub fn source(mut self, source: Source) -> Self {
        self.plan.source = source;
        self
    }

    /// The version comes from `repository` when none is named.
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

    /// Everything that waits gives up after `seconds`.
    #[must_use]
    pub fn patience(mut self, seconds: u32) -> Self {
        self.plan.deploy_timeout_seconds = seconds;
        self.plan.health_grace_seconds = seconds;
        self.plan.warm_up_timeout_seconds = seconds;
        self
    }

    /// Nothing that mist reads belongs to another stack as well, not even a secret.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.plan.new_relic_secret = format!("mist/new-relic-{}", self.plan.name);
        self
    }

    /// The pages that are warmed up are behind this `USER:PASSWORD`, as far as mist knows.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.plan.password = Some(password.to_owned());
        self
    }

    /// Releases are marked with the older API of New Relic.
    #[must_use]
    pub fn marked_by_rest(mut self) -> Self {
        self.plan.new_relic_api = NewRelicApi::Rest;
        self
    }

    /// These pages are warmed up.
    #[must_use]
    pub fn warms(mut self, path: &str) -> Self {
        self.plan.paths = vec![path.to_owned()];
        self
    }

    /// Beanstalk misbehaves about the environment of `side`.
    #[must_use]
    pub fn fault(mut self, side: Side, fault: Fault) -> Self {
        self.faults.push((side, None, fault));
        self
    }

    /// Beanstalk misbehaves in calls of `operation` about the environment of `side`.
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
