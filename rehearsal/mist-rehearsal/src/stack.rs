//! Stacks to release to.

use std::str::FromStr;

use mist_core::{
    beanstalk::health::AllowedHealth,
    dns::record::RecordType,
    names::StackName,
    stack::{
        bake::BakeSettings,
        lock::LockSettings,
        new_relic::{NewRelic, NewRelicApi},
        ranged::Ranged,
        settings::{ArtifactBucket, Environments, RecordSettings, Stack, StackSettings},
        source::{GitHub, Source},
        warm_up::{Paths, WarmUp},
    },
};
use mist_local::{Cloud, Record, StackSpec, Version};

use crate::{error::Error, rehearsal::Rehearsal};

/// The name of the secret with the New Relic key [`mist_local::API_KEY`], unless a plan names another.
pub const NEW_RELIC_SECRET: &str = "mist/new-relic";

/// A stack to build: side A is live, and side B is idle.
#[derive(Clone, Debug)]
pub struct StackPlan {
    /// The name of the stack.
    pub name: String,
    /// The Beanstalk application.
    pub application: String,
    /// The version label of side A.
    pub live: String,
    /// The version label of side B; `None` leaves the sample application there.
    pub idle: Option<String>,
    /// The TTL of the record, in seconds; an alias has that of its target.
    pub ttl_seconds: u32,
    /// The type of the record.
    pub record: RecordType,
    /// Whether the domain has an AAAA beside its alias of type A.
    pub twins: bool,
    /// The first labels of other names that move with the domain, each a CNAME: `www` is `www.DOMAIN`.
    pub also_known_as: Vec<String>,
    /// The first labels of names that stay where they point to.
    pub fixed_names: Vec<String>,
    /// The health statuses with which a version may go live and stay live.
    pub allowed_health: AllowedHealth,
    /// The time limit of a deployment, in seconds of this machine.
    pub deploy_timeout_seconds: u32,
    /// The time limit until a deployed environment is healthy, in seconds of this machine.
    pub health_grace_seconds: u32,
    /// The time limit of the warm-up, in seconds.
    pub warm_up_timeout_seconds: u32,
    /// The time that the old environment is kept after a swap, beyond the TTL of the record, in seconds.
    pub drain_seconds: u32,
    /// The settings of the bake.
    pub bake: BakeSettings,
    /// The settings of the lock.
    pub lock: LockSettings,
    /// The name of the secret with the New Relic key. Stacks may share one.
    pub new_relic_secret: String,
    /// The API of New Relic for markers.
    pub new_relic_api: NewRelicApi,
    /// The paths of the warm-up.
    pub paths: Vec<String>,
    /// The `USER:PASSWORD` of the warm-up, if it has one.
    pub password: Option<String>,
    /// The source of the version of a release that names none.
    pub source: Source,
    /// The repository of the stack on the local GitHub, `OWNER/NAME`, if it has one.
    pub repository: Option<String>,
    /// The GitHub token.
    pub token: String,
}

impl StackPlan {
    /// The name of the secret with [`Self::password`].
    pub fn password_secret(&self) -> String {
        format!("mist/{}/basic-auth", self.name)
    }

    /// The stack `name` of application `Demo`: `v1` is live on side A, and side B has not been used.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            application: "Demo".to_owned(),
            live: "v1".to_owned(),
            idle: None,
            ttl_seconds: 1,
            record: RecordType::Cname,
            twins: false,
            also_known_as: Vec::new(),
            fixed_names: Vec::new(),
            allowed_health: AllowedHealth::default(),
            deploy_timeout_seconds: 600,
            health_grace_seconds: 60,
            warm_up_timeout_seconds: 30,
            // Clients of a local cloud cache no name beyond its TTL.
            drain_seconds: 0,
            bake: BakeSettings { seconds: Ranged::new(0), ..BakeSettings::default() },
            lock: LockSettings::default(),
            new_relic_secret: NEW_RELIC_SECRET.to_owned(),
            new_relic_api: NewRelicApi::default(),
            paths: vec!["/".to_owned()],
            password: None,
            source: Source::default(),
            repository: None,
            token: mist_local::github::TOKEN.to_owned(),
        }
    }
}

/// A stack that is built.
#[derive(Clone, Debug)]
pub struct LocalStack {
    /// The configuration of the stack.
    pub stack: Stack,
    /// The CNAMEs of side A and side B.
    pub cnames: [String; 2],
    /// The URL of the stack, by its own name.
    pub url: String,
}

impl LocalStack {
    /// The S3 key of version `label`.
    pub fn key(&self, label: &str) -> String {
        format!("{}/{}/{label}.zip", self.stack.artifacts.prefix, self.stack.name)
    }
}

impl Rehearsal {
    /// Builds the stack in `cloud`, waits until it serves, and stores its configuration.
    pub async fn stack(&self, cloud: &Cloud, plan: StackPlan) -> Result<LocalStack, Error> {
        let name: StackName = plan.name.parse().map_err(Error::Name)?;
        let prefix = format!("Demo-{name}");
        let version = |label: &str| Version { label: label.to_owned(), bundle: page(label) };
        let password_secret = plan.password.as_ref().map(|_| plan.password_secret());
        let mut secrets = vec![(plan.new_relic_secret.clone(), mist_local::API_KEY.to_owned())];
        secrets.extend(password_secret.clone().zip(plan.password.clone()));
        let token_secret = format!("mist/github-{name}");
        let github = plan.repository.as_deref().map(|repository| {
            Ok::<_, Error>(GitHub {
                repository: repository.parse().map_err(Error::Name)?,
                git_ref: "main".parse().map_err(Error::Name)?,
                token_secret: token_secret.clone(),
                api_url: cloud.endpoints().github.clone(),
                deployments: true,
            })
        });
        let github = github.transpose()?;
        secrets.push((token_secret.clone(), plan.token.clone()));
        let spec = StackSpec {
            name: plan.name.clone(),
            application: plan.application.clone(),
            domain: format!("{}.{}", plan.name.to_lowercase(), mist_local::ZONE),
            environments: [format!("{prefix}-A"), format!("{prefix}-B")],
            live: version(&plan.live),
            idle: plan.idle.as_deref().map(version),
            record: match plan.record {
                RecordType::Cname => Record::Cname { ttl: plan.ttl_seconds },
                RecordType::Alias => Record::Alias,
            },
            secrets,
        };
        let built = cloud.stack(spec).await?;
        let live = &built.cnames[0];
        if plan.twins {
            cloud.point(&built.spec.domain, live, Record::AliasForIpv6).await?;
        }
        let name_of = |label: &String| format!("{label}.{}", built.spec.domain);
        for label in &plan.also_known_as {
            let record = Record::Cname { ttl: plan.ttl_seconds };
            cloud.point(&name_of(label), live, record).await?;
        }
        let [a, b] = &built.spec.environments;
        let stack = Stack {
            name,
            application: plan.application,
            region: mist_local::REGION.to_owned(),
            artifacts: ArtifactBucket {
                bucket: self.bucket().to_owned(),
                prefix: "releases".to_owned(),
            },
            settings: StackSettings {
                domain: built.spec.domain.parse().map_err(Error::Name)?,
                also_known_as: names(plan.also_known_as.iter().map(name_of))?,
                fixed_names: names(plan.fixed_names.iter().map(name_of))?,
                hosted_zone_id: built.zone,
                record: RecordSettings {
                    kind: plan.record,
                    ttl_seconds: ranged(plan.ttl_seconds)?,
                },
                environments: Environments {
                    a: a.parse().map_err(Error::Name)?,
                    b: b.parse().map_err(Error::Name)?,
                },
                deploy_timeout_seconds: ranged(plan.deploy_timeout_seconds)?,
                health_grace_seconds: ranged(plan.health_grace_seconds)?,
                drain_seconds: ranged(plan.drain_seconds)?,
                // Simulated time is faster than the clock of the functions.
                health_stable_seconds: Ranged::new(0),
                allowed_health: plan.allowed_health,
                verify_seconds: Ranged::new(30),
                bake: plan.bake,
                match_size: true,
                lock: plan.lock,
                warm_up: WarmUp {
                    basic_auth_secret: password_secret,
                    paths: Paths::try_from(plan.paths).map_err(Error::Name)?,
                    timeout_seconds: ranged(plan.warm_up_timeout_seconds)?,
                    port: Some(ranged(u32::from(cloud.data_port()))?),
                    ..WarmUp::default()
                },
                new_relic: Some(NewRelic {
                    application: format!("Demo {}", plan.name),
                    api_key_secret: plan.new_relic_secret,
                    region: mist_core::stack::new_relic::NewRelicRegion::default(),
                    api: plan.new_relic_api,
                    endpoint: Some(match plan.new_relic_api {
                        NewRelicApi::NerdGraph => cloud.endpoints().new_relic.clone(),
                        NewRelicApi::Rest => cloud.recorder().new_relic_rest_url(),
                    }),
                }),
                source: plan.source,
                github,
            },
        };
        self.aws().stacks().push(stack.clone()).await?;
        Ok(LocalStack { stack, cnames: built.cnames, url: built.url })
    }
}

/// A bundle with one page that shows `label`.
pub fn page(label: &str) -> Vec<u8> {
    let html = format!("<!doctype html>\n<title>Demo</title>\n<h1>This is {label}.</h1>\n");
    mist_local::bundle(&[("index.html", &html)])
}

fn names<N: FromStr<Err = String>>(names: impl Iterator<Item = String>) -> Result<Vec<N>, Error> {
    names.map(|name| name.parse().map_err(Error::Name)).collect()
}

fn ranged<const MIN: u32, const MAX: u32>(number: u32) -> Result<Ranged<MIN, MAX>, Error> {
    Ranged::try_from(number).map_err(Error::Name)
}
