//! The rules of `.ebignore`.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The file at the root of a repository with rules for files that bundles leave out, in the syntax of `.gitignore`. The
/// EB CLI reads it too.
pub const IGNORE_FILE: &str = ".ebignore";

/// The files that a bundle leaves out.
#[derive(Debug)]
pub struct Ignored {
    rules: Gitignore,
}

impl Ignored {
    /// No file is left out.
    pub fn nothing() -> Self {
        Self { rules: Gitignore::empty() }
    }

    /// Reads the rules; an error names the invalid one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rules = GitignoreBuilder::new("");
        for line in text.lines() {
            let added = rules.add_line(None, line);
            added.map_err(|error| format!("`{IGNORE_FILE}` has a bad rule `{line}`: {error}"))?;
        }
        let rules = rules.build().map_err(|error| format!("`{IGNORE_FILE}`: {error}"))?;
        Ok(Self { rules })
    }

    /// Whether the file at `path`, from the root, is left out. A rule for a folder covers all its files, unless another
    /// rule includes the file again.
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
    fn a_file_in_an_ignored_folder_can_be_included_again() {
        let ignored = Ignored::parse("vendor/\n!vendor/keep.txt\n").unwrap();
        assert!(ignored.covers("vendor/other.txt"));
        assert!(!ignored.covers("vendor/keep.txt"));
    }

    #[test]
    fn an_error_names_the_invalid_rule() {
        let problem = Ignored::parse("ok\n[z-a]\n").unwrap_err();
        assert!(problem.starts_with("`.ebignore` has a bad rule `[z-a]`"), "{problem}");
    }
}
