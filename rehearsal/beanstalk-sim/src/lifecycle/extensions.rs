//! The configuration files of a bundle, as far as they concern the environment: their option settings.
//!
//! The order of events is that of published logs. A change that would replace the instances, such as another instance
//! type, does not replace them here.

use super::run::Run;
use crate::engine::Superseded;
use crate::host::Source;
use crate::world::{OptionName, OptionSettings, options};

/// The event before the complaints about settings.
const INVALID: &str = "\"option_settings\" in one of the configuration files failed validation. More details to follow.";

/// The result of applying the settings of configuration files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    /// The settings are those that the environment had before.
    Unchanged,
    Changed,
    /// The files are invalid, and events say why.
    No,
}

/// Gives the settings of a bundle's configuration files to the environment. If they are invalid, nothing changes.
pub(super) fn apply(run: &Run, source: &Source, version: &str) -> Result<Applied, Superseded> {
    let extensions = match source.extensions() {
        Ok(extensions) => extensions,
        Err(broken) => {
            run.error(broken.event(version))?;
            return Ok(Applied::No);
        }
    };
    for warning in &extensions.warnings {
        run.warn(warning)?;
    }
    let settings = settings(source);
    let mut complaints: Vec<_> = extensions.complaints().map(str::to_owned).collect();
    let problems = settings.iter().filter_map(|(name, value)| options::problem_of(name, value));
    complaints.extend(problems.map(|problem| problem.to_string()));
    complaints
        .extend(run.environment(|environment| contradictions(&environment.options, &settings))?);
    if !complaints.is_empty() {
        run.error(INVALID)?;
        for complaint in complaints {
            run.error(complaint)?;
        }
        return Ok(Applied::No);
    }
    let changed = run.environment(|environment| environment.use_files(settings))?;
    Ok(if changed { Applied::Changed } else { Applied::Unchanged })
}

/// Gives the environment the settings of the version that it runs, after a deployment that did not succeed.
pub(super) fn restore(run: &Run) -> Result<(), Superseded> {
    run.environment(|environment| {
        environment.use_files(settings(&environment.release.source));
    })
}

/// The settings whose value is known.
fn settings(source: &Source) -> Vec<(OptionName, String)> {
    let Ok(extensions) = source.extensions() else { return Vec::new() };
    let known = extensions.settings().filter_map(|setting| {
        let name = OptionName {
            resource: setting.resource.clone(),
            ..OptionName::new(&setting.namespace, &setting.name)
        };
        Some((name, setting.value.clone()?))
    });
    known.collect()
}

/// The complaints about settings that contradict each other, or those that callers made.
fn contradictions(before: &OptionSettings, settings: &[(OptionName, String)]) -> Vec<String> {
    let mut next = before.clone();
    next.set_files(settings);
    if next == *before {
        return Vec::new();
    }
    next.contradictions().iter().map(ToString::to_string).collect()
}
