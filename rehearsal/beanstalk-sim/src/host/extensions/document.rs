//! One configuration file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_saphyr::DuplicateKeyPolicy;

use super::error::Broken;
use super::options::{self, Setting, text_of};

/// The sections of a configuration file (developer guide, "Advanced environment customization with configuration
/// files"), and those of CloudFormation templates.
const SECTIONS: [&str; 14] = [
    "option_settings",
    "packages",
    "groups",
    "users",
    "sources",
    "files",
    "commands",
    "services",
    "container_commands",
    "Resources",
    "Parameters",
    "Mappings",
    "Conditions",
    "Outputs",
];
/// The sections that need a system or an account to change, in the order in which they are applied.
const IMPOSSIBLE: [&str; 9] = [
    "packages",
    "groups",
    "users",
    "sources",
    "services",
    "Resources",
    "Parameters",
    "Mappings",
    "Outputs",
];

/// One configuration file.
#[derive(Debug, Clone, Default)]
pub(in crate::host) struct Document {
    /// The path in the bundle, without characters that a terminal would obey.
    pub(in crate::host) name: String,
    pub(in crate::host) settings: Vec<Setting>,
    /// The problem of `option_settings`, if it has another form.
    pub(in crate::host) bad_settings: Option<String>,
    /// The sections that cannot be done here, with the names in them.
    pub(in crate::host) impossible: Vec<String>,
    pub(in crate::host) files: BTreeMap<String, PlacedFile>,
    pub(in crate::host) commands: BTreeMap<String, Command>,
    pub(in crate::host) container_commands: BTreeMap<String, Command>,
}

/// A file to write on the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::host) struct PlacedFile {
    /// The content; `None` if it has to be downloaded.
    pub(in crate::host) content: Option<String>,
    /// The Unix mode.
    pub(in crate::host) mode: u32,
}

/// A command, or a container command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::host) struct Command {
    /// The command for the shell; `None` if there is none.
    pub(in crate::host) line: Option<String>,
    /// The command that decides whether it runs.
    pub(in crate::host) test: Option<String>,
    pub(in crate::host) folder: WorkingFolder,
    /// The variables, which replace all others.
    pub(in crate::host) variables: Option<BTreeMap<String, String>>,
    pub(in crate::host) ignores_errors: bool,
    pub(in crate::host) leader_only: bool,
}

/// The working folder of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::host) enum WorkingFolder {
    /// The unpacked bundle.
    Bundle,
    /// A folder with this path, relative to the bundle unless it is absolute.
    Path(String),
}

impl Document {
    /// Reads a file. The inner error is a key that is no section, for which the service skips the file.
    pub(in crate::host) fn parse(
        name: &str,
        content: &[u8],
    ) -> Result<Result<Self, String>, Broken> {
        let broken = |problem: &str| Broken::new(name, problem, content);
        let text = std::str::from_utf8(content).map_err(|error| broken(&error.to_string()))?;
        let options = serde_saphyr::options! { duplicate_keys: DuplicateKeyPolicy::LastWins };
        let value: Value = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| broken(first_line(&error.to_string())))?;
        let sections = match value {
            Value::Null => return Ok(Ok(Self::named(name))),
            Value::Object(sections) => sections,
            _ => return Err(broken("the document is not a map of sections")),
        };
        if let Some(key) = sections.keys().find(|key| !SECTIONS.contains(&key.as_str())) {
            return Ok(Err(key.clone()));
        }
        let map = |section: &str| sections.get(section).and_then(Value::as_object);
        let all = |section: &str| map(section).into_iter().flatten();
        let mut document = Self::named(name);
        match sections.get("option_settings").map(options::read) {
            Some(Ok(settings)) => document.settings = settings,
            Some(Err(problem)) => document.bad_settings = Some(problem),
            None => {}
        }
        document.impossible = impossible(&sections);
        document.files =
            all("files").map(|(path, file)| (path.clone(), PlacedFile::of(file))).collect();
        let commands =
            |section| all(section).map(|(name, it)| (name.clone(), Command::of(it))).collect();
        document.commands = commands("commands");
        document.container_commands = commands("container_commands");
        Ok(Ok(document))
    }

    fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Whether a deployment has to do something with this file, besides its option settings.
    pub(super) fn has_steps(&self) -> bool {
        let none = self.impossible.is_empty()
            && self.files.is_empty()
            && self.commands.is_empty()
            && self.container_commands.is_empty()
            && self.settings.iter().all(|setting| setting.value.is_some());
        !none
    }
}

fn impossible(sections: &serde_json::Map<String, Value>) -> Vec<String> {
    let of = |section: &&str| {
        let names = match sections.get(*section)? {
            Value::Object(names) => {
                let names: BTreeSet<_> = names.keys().collect();
                names.iter().map(|name| format!("`{}`", name.escape_debug())).collect()
            }
            _ => Vec::new(),
        };
        Some(if names.is_empty() {
            format!("`{section}`")
        } else {
            format!("`{section}` {}", names.join(", "))
        })
    };
    IMPOSSIBLE.iter().filter_map(of).collect()
}

impl PlacedFile {
    fn of(value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(text_of);
        let mode = text("mode").and_then(|mode| u32::from_str_radix(&mode, 8).ok());
        Self { content: text("content"), mode: mode.unwrap_or(0o644) & 0o777 }
    }
}

impl Command {
    fn of(value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(text_of);
        let flag = |name: &str| text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let variables = value.get("env").and_then(Value::as_object).map(|variables| {
            let pair = |(name, value): (&String, &Value)| Some((name.clone(), text_of(value)?));
            variables.iter().filter_map(pair).collect()
        });
        Self {
            line: value.get("command").and_then(command_of),
            test: value.get("test").and_then(command_of),
            folder: text("cwd").map_or(WorkingFolder::Bundle, WorkingFolder::Path),
            variables,
            ignores_errors: flag("ignoreErrors"),
            leader_only: flag("leader_only"),
        }
    }
}

/// A command line: text for the shell, or a list of words, which the shell does not read.
fn command_of(value: &Value) -> Option<String> {
    let Value::Array(words) = value else { return text_of(value).filter(|text| !text.is_empty()) };
    let quoted = |word: &Value| Some(format!("'{}'", text_of(word)?.replace('\'', r"'\''")));
    let words: Option<Vec<_>> = words.iter().map(quoted).collect();
    words.map(|words| words.join(" ")).filter(|words| !words.is_empty())
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
