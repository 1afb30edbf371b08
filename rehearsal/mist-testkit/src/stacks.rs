//! Stacks in memory.

use std::collections::BTreeMap;

use mist_core::{
    error::Error,
    names::StackName,
    ports::Stacks,
    stack::{
        new_relic::NewRelic,
        ranged::Ranged,
        settings::{ArtifactBucket, Environments, Stack, StackSettings},
    },
};

/// Stacks in memory.
#[derive(Debug, Default)]
pub struct FakeStacks {
    stacks: BTreeMap<StackName, Stack>,
}

impl FakeStacks {
    /// The stack `stack`.
    pub fn with(stack: Stack) -> Self {
        Self { stacks: BTreeMap::from([(stack.name.clone(), stack)]) }
    }
}

impl Stacks for FakeStacks {
    async fn load(&self, name: &StackName) -> Result<Stack, Error> {
        let found = self.stacks.get(name).cloned();
        found.ok_or_else(|| Error::UnknownStack { stack: name.to_string() })
    }
}

/// The stack `QA` of application `Demo`: `qa.mist.test`, with the environments `Demo-QA-A` and
/// `Demo-QA-B`, bundles under `releases/` in bucket `artifacts`, and a New Relic.
pub fn stack() -> Result<Stack, String> {
    Ok(Stack {
        name: "QA".parse()?,
        application: "Demo".to_owned(),
        region: "us-east-1".to_owned(),
        artifacts: ArtifactBucket { bucket: "artifacts".to_owned(), prefix: "releases".to_owned() },
        settings: StackSettings {
            domain: "qa.mist.test".parse()?,
            also_known_as: Vec::new(),
            fixed_names: Vec::new(),
            hosted_zone_id: "Z1".to_owned(),
            record: mist_core::stack::settings::RecordSettings::default(),
            environments: Environments { a: "Demo-QA-A".parse()?, b: "Demo-QA-B".parse()? },
            deploy_timeout_seconds: Ranged::new(2700),
            health_grace_seconds: Ranged::new(120),
            health_stable_seconds: Ranged::new(30),
            allowed_health: mist_core::beanstalk::health::AllowedHealth::default(),
            warm_up: mist_core::stack::warm_up::WarmUp::default(),
            verify_seconds: Ranged::new(180),
            bake: mist_core::stack::bake::BakeSettings::default(),
            drain_seconds: Ranged::new(60),
            match_size: true,
            lock: mist_core::stack::lock::LockSettings::default(),
            new_relic: Some(NewRelic {
                application: "Demo QA".to_owned(),
                api_key_secret: "mist/new-relic".to_owned(),
                region: mist_core::stack::new_relic::NewRelicRegion::default(),
                api: mist_core::stack::new_relic::NewRelicApi::default(),
                endpoint: None,
            }),
            source: mist_core::stack::source::Source::default(),
            github: None,
        },
    })
}

/// The stack of [`stack`], with branch `main` of the GitHub repository `demo/shop` as its source.
pub fn stack_on_github() -> Result<Stack, String> {
    let mut stack = stack()?;
    stack.settings.source = mist_core::stack::source::Source::Github;
    stack.settings.github = Some(mist_core::stack::source::GitHub {
        repository: "demo/shop".parse()?,
        git_ref: "main".parse()?,
        token_secret: "mist/github".to_owned(),
        api_url: "https://api.github.com".to_owned(),
        deployments: true,
    });
    Ok(stack)
}
