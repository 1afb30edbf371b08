//! The default start of the Node.js platform.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::super::error::StartError;
use super::super::report::Report;
use super::programs::require;

pub(super) const PACKAGE: &str = "package.json";
/// The scripts that are started without a `package.json`, in this order.
const SCRIPTS: [&str; 2] = ["app.js", "server.js"];

const NOTHING: &str = "Instance deployment failed to generate a 'Procfile' for Node.js. Provide one of these files: \
    'package.json', 'server.js', or 'app.js'. The deployment failed.";
const ANY_VERSION: &str = "Instance deployment: You didn't specify a Node.js version in the 'package.json' file in \
    your source bundle. The deployment didn't install a specific Node.js version.";

/// `npm start` if there is a `package.json`, else the first script.
pub(super) fn command(folder: &Path, report: &mut Report) -> Result<String, StartError> {
    if folder.join(PACKAGE).is_file() {
        if package(folder).is_none_or(|package| package["engines"]["node"].is_null()) {
            report.inform(ANY_VERSION);
        }
        require("npm", "runs `npm start`", "add a `Procfile`")?;
        // Without this option, npm asks its registry for a newer version of itself.
        return Ok("exec npm --no-update-notifier start".to_owned());
    }
    let script = SCRIPTS.into_iter().find(|script| folder.join(script).is_file());
    let Some(script) = script else {
        report.complain(NOTHING);
        return Err(StartError::NoStart(NOTHING.to_owned()));
    };
    require("node", &format!("runs `node {script}`"), "add a `Procfile`")?;
    Ok(format!("exec node {script}"))
}

/// The content of `package.json`, if it is JSON.
pub(super) fn package(folder: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(folder.join(PACKAGE)).ok()?).ok()
}
