//! The errors of operations, and their names, which the state machine matches.

use strum::{IntoStaticStr, VariantNames};

/// The failure of an operation. `Mist.` and the name of the variant are the name on the wire ([`Error::code`]), which
/// never changes its meaning. `docs/RUNBOOK.md` has an entry for each. A message names the object, its state, and the
/// remedy where there is one.
#[derive(Debug, IntoStaticStr, VariantNames, thiserror::Error)]
#[strum(prefix = "Mist.")]
#[rustfmt::skip]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    // The request is wrong. Nothing was changed.
    /// A field is missing, unknown, or has a wrong value.
    #[error("invalid input: {problem}")]
    InvalidInput { problem: String },
    /// The stack was not pushed.
    #[error("stack `{stack}` does not exist: no SSM parameter `/mist/stacks/{stack}`; create it with `mist config push`")]
    UnknownStack { stack: String },
    /// The environment is not one of the stack's two.
    #[error("environment `{environment}` is not one of stack `{stack}`, which has `{a}` and `{b}`")]
    UnknownEnvironment { environment: String, stack: String, a: String, b: String },
    /// The key of the upload does not name a release.
    #[error("key `{key}` does not name a release: it {problem}")]
    InvalidArtifactKey { key: String, problem: String },
    /// The bucket has no object at the key.
    #[error("bundle `{key}` does not exist in bucket `{bucket}`; upload it again")]
    ArtifactMissing { bucket: String, key: String },
    /// The bundle is empty, too large, or no zip.
    #[error("bundle `{key}` {problem}; build and upload it again")]
    InvalidArtifact { key: String, problem: String },
    /// The bundle was replaced while it was being released.
    #[error("bundle `{key}` was replaced after this release was planned; release it again")]
    ArtifactChanged { key: String },
    /// The bucket has no bundle of the stack.
    #[error("there is nothing to deploy: bucket `{bucket}` has no bundle under `{prefix}/`; upload one, or name a version")]
    NoArtifact { bucket: String, prefix: String },
    /// Neither an upload nor an application version has the label.
    #[error("version `{version}` does not exist: no bundle `{key}`, and application `{application}` has no such version; check the label")]
    UnknownVersion { version: String, key: String, application: String },
    /// Beanstalk has no version of the application that can be deployed.
    #[error("there is nothing to deploy: application `{application}` has no version; upload a bundle")]
    NoVersion { application: String },
    /// The repository does not exist, or the token has no access to it.
    #[error("repository `{repository}` does not exist, or the token in secret `{secret}` has no access to it; check `github.repository` and the token")]
    RepositoryMissing { repository: String, secret: String },
    /// The repository has no such branch, tag or commit.
    #[error("repository `{repository}` has no branch, tag or commit `{name}`; check `--ref`, or `github.ref` in mist.yaml")]
    RefMissing { repository: String, name: String },
    /// The contents of the commit cannot be packed into a bundle.
    #[error("commit `{commit}` of `{repository}` cannot be packed into a bundle: {problem}")]
    UnfitArchive { repository: String, commit: String, problem: String },
    /// The label belongs to another bundle.
    #[error("version `{version}` of application `{application}` already has another bundle (`{found}`); use a new label")]
    VersionTaken { version: String, application: String, found: String },
    /// The kept copy of a version is not what the version was made of.
    #[error("copy `{key}` is not the bundle of version `{version}`: its content is {found}, not {recorded}; find out who wrote it, and release the bundle under a new label")]
    KeptCopyChanged { key: String, version: String, found: String, recorded: String },
    /// Beanstalk processed the version and rejected it.
    #[error("Beanstalk could not process version `{version}` of application `{application}`, and gives no reason; check `.ebextensions` and `env.yaml`, and use a new label")]
    VersionUnusable { version: String, application: String },

    // The stack is not in the required state. The step that fails changed nothing.
    /// The stack's parameter has another format.
    #[error("SSM parameter `{parameter}` has format {found}, not {expected}; replace it with `mist config push`")]
    OutdatedStackConfig { parameter: String, found: String, expected: u32 },
    /// The stack's parameter cannot be read.
    #[error("SSM parameter `{parameter}` is not a stack: {problem}; replace it with `mist config push`")]
    InvalidStackConfig { parameter: String, problem: String },
    /// Beanstalk does not know the environment.
    #[error("environment `{environment}` does not exist; check its name and `region` in mist.yaml")]
    EnvironmentMissing { environment: String },
    /// The environment is being terminated.
    #[error("environment `{environment}` is {status}; create it again under the same name")]
    EnvironmentTerminating { environment: String, status: String },
    /// The environment belongs to another application.
    #[error("environment `{environment}` belongs to application `{found}`, not `{expected}`; correct mist.yaml")]
    ForeignEnvironment { environment: String, found: String, expected: String },
    /// The environment handles messages of a queue, not web requests.
    #[error("environment `{environment}` is a worker: no DNS record can point to it; configure a web server environment")]
    WorkerTier { environment: String },
    /// The environment is live.
    #[error("environment `{environment}` is live; refusing to change it; {remedy}")]
    EnvironmentIsLive { environment: String, remedy: String },
    /// The hosted zone does not exist.
    #[error("hosted zone `{zone}` does not exist; correct `hostedZoneId` in mist.yaml")]
    HostedZoneMissing { zone: String },
    /// The record does not exist.
    #[error("hosted zone `{zone}` has no {kind} record `{name}`; create it, pointing to the environment that is to be live")]
    RecordMissing { kind: String, name: String, zone: String },
    /// The record points to neither environment.
    #[error("record `{name}` points to `{found}`, not to `{a}` or `{b}`; point it to one of them")]
    RecordElsewhere { name: String, found: String, a: String, b: String },
    /// The record has a form that mist does not change.
    #[error("mist cannot move record `{name}`: it {problem}")]
    UnsupportedRecord { name: String, problem: String },
    /// The records of the stack point to both environments.
    #[error("the records of stack `{stack}` point to both environments, so neither is idle: {records}; point all of them to one environment")]
    RecordsDisagree { stack: String, records: String },
    /// A record that the stack does not list points to one of its environments.
    #[error("records that stack `{stack}` does not list point to its environments: {records}; add each name to `alsoKnownAs`, to move it, or to `fixedNames`, to keep it; or delete the record")]
    UnlistedRecord { stack: String, records: String },
    /// The record is no longer as it was planned.
    #[error("record `{name}` was changed outside of this release: it pointed to {expected} and now points to {found}; release again")]
    RecordChanged { name: String, expected: String, found: String },
    /// The environment that is to go live is not healthy.
    #[error("environment `{environment}` cannot go live: it is {status} and its health is {health}")]
    TargetNotHealthy { environment: String, status: String, health: String },
    /// The environment that is to go live may not run the version of its label.
    #[error("environment `{environment}` may not run `{version}`: {problem}; deploy `{version}` to it")]
    UnprovenVersion { environment: String, version: String, problem: String },

    /// What mist remembers differs from what it finds: the stack was changed without mist.
    #[error("stack `{stack}` was changed since the last release: {differences}; accept that with `--accept-drift`, or `acceptDrift` in the input of an execution")]
    Drift { stack: String, differences: String },
    /// DNS caches may still have the address of the environment.
    #[error("environment `{environment}` is still draining: DNS caches may have its address until {until}; release after that")]
    StillDraining { environment: String, until: String },
    /// There is no release to go back to.
    #[error("stack `{stack}` cannot be rolled back: {problem}")]
    NothingToRollBackTo { stack: String, problem: String },
    /// The environment to start has instances.
    #[error("environment `{environment}` is already running, with {instances} instances")]
    AlreadyRunning { environment: String, instances: u32 },
    /// The environment to put live is stopped.
    #[error("environment `{environment}` cannot go live: it is stopped; start it with `mist start -s {stack} -e {environment}`")]
    Stopped { stack: String, environment: String },
    /// The capacity of the environment before it was stopped is unknown.
    #[error("capacity of environment `{environment}` is unknown: it has no instances, and mist did not stop it; set the capacity of its Auto Scaling group")]
    SizesUnknown { environment: String },
    /// The environment has no Auto Scaling group.
    #[error("environment `{environment}` has no Auto Scaling group")]
    NoGroup { environment: String },
    /// The maximum capacity of the environment is less than what the live one has.
    #[error("environment `{environment}` may have {max} instances at most, and the live environment has {wanted}; raise its MaxSize, or set `matchSize: false`")]
    TooSmall { environment: String, max: u32, wanted: u32 },
    /// An alarm of the stack's configuration does not exist.
    #[error("CloudWatch alarm `{alarm}` does not exist; create it, or remove it from `bake.alarms`")]
    UnknownAlarm { alarm: String },
    /// An item of the lock table or the history cannot be read.
    #[error("item `{item}` cannot be read: {problem}")]
    InvalidItem { item: String, problem: String },

    // Another release holds the lock. The step that fails changed nothing.
    /// Another execution releases the same upload.
    #[error("another execution already releases this upload")]
    Duplicate {},
    /// The version is not fetched yet. The workflow fetches it and plans again.
    #[error("source `{name}` is not fetched yet")]
    SourceNotFetched { name: String },
    /// Another release holds the lock of the stack.
    #[error("stack `{stack}` is locked: {problem}")]
    Locked { stack: String, problem: String },
    /// A newer upload was released before.
    #[error("the upload of {uploaded} is too old: stack `{stack}` already released the one of {newest}")]
    OlderUpload { uploaded: String, newest: String, stack: String },
    /// A newer release superseded this one.
    #[error("superseded by a newer release: {by}")]
    Superseded { by: String },
    /// The lease expired, or a person released the lock.
    #[error("this execution no longer holds the lock of the stack: {found}")]
    LockLost { found: String },

    // The release failed.
    /// Beanstalk reports that the deployment failed.
    #[error("the deployment of `{version}` to `{environment}` failed: {messages}")]
    DeploymentFailed { version: String, environment: String, messages: String },
    /// The environment is ready, with another version.
    #[error("environment `{environment}` runs `{found}`, not `{version}`: Beanstalk rolled the deployment back")]
    DeploymentRolledBack { version: String, environment: String, found: String },
    /// The version is deployed, but the environment did not become healthy in time.
    #[error("environment `{environment}` runs `{version}`, but its health is {health} after {seconds} s{causes}")]
    Unhealthy { version: String, environment: String, health: String, seconds: i64, causes: String },
    /// Some instances run another version.
    #[error("not all instances of environment `{environment}` run `{version}`: {instances}")]
    PartialDeployment { environment: String, version: String, instances: String },
    /// The environment has no instances.
    #[error("environment `{environment}` has no instances, so nothing runs `{version}`; raise the MinSize of its Auto Scaling group")]
    NoInstances { environment: String, version: String },
    /// The environment has changed since it was found healthy.
    #[error("environment `{environment}` has changed since it was found healthy: {problem}")]
    TargetChanged { environment: String, problem: String },
    /// The record points to the environment, but users do not reach it.
    #[error("record `{name}` does not reach environment `{environment}`: {problem}")]
    VerifyFailed { name: String, environment: String, problem: String },
    /// The swap failed, and the record did not change. The workflow ends with the failure of the swap.
    #[error("the DNS record did not change: {problem}")]
    NotSwapped { problem: String },
    /// The new version became unhealthy while it baked. The workflow swaps back.
    #[error("environment `{environment}` became unhealthy after the swap: {problem}")]
    BakeFailed { environment: String, problem: String },
    /// The new version failed after the swap, and the old one is live again.
    #[error("{problem}; environment `{environment}` is live again")]
    RolledBack { environment: String, problem: String },
    /// The new version failed after the swap and stays live: mist cannot swap back.
    #[error("{problem}; {reason}")]
    Held { environment: String, problem: String, reason: String },
    /// The health of the new version is unknown.
    #[error("health of environment `{environment}` is inconclusive: {problem}; it stays live: check it, or set `bake.onNoData`")]
    Inconclusive { environment: String, problem: String },
    /// The environment did not reach its capacity in time.
    #[error("{found} of {wanted} instances of environment `{environment}` serve after {seconds} s{problem}")]
    CapacityNotReached { environment: String, found: u32, wanted: u32, seconds: i64, problem: String },
    /// The environment is still not ready after the stack's `deployTimeoutSeconds`.
    #[error("environment `{environment}` is still {status} after {seconds} s; Beanstalk may still finish the update")]
    StuckUpdating { environment: String, status: String, seconds: i64 },
    /// The environment did not give the expected answers.
    #[error("environment `{environment}` failed the warm-up: {problem}")]
    WarmFailed { environment: String, problem: String },
    /// The application refused the user and password.
    #[error("environment `{environment}` refused the password in secret `{secret}`: {problem}; store USER:PASSWORD there")]
    PasswordRefused { environment: String, secret: String, problem: String },

    // A later try may succeed.
    /// The state that is waited for is not reached yet.
    #[error("{what} is not ready yet: {status}")]
    NotReady { what: String, status: String },
    /// Beanstalk is changing the environment.
    #[error("environment `{environment}` is busy: {status}")]
    EnvironmentBusy { environment: String, status: String },
    /// The service throttled the request.
    #[error("{service} throttled the request: {message}")]
    Throttled { service: &'static str, message: String },
    /// The service did not answer, or failed.
    #[error("{service} is unavailable: {message}")]
    ServiceUnavailable { service: &'static str, message: String },

    // A person must check the account.
    /// A permission is missing.
    #[error("{service} denied access: {message}")]
    AccessDenied { service: &'static str, message: String },
    /// The role for environments or hosted zones cannot be assumed.
    #[error("role `{role}` cannot be assumed: {problem}; its trust policy must allow the functions of mist, with the same external id")]
    RoleDenied { role: String, problem: String },
    /// GitHub refused the token, or the token lacks a permission.
    #[error("GitHub refused the token in secret `{secret}`: {message}")]
    GitHubDenied { secret: String, message: String },
    /// A secret does not exist, or mist may not read it.
    #[error("secret `{id}` cannot be read: {problem}")]
    SecretMissing { id: String, problem: String },
    /// The service answered with an error that mist does not handle.
    #[error("{service} failed: {message}")]
    ServiceFailed { service: &'static str, message: String },
    /// A step of the workflow timed out, despite retries.
    #[error("step `{step}` timed out: {problem}")]
    StepTimedOut { step: String, problem: String },
    /// A step of the workflow could not be executed, despite retries.
    #[error("step `{step}` could not be executed: {problem}")]
    StepFailed { step: String, problem: String },
}

/// The consequence of an error, which decides on retries, exit codes and notices.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The request is wrong. Nothing was changed; correct it and release again.
    BadRequest,
    /// The stack is not in the required state, or another release holds its lock. Nothing was changed.
    StackNotReady,
    /// A later try may succeed.
    Transient,
    /// The release failed before the swap. Users still have the old version.
    FailedBeforeSwap,
    /// The new version was live and failed. Users have the old version again.
    RolledBack,
    /// A person must decide.
    NeedsPerson,
}

impl Error {
    /// Every name that [`Self::code`] can return.
    pub const NAMES: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The stable name that the state machine's `Retry` and `Catch` match on, such as `Mist.NotReady`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether the service failed, so that the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::ServiceUnavailable { .. })
    }

    /// Whether a later call may succeed: after a transient failure, or once the state that is waited for is reached.
    pub fn may_pass(&self) -> bool {
        Kind::of(self.code()) == Kind::Transient
    }
}

impl Kind {
    /// The kind of the error `name`, such as `Mist.Drift`: [`Kind::NeedsPerson`] for a name that mist does not know.
    pub fn of(name: &str) -> Self {
        match name.strip_prefix("Mist.").unwrap_or_default() {
            "InvalidInput" | "UnknownStack" | "UnknownEnvironment" | "InvalidArtifactKey"
            | "ArtifactMissing" | "InvalidArtifact" | "ArtifactChanged" | "NoArtifact"
            | "UnknownVersion" | "NoVersion" | "RepositoryMissing" | "RefMissing"
            | "UnfitArchive" | "VersionTaken" | "VersionUnusable" => Self::BadRequest,
            "OutdatedStackConfig"
            | "InvalidStackConfig"
            | "EnvironmentMissing"
            | "EnvironmentTerminating"
            | "ForeignEnvironment"
            | "WorkerTier"
            | "EnvironmentIsLive"
            | "HostedZoneMissing"
            | "RecordMissing"
            | "RecordElsewhere"
            | "UnsupportedRecord"
            | "RecordsDisagree"
            | "UnlistedRecord"
            | "RecordChanged"
            | "TargetNotHealthy"
            | "UnprovenVersion"
            | "Drift"
            | "StillDraining"
            | "NothingToRollBackTo"
            | "AlreadyRunning"
            | "Stopped"
            | "SizesUnknown"
            | "NoGroup"
            | "TooSmall"
            | "UnknownAlarm"
            | "Duplicate"
            | "SourceNotFetched"
            | "Locked"
            | "OlderUpload"
            | "Superseded"
            | "LockLost" => Self::StackNotReady,
            "NotReady" | "EnvironmentBusy" | "Throttled" | "ServiceUnavailable" => Self::Transient,
            "DeploymentFailed"
            | "DeploymentRolledBack"
            | "Unhealthy"
            | "PartialDeployment"
            | "NoInstances"
            | "TargetChanged"
            | "CapacityNotReached"
            | "StuckUpdating"
            | "WarmFailed"
            | "PasswordRefused" => Self::FailedBeforeSwap,
            "VerifyFailed" | "BakeFailed" | "RolledBack" => Self::RolledBack,
            // KeptCopyChanged, InvalidItem, Held, Inconclusive, AccessDenied, RoleDenied, GitHubDenied, SecretMissing,
            // ServiceFailed, StepTimedOut, StepFailed; and names of others.
            _ => Self::NeedsPerson,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_on_the_wire_is_the_name_of_the_variant() {
        let error = Error::InvalidInput { problem: String::new() };
        assert_eq!(error.code(), "Mist.InvalidInput");
        assert!(Error::NAMES.contains(&"Mist.InvalidInput"), "{:?}", Error::NAMES);
    }

    #[test]
    fn a_name_that_is_not_ours_needs_a_person() {
        assert_eq!(Kind::of("Mist.Drift"), Kind::StackNotReady);
        for name in ["Drift", "Mist.", "Mist.Unheard", "States.Timeout", ""] {
            assert_eq!(Kind::of(name), Kind::NeedsPerson, "{name}");
        }
    }
}
