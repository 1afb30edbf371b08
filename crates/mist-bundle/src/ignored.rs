//! The rules of `.ebignore`, as the EB CLI reads them.

mod rule;

use rule::Rule;

/// The file at the root of a repository with rules for files that bundles leave out. The EB CLI reads it too.
pub const IGNORE_FILE: &str = ".ebignore";

/// The folders of the EB CLI, which it never packs if it reads [`IGNORE_FILE`].
const EB_FOLDER: &str = ".elasticbeanstalk";

/// The files that a bundle leaves out.
///
/// The syntax is that of `.gitignore`, with differences: a rule for a folder covers the files in it, so that a later rule
/// can keep one of them, or a whole folder (`*`, then `!.platform/`). In git, a file in an ignored folder stays ignored.
#[derive(Debug)]
pub struct Ignored {
    /// `None` without the file: then nothing is left out.
    rules: Option<Vec<Rule>>,
}

impl Ignored {
    /// No file is left out.
    pub fn nothing() -> Self {
        Self { rules: None }
    }

    /// Reads the rules; an error names the invalid one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Vec::new();
        for line in text.split(['\n', '\r']) {
            let rule = Rule::parse(line);
            let rule = rule.map_err(|problem| {
                format!("`{IGNORE_FILE}` has a bad rule `{}`: {problem}", line.trim())
            })?;
            rules.extend(rule);
        }
        Ok(Self { rules: Some(rules) })
    }

    /// Whether the file at `path`, from the root, is left out. The last rule that matches it decides.
    pub fn covers(&self, path: &str) -> bool {
        let Some(rules) = &self.rules else { return false };
        let matching = rules.iter().rev().find(|rule| rule.matches(path));
        matching.is_some_and(|rule| !rule.keeps) || is_of_a_tool(path)
    }
}

/// Whether the file is a backup of an editor, or in a folder of the EB CLI.
fn is_of_a_tool(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    path.ends_with('~') || folder.contains(EB_FOLDER)
}

#[cfg(test)]
mod tests;
