//! Given: a stack to release to.

use beanstalk_sim::Fault;
use mist_core::Side;
use mist_rehearsal::StackPlan;

use crate::{Result, Story, World};

/// A stack that shall be there.
pub struct Given {
    world: &'static World,
    plan: StackPlan,
    faults: Vec<(Side, Fault)>,
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

    /// Everything that waits gives up after `seconds`.
    #[must_use]
    pub fn patience(mut self, seconds: u32) -> Self {
        self.plan.deploy_timeout_seconds = seconds;
        self.plan.health_grace_seconds = seconds;
        self.plan.warm_up_timeout_seconds = seconds;
        self
    }

    /// Beanstalk misbehaves about the environment of `side`.
    #[must_use]
    pub fn fault(mut self, side: Side, fault: Fault) -> Self {
        self.faults.push((side, fault));
        self
    }

    /// Builds the stack and sends clients to it.
    pub async fn built(self) -> Result<Story> {
        let stack = self.world.rehearsal.stack(&self.world.cloud, self.plan).await?;
        let story = Story::begin(self.world, stack).await?;
        for (side, fault) in self.faults {
            story.fault(side, fault);
        }
        Ok(story)
    }
}
