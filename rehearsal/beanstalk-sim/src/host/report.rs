//! What a command on an instance reports besides its result.

use super::log::InstanceLog;

/// The most steps that a sentence names.
const NAMED: usize = 5;

/// The events of a command on one instance, and the steps that were not run on this machine.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// The events of the platform, in their order.
    pub(crate) notices: Vec<Notice>,
    /// The steps that were not run, each with its reason.
    pub(crate) not_run: Vec<String>,
}

/// An event of the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Whether it reports a failure.
    pub(crate) is_error: bool,
    /// The text.
    pub(crate) message: String,
}

impl Report {
    /// Adds an event about progress.
    pub(super) fn inform(&mut self, message: &str) {
        self.notices.push(Notice { is_error: false, message: message.to_owned() });
    }

    /// Adds an event about a failure.
    pub(super) fn complain(&mut self, message: &str) {
        self.notices.push(Notice { is_error: true, message: message.to_owned() });
    }

    /// Adds a step that was not run, and notes it in the log of the instance.
    pub(super) fn skip(&mut self, log: &InstanceLog, step: &str, reason: &str) {
        let skipped = format!("{step} ({reason})");
        log.engine("WARN", &format!("Not run on this machine: {skipped}"));
        if !self.not_run.contains(&skipped) {
            self.not_run.push(skipped);
        }
    }

    /// The sentence about steps that were not run, if any.
    pub(crate) fn omissions(&self) -> Option<String> {
        let named = self.not_run.iter().take(NAMED).cloned();
        let rest = self.not_run.len().saturating_sub(NAMED);
        let more = (rest > 0).then(|| format!("and {rest} more, see eb-engine.log"));
        let all = named.chain(more).collect::<Vec<_>>().join("; ");
        (!all.is_empty())
            .then(|| format!("Not run on this machine, and therefore not rehearsed: {all}."))
    }
}

/// A name from a bundle without characters that a terminal would obey.
pub(super) fn shown(name: &str) -> String {
    name.escape_debug().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_run_is_one_sentence_however_much_it_is() {
        let (mut report, log) = (Report::default(), InstanceLog::new());
        assert_eq!(report.omissions(), None);
        report.skip(&log, "packages of `a.config`", "yum");
        report.skip(&log, "packages of `a.config`", "yum");
        insta::assert_snapshot!(report.omissions().unwrap(), @"Not run on this machine, and therefore not rehearsed: packages of `a.config` (yum).");
        for number in 0..6 {
            report.skip(&log, &format!("hook {number}"), "dnf");
        }
        insta::assert_snapshot!(report.omissions().unwrap(), @"Not run on this machine, and therefore not rehearsed: packages of `a.config` (yum); hook 0 (dnf); hook 1 (dnf); hook 2 (dnf); hook 3 (dnf); and 2 more, see eb-engine.log.");
        assert!(log.tail(20).contains("[WARN] Not run on this machine: hook 5 (dnf)"));
    }
}
