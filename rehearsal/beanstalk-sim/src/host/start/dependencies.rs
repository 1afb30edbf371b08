//! The installation of dependencies, which needs the network and is never made here.

use std::fs;
use std::path::Path;

use super::super::family::Family;
use super::super::log::InstanceLog;
use super::super::report::Report;
use super::node;

const REASON: &str = "needs the network";

/// Reports the installation that the platform would make.
pub(in crate::host) fn note(folder: &Path, family: Family, log: &InstanceLog, report: &mut Report) {
    let command = match family {
        Family::Node if lacks_packages(folder) => "`npm install`",
        Family::Python if has_lines(&folder.join("requirements.txt")) => {
            "`pip install -r requirements.txt`"
        }
        Family::Python if folder.join("Pipfile").is_file() => "`pipenv install`",
        Family::Php if lacks(folder, "composer.json", "vendor") => "`composer install`",
        Family::Ruby if lacks(folder, "Gemfile", "vendor") => "`bundle install`",
        _ => return,
    };
    report.skip(log, command, REASON);
}

/// Whether `package.json` has dependencies that are not in the bundle.
fn lacks_packages(folder: &Path) -> bool {
    let package = node::package(folder).unwrap_or_default();
    let has_any = package["dependencies"].as_object().is_some_and(|all| !all.is_empty());
    has_any && !folder.join("node_modules").is_dir()
}

fn lacks(folder: &Path, list: &str, packages: &str) -> bool {
    folder.join(list).is_file() && !folder.join(packages).is_dir()
}

/// Whether a file has a line that is not blank or a comment.
fn has_lines(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::trim).any(|line| !line.is_empty() && !line.starts_with('#'))
}
