//! Why an operation could not do what it was asked, and the names that the state machine matches.

use strum::{IntoStaticStr, VariantNames};

/// Why an operation could not do what it was asked. The name of a variant after `Mist.` is the name
/// on the wire ([`Error::code`]); it never changes its meaning. `docs/RUNBOOK.md` has an entry for each.
#[derive(Debug, IntoStaticStr, VariantNames, thiserror::Error)]
#[strum(prefix = "Mist.")]
#[rustfmt::skip]
#[expect(missing_docs, reason = "the messages say what the fields are")]
pub enum Error {
    // The request is wrong. Nothing was changed.
    /// A field is missing, unknown, or has a wrong value.
    #[error("invalid input: {problem}")]
    InvalidInput { problem: String },
    /// No such stack was pushed.
    #[error("there is no stack `{stack}`: no SSM parameter `/mist/stacks/{stack}`; `mist config push` makes it")]
    UnknownStack { stack: String },
    /// The environment is not one of the stack's two.
    #[error("environment `{environment}` is not one of stack `{stack}`, which has `{a}` and `{b}`")]
    UnknownEnvironment { environment: String, stack: String, a: String, b: String },
    /// The key of the upload does not name a release.
    #[error("`{key}` does not name a release: it {problem}")]
    InvalidArtifactKey { key: String, problem: String },
    /// Nothing lies at the key.
    #[error("there is no bundle `{key}` in bucket `{bucket}`")]
    ArtifactMissing { bucket: String, key: String },
    /// The bundle is empty, too large, or no zip.
    #[error("the bundle `{key}` {problem}")]
    InvalidArtifact { key: String, problem: String },
    /// The bundle was replaced while it was being released.
    #[error("the bundle `{key}` was replaced after this release was planned; release it again")]
    ArtifactChanged { key: String },
    /// Nothing was ever uploaded for the stack.
    #[error("there is nothing to deploy: bucket `{bucket}` has no bundle under `{prefix}/`")]
    NoArtifact { bucket: String, prefix: String },
    /// Neither an upload nor an application version has the label.
    #[error("there is no version `{version}`: no bundle `{key}`, and application `{application}` has no such version")]
    UnknownVersion { version: String, key: String, application: String },
    /// Beanstalk has no version of the application that could be deployed.
    #[error("there is nothing to deploy: application `{application}` has no version")]
    NoVersion { application: String },
    /// The repository is not there, or the token may not see it.
    #[error("there is no repository `{repository}`, or the token in secret `{secret}` may not see it")]
    RepositoryMissing { repository: String, secret: String },
    /// The repository has no such branch, tag or commit.
    #[error("repository `{repository}` has no branch, tag or commit `{name}`")]
    RefMissing { repository: String, name: String },
    /// What the repository holds makes no bundle.
    #[error("commit `{commit}` of `{repository}` makes no bundle: {problem}")]
    UnfitArchive { repository: String, commit: String, problem: String },
    /// The label belongs to another bundle.
    #[error("version `{version}` of application `{application}` already has another bundle (`{found}`); use a new label")]
    VersionTaken { version: String, application: String, found: String },
    /// Beanstalk checked the version and refused it.
    #[error("Beanstalk could not process version `{version}` of application `{application}`; its events say why")]
    VersionUnusable { version: String, application: String },

    // The stack is not as it must be. Nothing was changed by the step that says so.
    /// The stack's parameter has another shape.
    #[error("SSM parameter `{parameter}` has format {found}, not {expected}; `mist config push` writes it anew")]
    OutdatedStackConfig { parameter: String, found: String, expected: u32 },
    /// The stack's parameter cannot be read.
    #[error("SSM parameter `{parameter}` is not a stack: {problem}")]
    InvalidStackConfig { parameter: String, problem: String },
    /// Beanstalk does not know the environment.
    #[error("Beanstalk has no environment `{environment}`")]
    EnvironmentMissing { environment: String },
    /// The environment is going away.
    #[error("environment `{environment}` is {status}")]
    EnvironmentTerminating { environment: String, status: String },
    /// The environment belongs to another application.
    #[error("environment `{environment}` belongs to application `{found}`, not `{expected}`")]
    ForeignEnvironment { environment: String, found: String, expected: String },
    /// The environment takes messages, not requests.
    #[error("environment `{environment}` is a worker: no name can lead to it, so it has no live side")]
    WorkerTier { environment: String },
    /// The environment serves users now.
    #[error("environment `{environment}` is live, and users would meet what is done to it; {remedy}")]
    EnvironmentIsLive { environment: String, remedy: String },
    /// The hosted zone is not there.
    #[error("there is no hosted zone `{zone}`")]
    HostedZoneMissing { zone: String },
    /// The record is not there.
    #[error("there is no {kind} record `{name}` in hosted zone `{zone}`")]
    RecordMissing { kind: String, name: String, zone: String },
    /// The record leads to neither side.
    #[error("`{name}` leads to `{found}`, which is neither side of the stack (`{a}`, `{b}`)")]
    RecordElsewhere { name: String, found: String, a: String, b: String },
    /// The record cannot be moved by mist.
    #[error("mist cannot move record `{name}`: it {problem}")]
    UnsupportedRecord { name: String, problem: String },
    /// Somebody else moved the record.
    #[error("`{name}` was changed by somebody else: it led to {expected} and now leads to {found}")]
    RecordChanged { name: String, expected: String, found: String },
    /// The side that would go live does not serve well.
    #[error("environment `{environment}` cannot go live: it is {status} and its health is {health}")]
    TargetNotHealthy { environment: String, status: String, health: String },

    /// What mist remembers and what it finds differ: somebody changed the stack without it.
    #[error("stack `{stack}` is not as the last release left it: {differences}; if that is right, say so with `acceptDrift`")]
    Drift { stack: String, differences: String },
    /// Users may still be on the old side.
    #[error("environment `{environment}` was live a moment ago, and clients may still be on it until {until}")]
    StillDraining { environment: String, until: String },
    /// There is no release to go back to.
    #[error("stack `{stack}` cannot be rolled back: {problem}")]
    NothingToRollBackTo { stack: String, problem: String },
    /// The environment has instances already.
    #[error("environment `{environment}` runs already, with {instances} instances")]
    AlreadyRunning { environment: String, instances: u32 },
    /// The environment was stopped.
    #[error("environment `{environment}` cannot go live: it is stopped; `mist start` gives it its instances back")]
    Stopped { environment: String },
    /// Nobody knows how large the environment was.
    #[error("environment `{environment}` has no instances, and mist did not stop it, so it does not know how many it had; give its Auto Scaling group its sizes")]
    SizesUnknown { environment: String },
    /// The environment has no Auto Scaling group.
    #[error("environment `{environment}` has no Auto Scaling group")]
    NoGroup { environment: String },
    /// The environment may not become as large as the live one.
    #[error("environment `{environment}` may have {max} instances at most, and the live side has {wanted}; raise its MaxSize, or set `matchSize: false`")]
    TooSmall { environment: String, max: u32, wanted: u32 },
    /// An alarm of the stack's configuration is not there.
    #[error("there is no CloudWatch alarm `{alarm}`, which `bake.alarms` names")]
    UnknownAlarm { alarm: String },
    /// An item of the lock table or the history cannot be read.
    #[error("item `{item}` cannot be read: {problem}")]
    InvalidItem { item: String, problem: String },

    // Another release has the stack. Nothing was changed by the step that says so.
    /// The upload was released by another execution.
    #[error("that upload is released by another execution already")]
    Duplicate {},
    /// The version must be fetched first. The workflow fetches it and plans again.
    #[error("the version must be fetched from `{name}` first")]
    SourceNotFetched { name: String },
    /// Another release holds the lock of the stack.
    #[error("stack `{stack}` is locked: {problem}")]
    Locked { stack: String, problem: String },
    /// A newer upload was released already.
    #[error("the upload of {uploaded} comes too late: one of {newest} was let into stack `{stack}` already")]
    OlderUpload { uploaded: String, newest: String, stack: String },
    /// A newer release superseded this one.
    #[error("superseded by a newer release: {by}")]
    Superseded { by: String },
    /// The lease expired, or the lock was released by hand.
    #[error("this execution no longer holds the lock of the stack: {found}")]
    LockLost { found: String },

    // The release failed.
    /// Beanstalk says that the deployment failed.
    #[error("the deployment of `{version}` to `{environment}` failed: {messages}")]
    DeploymentFailed { version: String, environment: String, messages: String },
    /// Beanstalk is ready, with another version.
    #[error("`{environment}` is ready, but runs `{found}` and not `{version}`: Beanstalk went back")]
    DeploymentRolledBack { version: String, environment: String, found: String },
    /// Deployed, and not healthy in time.
    #[error("`{environment}` runs `{version}`, but its health is {health} after {seconds} s{causes}")]
    Unhealthy { version: String, environment: String, health: String, seconds: i64, causes: String },
    /// Some instances run something else.
    #[error("not all instances of `{environment}` run `{version}`: {instances}")]
    PartialDeployment { environment: String, version: String, instances: String },
    /// Nothing runs at all.
    #[error("`{environment}` has no instances, so nothing runs `{version}`")]
    NoInstances { environment: String, version: String },
    /// The environment is no longer as it was when it was found ready.
    #[error("`{environment}` is no longer as it was made ready: {problem}")]
    TargetChanged { environment: String, problem: String },
    /// The name was moved, and users do not reach the new side by it.
    #[error("`{name}` is not answered by `{environment}`: {problem}")]
    VerifyFailed { name: String, environment: String, problem: String },
    /// The swap failed, and the record did not move. The workflow ends with the failure of the swap.
    #[error("the record did not move: {problem}")]
    NotSwapped { problem: String },
    /// The new version became unhealthy while it baked. The workflow swaps back.
    #[error("`{environment}` became unhealthy after the swap: {problem}")]
    BakeFailed { environment: String, problem: String },
    /// The new version was live and failed, and the old one is live again.
    #[error("{problem}; `{environment}` is live again")]
    RolledBack { environment: String, problem: String },
    /// The new version failed and stays live: mist cannot swap back.
    #[error("{problem}; {reason}")]
    Held { environment: String, problem: String, reason: String },
    /// The health of the new version is unknown.
    #[error("health of `{environment}` is inconclusive: {problem}; it stays live. Look at it, or set `bake.onNoData`")]
    Inconclusive { environment: String, problem: String },
    /// The environment did not reach its capacity in time.
    #[error("{found} of {wanted} instances of `{environment}` serve after {seconds} s{problem}")]
    CapacityNotReached { environment: String, found: u32, wanted: u32, seconds: i64, problem: String },
    /// Still not ready when the stack's `deployTimeoutSeconds` were over.
    #[error("`{environment}` is still {status} after {seconds} s; Beanstalk may go on with it")]
    StuckUpdating { environment: String, status: String, seconds: i64 },
    /// The warm-up did not get the answers that it must get.
    #[error("`{environment}` did not warm up: {problem}")]
    WarmFailed { environment: String, problem: String },
    /// The application does not take the user and password that it is asked with.
    #[error("`{environment}` does not take the user and password of secret `{secret}`: {problem}; it must hold USER:PASSWORD")]
    PasswordRefused { environment: String, secret: String, problem: String },

    // Try again later.
    /// Not there yet; asking again later is right.
    #[error("{what} is not ready yet: {status}")]
    NotReady { what: String, status: String },
    /// Something else is being done to the environment.
    #[error("environment `{environment}` is busy: {status}")]
    EnvironmentBusy { environment: String, status: String },
    /// The service throttled the request.
    #[error("{service} throttled the request: {message}")]
    Throttled { service: &'static str, message: String },
    /// The service did not answer, or had a fault of its own.
    #[error("{service} could not be reached or is at fault: {message}")]
    ServiceUnavailable { service: &'static str, message: String },

    // Someone must look at the account.
    /// A permission is missing.
    #[error("{service} refused: {message}")]
    AccessDenied { service: &'static str, message: String },
    /// The role with which environments or hosted zones are seen cannot be assumed.
    #[error("role `{role}` cannot be assumed: {problem}; its trust policy must allow the functions of mist, with the same external id")]
    RoleDenied { role: String, problem: String },
    /// GitHub does not take the token, or the token may not do that.
    #[error("GitHub refused the token in secret `{secret}`: {message}")]
    GitHubDenied { secret: String, message: String },
    /// A secret is missing or may not be read.
    #[error("secret `{id}` cannot be read: {problem}")]
    SecretMissing { id: String, problem: String },
    /// The service said something that mist does not handle.
    #[error("{service} failed: {message}")]
    ServiceFailed { service: &'static str, message: String },
    /// A step of the workflow did not end in time, in spite of retries.
    #[error("step `{step}` timed out: {problem}")]
    StepTimedOut { step: String, problem: String },
    /// A step of the workflow could not be executed, in spite of retries.
    #[error("step `{step}` could not be executed: {problem}")]
    StepFailed { step: String, problem: String },
}

/// What an error means for whoever meets it: retries, exit codes and notices go by it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// The request is wrong. Nothing was changed; correct it and ask again.
    BadRequest,
    /// The stack is not as it must be, or another release has it. Nothing was changed.
    StackNotReady,
    /// Asking again later may help.
    Transient,
    /// The release failed before the swap. Users still have the old version.
    FailedBeforeSwap,
    /// The new version was live and failed. Users have the old version again.
    RolledBack,
    /// Nobody but a person can tell what to do.
    NeedsPerson,
}

impl Error {
    /// Every name that [`Self::code`] can return.
    pub const NAMES: &'static [&'static str] = <Self as VariantNames>::VARIANTS;

    /// The stable name that the state machine's `Retry` and `Catch` match on, such as `Mist.NotReady`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether the same call may succeed a moment later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::ServiceUnavailable { .. })
    }
}

impl Kind {
    /// The kind of the error `name`, such as `Mist.Drift`. A name that mist does not know needs a person.
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
            | "RecordChanged"
            | "TargetNotHealthy"
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
            // InvalidItem, Held, Inconclusive, AccessDenied, RoleDenied, GitHubDenied, SecretMissing,
            // ServiceFailed, StepTimedOut, StepFailed; and what is not ours.
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
