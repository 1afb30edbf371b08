//! The way in which an update that replaces instances does so.

use jiff::SignedDuration;

use super::OptionSettings;
use crate::world::option_table::ROLLING_UPDATE;

/// The way in which instances are replaced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum InstanceUpdate {
    /// New instances are launched beside the old ones, which go once the new ones are healthy.
    Immutable,
    /// Batches of instances are terminated and launched again.
    Batches {
        /// The most instances of a batch.
        size: usize,
        /// Whether a batch must be healthy before the next one.
        healthy: bool,
        /// The pause after a batch, in seconds.
        pause: f64,
    },
}

impl OptionSettings {
    /// The way in which an update of `total` instances replaces them.
    ///
    /// Without rolling updates, it replaces all at the same time. The default batch is a third of the minimum size.
    pub(crate) fn instance_update(&self, total: usize) -> InstanceUpdate {
        if !self.flag(ROLLING_UPDATE, "RollingUpdateEnabled") {
            return InstanceUpdate::Batches { size: total.max(1), healthy: false, pause: 0.0 };
        }
        let kind = self.get(ROLLING_UPDATE, "RollingUpdateType");
        if kind == Some("Immutable") {
            return InstanceUpdate::Immutable;
        }
        let given = self.given(ROLLING_UPDATE, "MaxBatchSize").and_then(|size| size.parse().ok());
        let size: usize = given.unwrap_or_else(|| self.min_size().div_ceil(3));
        let pause = self.given(ROLLING_UPDATE, "PauseTime");
        let pause: Option<SignedDuration> = pause.and_then(|pause| pause.parse().ok());
        InstanceUpdate::Batches {
            size: size.max(1),
            healthy: kind == Some("Health"),
            pause: pause.unwrap_or_default().as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::OptionName;

    fn update(settings: &[(&str, &str)]) -> InstanceUpdate {
        let mut options = OptionSettings::default();
        options.set(OptionName::new("aws:autoscaling:asg", "MinSize"), "4".to_owned());
        for (name, value) in settings {
            options.set(OptionName::new(ROLLING_UPDATE, name), (*value).to_owned());
        }
        options.instance_update(4)
    }

    #[test]
    fn all_instances_are_replaced_unless_updates_roll() {
        let batches = |size, healthy, pause| InstanceUpdate::Batches { size, healthy, pause };
        let rolls = ("RollingUpdateEnabled", "true");
        assert_eq!(update(&[("MaxBatchSize", "1")]), batches(4, false, 0.0));
        assert_eq!(update(&[rolls]), batches(2, false, 0.0));
        let own = [rolls, ("MaxBatchSize", "3"), ("PauseTime", "PT5M")];
        assert_eq!(update(&own), batches(3, false, 300.0));
        assert_eq!(update(&[rolls, ("RollingUpdateType", "Health")]), batches(2, true, 0.0));
        let immutable = [rolls, ("RollingUpdateType", "Immutable")];
        assert_eq!(update(&immutable), InstanceUpdate::Immutable);
    }
}
