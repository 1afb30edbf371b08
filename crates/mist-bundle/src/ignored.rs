//! What `.ebignore` keeps out of a bundle.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The file at the root of a repository that says what does not belong into a bundle, in the words of
/// `.gitignore`. The command line of Elastic Beanstalk reads it as well.
pub const IGNORE_FILE: &str = ".ebignore";

/// What does not belong into a bundle.
#[derive(Debug)]
pub struct Ignored {
    rules: Gitignore,
}

impl Ignored {
    /// Everything belongs into it.
    pub fn nothing() -> Self {
        Self { rules: Gitignore::empty() }
    }

    /// Reads the rules; the error names the one that is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rules = GitignoreBuilder::new("");
        for line in text.lines() {
            let added = rules.add_line(None, line);
            added.map_err(|error| format!("`{IGNORE_FILE}` has a bad rule `{line}`: {error}"))?;
        }
        let rules = rules.build().map_err(|error| format!("`{IGNORE_FILE}`: {error}"))?;
        Ok(Self { rules })
    }

    /// Whether the file at `path`, from the root, is kept out. A rule about a folder holds for all in it,
    /// unless a rule takes the file itself back in.
    pub fn covers(&self, path: &str) -> bool {
        self.rules.matched_path_or_any_parents(path, false).is_ignore()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_those_of_gitignore() {
        let text = "# Not for users.\n*.md\n!LICENSE.md\n/docs/\ntests/**/data\nbuild\n\n";
        let ignored = Ignored::parse(text).unwrap();
        for path in ["README.md", "a/b/README.md", "docs/index.html", "tests/a/b/data", "x/build/y"]
        {
            assert!(ignored.covers(path), "{path}");
        }
        for path in ["LICENSE.md", "a/docs/index.html", "src/main.rs", "tests/data.txt"] {
            assert!(!ignored.covers(path), "{path}");
        }
    }

    #[test]
    fn a_file_in_an_ignored_folder_can_be_taken_back_in() {
        let ignored = Ignored::parse("vendor/\n!vendor/keep.txt\n").unwrap();
        assert!(ignored.covers("vendor/other.txt"));
        assert!(!ignored.covers("vendor/keep.txt"));
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_named() {
        let problem = Ignored::parse("ok\n[z-a]\n").unwrap_err();
        assert!(problem.starts_with("`.ebignore` has a bad rule `[z-a]`"), "{problem}");
    }
}
