//! The streams of a change of option settings.

use super::script::Script;
use crate::world::{Change, OptionSettings, Severity};

/// The planned seconds of a change of settings.
pub(crate) const SECONDS: f64 = 30.0;

/// What happens before the settings are applied.
pub(crate) fn opening(environment: &str) -> Script {
    Script::new().info(2.0, format!("Updating environment {environment}'s configuration settings."))
}

/// The settings are applied; `growth` is how many instances come or go.
pub(crate) fn success(options: OptionSettings) -> Script {
    Script::new()
        .at(SECONDS - 5.0, [Change::Configure(options)])
        .info(SECONDS, "Successfully deployed new configuration to environment.")
}

/// The settings cannot be applied, and the old ones stay.
pub(crate) fn failure() -> Script {
    Script::new().error(SECONDS - 5.0, "Failed to deploy configuration.").at(
        SECONDS,
        [
            Change::KeepOptions,
            Change::Finish,
            Change::Say(
                Severity::Error,
                "The environment was reverted to the previous configuration setting.".to_owned(),
            ),
        ],
    )
}

/// Nothing else is to be done.
pub(crate) fn completed() -> Script {
    Script::new().at(
        SECONDS + 1.0,
        [
            Change::Finish,
            Change::Say(Severity::Info, "Environment update completed successfully.".to_owned()),
        ],
    )
}
