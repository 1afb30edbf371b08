//! Platforms whose servers are not run here.

use std::path::Path;

use super::super::error::StartError;
use super::super::family::Family;
use super::super::log::InstanceLog;
use super::super::report::Report;
use super::programs::top_files;

/// The files that describe containers.
const DOCKER: [&str; 4] =
    ["docker-compose.yml", "docker-compose.yaml", "Dockerfile", "Dockerrun.aws.json"];

/// Refuses a bundle without a `Procfile` that needs the server of its platform. Others are files to serve.
pub(super) fn check(
    folder: &Path,
    family: Family,
    log: &InstanceLog,
    report: &mut Report,
) -> Result<(), StartError> {
    let needs = |what: &str, server: &str| {
        Err(StartError::NoStart(format!(
            "{what} needs {server}, which is not run here: add a `Procfile` whose `web` process listens on `$PORT`"
        )))
    };
    match family {
        Family::Php => match top_files(folder, &["php"]).first() {
            Some(file) => needs(&format!("`{}`", file.escape_debug()), "PHP"),
            None => Ok(()),
        },
        Family::Ruby => needs("an application without a `Procfile` on the Ruby platform", "Puma"),
        Family::DotNet => {
            needs("an application without a `Procfile` on the .NET platform", "`dotnet`")
        }
        Family::Docker => match docker_file(folder, family) {
            Some(file) => needs(&format!("`{file}`"), "Docker"),
            None => Ok(()),
        },
        Family::Tomcat => {
            if folder.join("WEB-INF").is_dir() || !top_files(folder, &["war", "jsp"]).is_empty() {
                report.skip(log, "Tomcat", "the files of the bundle are served as they are");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The file that describes the containers of a bundle for a Docker platform.
pub(super) fn docker_file(folder: &Path, family: Family) -> Option<&'static str> {
    let is_there = |file: &&str| folder.join(file).is_file();
    DOCKER.into_iter().find(|file| family == Family::Docker && is_there(file))
}
