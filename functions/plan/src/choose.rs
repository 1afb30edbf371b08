//! Chooses the side and the version.

use mist_core::{
    beanstalk::{
        environment::{Environment, EnvironmentStatus, Tier},
        health::AllowedHealth,
    },
    dns::record::Record,
    error::Error,
    names::{EnvironmentName, VersionLabel},
    ports::{Artifacts, Beanstalk, Dns},
    release::{
        request::{Operation, ReleaseRequest},
        target::Live,
    },
    stack::{
        artifact::Artifact,
        settings::Stack,
        side::Side,
        source::{Source, fetched_key},
    },
};

/// Both sides of a stack, looked at together.
#[derive(Debug)]
pub(crate) struct Sides {
    pub(crate) record: Record,
    pub(crate) live: Side,
    a: Environment,
    b: Environment,
}

impl Sides {
    /// Looks at both sides, and refuses a stack on which no release can be right.
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

    /// The environment of `side`.
    pub(crate) fn on(&self, side: Side) -> &Environment {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// Whether the live side runs `version`, and runs it well.
    pub(crate) fn runs_live(&self, version: &VersionLabel) -> bool {
        let live = self.on(self.live);
        live.version.as_deref() == Some(version.as_str()) && serves(live, &AllowedHealth::default())
    }

    /// What a person should know about the two, and what stops nothing.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let Self { a, b, .. } = self;
        if a.platform == b.platform {
            return Vec::new();
        }
        vec![format!(
            "the sides run different platforms: `{}` is on `{}`, `{}` on `{}`",
            a.name, a.platform, b.name, b.platform
        )]
    }

    /// Refuses to put a side live that does not serve well. The side that is live already may stay.
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
    if environment.application != stack.application {
        return Err(Error::ForeignEnvironment {
            environment: environment.name,
            found: environment.application,
            expected: stack.application.clone(),
        });
    }
    if environment.tier == Tier::Worker {
        return Err(Error::WorkerTier { environment: environment.name });
    }
    if environment.status.is_ending() {
        return Err(Error::EnvironmentTerminating {
            environment: environment.name,
            status: environment.status.to_string(),
        });
    }
    Ok(environment)
}

/// The side that the operation is for: the one that was named, else the live one to mark it, and the
/// idle one for everything else.
pub(crate) fn target(
    release: &ReleaseRequest,
    stack: &Stack,
    sides: &Sides,
) -> Result<Side, Error> {
    let named = release.environment.as_ref().and_then(|name| stack.side_of(name));
    let target = named.unwrap_or(match release.operation {
        Operation::Mark => sides.live,
        Operation::Deploy
        | Operation::Warm
        | Operation::Swap
        | Operation::Rollback
        | Operation::Start
        | Operation::Stop
        | Operation::Version => sides.live.other(),
    });
    let remedy = match release.operation {
        Operation::Deploy if !release.in_place => "deploy to the idle side, or ask for `inPlace`",
        Operation::Stop if !release.live => "stop the idle side, or ask for `live`",
        _ => return Ok(target),
    };
    if target == sides.live {
        let environment = sides.on(target).name.clone();
        return Err(Error::EnvironmentIsLive { environment, remedy: remedy.to_owned() });
    }
    Ok(target)
}

/// A version to deploy.
#[derive(Debug)]
pub(crate) struct Chosen {
    pub(crate) version: VersionLabel,
    /// Its bundle, where one was uploaded.
    pub(crate) artifact: Option<Artifact>,
    /// Whether Beanstalk has it, with just that bundle.
    pub(crate) kept: bool,
}

/// The version to deploy and its bundle: what was uploaded, what was named, or what is newest.
pub(crate) async fn version(
    (beanstalk, artifacts): (&impl Beanstalk, &impl Artifacts),
    stack: &Stack,
    release: &ReleaseRequest,
) -> Result<Chosen, Error> {
    let bucket = &stack.artifacts.bucket;
    let folder = format!("{}/{}", stack.artifacts.prefix, stack.name);
    // What this run is about: other content there by now is another run's.
    let given = match (&release.upload, &release.fetched) {
        (Some(upload), _) => Some((&upload.key, &upload.etag)),
        (None, Some(fetched)) => Some((&fetched.key, &fetched.etag)),
        (None, None) => None,
    };
    let (version, key) = match (&release.version, given) {
        (Some(version), Some((key, _))) => (version.clone(), key.clone()),
        (Some(version), None) => (version.clone(), format!("{folder}/{version}.zip")),
        (None, _) if stack.settings.source == Source::Versions => {
            return newest_version(beanstalk, &stack.application).await;
        }
        (None, _) => newest(artifacts, bucket, &folder).await?,
    };
    let known = beanstalk.version(&stack.application, &version).await?;
    let artifact = match artifacts.find(bucket, &key).await {
        Ok(artifact) => Some(artifact),
        // A version that Beanstalk has needs no upload, unless the upload is what started this.
        Err(Error::ArtifactMissing { .. }) if given.is_none() => {
            let war = format!("{folder}/{version}.war");
            let fetched = fetched_key(&stack.application, &version);
            match if_there(artifacts, bucket, &war).await? {
                Some(war) => Some(war),
                None => if_there(artifacts, bucket, &fetched).await?,
            }
        }
        Err(error) => return Err(error),
    };
    if let (Some(artifact), Some((_, etag))) = (&artifact, given)
        && artifact.etag != *etag
    {
        // The upload that came after this one starts a run of its own.
        return Err(Error::ArtifactChanged { key });
    }
    let application = &stack.application;
    let kept = known.is_some();
    match (&artifact, known) {
        (Some(artifact), Some(known)) => {
            let found = known.bundle.map_or_else(|| "none".to_owned(), |bundle| bundle.key);
            if found != artifact.kept_key(application, &version) {
                let (version, application) = (version.to_string(), application.clone());
                return Err(Error::VersionTaken { version, application, found });
            }
        }
        (None, None) => {
            let (version, application) = (version.to_string(), application.clone());
            return Err(Error::UnknownVersion { version, key, application });
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    Ok(Chosen { version, artifact, kept })
}

/// The bundle at `key`, where there is one.
async fn if_there(
    artifacts: &impl Artifacts,
    bucket: &str,
    key: &str,
) -> Result<Option<Artifact>, Error> {
    match artifacts.find(bucket, key).await {
        Err(Error::ArtifactMissing { .. }) => Ok(None),
        found => found.map(Some),
    }
}

/// The newest version that Beanstalk has, whatever it was made of.
async fn newest_version(beanstalk: &impl Beanstalk, application: &str) -> Result<Chosen, Error> {
    match beanstalk.newest_version(application).await? {
        Some(version) => Ok(Chosen { version, artifact: None, kept: true }),
        None => Err(Error::NoVersion { application: application.to_owned() }),
    }
}

async fn newest(
    artifacts: &impl Artifacts,
    bucket: &str,
    folder: &str,
) -> Result<(VersionLabel, String), Error> {
    let Some(key) = artifacts.newest(bucket, &format!("{folder}/")).await? else {
        return Err(Error::NoArtifact { bucket: bucket.to_owned(), prefix: folder.to_owned() });
    };
    Ok((mist_core::stack::artifact::ArtifactKey::parse(&key)?.version, key))
}
