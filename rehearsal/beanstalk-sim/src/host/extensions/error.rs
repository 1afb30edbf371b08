//! The error of a configuration file that cannot be read.

/// A configuration file that is neither YAML nor JSON, with the service's text about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration file {file} contains invalid YAML or JSON: {problem}")]
pub(crate) struct Broken {
    file: String,
    problem: String,
    /// The first character.
    first: Option<char>,
}

impl Broken {
    pub(super) fn new(file: &str, problem: &str, content: &[u8]) -> Self {
        let first = String::from_utf8_lossy(content).chars().next();
        // The words of a parser may quote the file.
        let problem = problem.replace(char::is_control, " ");
        Self { file: file.to_owned(), problem, first }
    }

    /// The event of the service (issues, logs), in which only the parser's own words differ.
    pub(crate) fn event(&self, version: &str) -> String {
        let Self { file, problem, first } = self;
        let first = first.map_or_else(String::new, |first| first.escape_debug().to_string());
        format!(
            "The configuration file {file} in application version {version} contains invalid YAML or JSON. YAML \
             exception: Invalid Yaml: {problem}, JSON exception: Invalid JSON: Unexpected character ({first}) at \
             position 0.. Update the configuration file."
        )
    }
}
