//! The state of the release and its services when a function is called.

use mist_core::release::state::Wait;

use super::{stage::Stage, tables::Tables};
use crate::error::Result;

/// The DNS name of the stack. The peer has its certificate.
pub(super) const DOMAIN: &str = "qa.mist.test";

/// The alarm of the stack's bake.
pub(crate) const ALARM: &str = "qa-errors";

/// The time of the last change of both environments.
pub(crate) const UPDATED: &str = "2026-01-02T03:05:05Z";

/// The CNAMEs of the two environments.
pub(super) const SIDE_A: &str = "demo-qa-a.us-east-1.elasticbeanstalk.com";
pub(super) const SIDE_B: &str = "demo-qa-b.us-east-1.elasticbeanstalk.com";

/// The state of the release and its services before a call of a function, and the effects of the call.
#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    /// The number of calls.
    pub(super) calls: usize,
    /// The progress of the release.
    pub(super) stage: Stage,
    /// The tables of mist.
    pub(super) tables: Tables,
    /// The end of the wait of a task, which may be an error; `None` if it still waits.
    pub(super) ended: Option<Result<(), String>>,
    /// Whether the new version exists at Beanstalk.
    pub(super) kept: bool,
    /// The URL of GitHub.
    pub(super) github: String,
    /// Whether the bundle of the commit does not exist yet.
    pub(super) unfetched: bool,
    /// The size of the bundle that was written, in bytes.
    pub(super) written: usize,
    /// The GitHub token, in place of a made-up secret.
    pub(super) token: Option<&'static str>,
}

impl Scene {
    /// The scene before `function`, while the execution waits for `wait`.
    pub(super) fn before(function: &str, wait: Option<Wait>) -> Result<Self> {
        let stage = Stage::before(function);
        let stage = stage.ok_or_else(|| format!("there is no scene for `{function}`"))?;
        Ok(Self { stage, tables: Tables::at(stage, wait)?, ..Self::default() })
    }
}
