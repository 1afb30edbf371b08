//! The start of an application: its `Procfile`, or the default of the platform.
//!
//! Defaults are those of the developer guide's pages about the platforms; the events are published ones.

mod dependencies;
mod node;
mod programs;
mod python;
mod refusals;

use std::fs;
use std::path::Path;

pub(super) use dependencies::note as note_dependencies;

use self::programs::{require, top_files};
use super::error::StartError;
use super::family::Family;
use super::log::InstanceLog;
use super::procfile::{self, BUILDFILE, Line, PROCFILE, WEB};
use super::report::Report;
use super::setup::Setup;
use super::step::word;

/// The event about a default start.
const GENERATED: &str = "Instance deployment successfully generated a 'Procfile'.";
/// The program that the Go platform builds and starts.
const GO_PROGRAM: &str = "bin/application";
const GO_SOURCE: &str = "application.go";

/// The way in which an application runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// Its files are served.
    Files,
    /// These processes run, `web` first.
    Processes(Vec<Line>),
}

/// The commands that build an application: those of its `Buildfile`, or the default of the platform.
pub(super) fn build(folder: &Path, family: Family) -> Result<Vec<Line>, StartError> {
    let file = folder.join(BUILDFILE);
    if file.is_file() {
        return Ok(procfile::parse_buildfile(&fs::read(file)?)?);
    }
    let has = |name: &str| folder.join(name).exists();
    if family != Family::Go || has(GO_PROGRAM) || has(PROCFILE) || !has(GO_SOURCE) {
        return Ok(Vec::new());
    }
    require("go", "builds `application.go`", "add the built `bin/application`")?;
    let command = format!("go build -o {GO_PROGRAM} {GO_SOURCE}");
    Ok(vec![Line { name: "build".to_owned(), command }])
}

/// Finds out how the application in a folder runs. `instance` is the folder around it, for files of the platform.
pub(super) fn find(
    folder: &Path,
    instance: &Path,
    setup: &Setup,
    log: &InstanceLog,
    report: &mut Report,
) -> Result<Start, StartError> {
    let procfile = folder.join(PROCFILE);
    if procfile.is_file() {
        let lines = procfile::parse(&fs::read(procfile)?)?;
        if let Some(file) = refusals::docker_file(folder, setup.family) {
            report.skip(
                log,
                &format!("`{file}`"),
                "there is no container; the `Procfile` runs instead",
            );
        }
        return Ok(Start::Processes(lines));
    }
    let command = match setup.family {
        Family::Node => node::command(folder, report)?,
        Family::Python => python::command(folder, instance, &setup.python, log, report)?,
        Family::Go => go(folder)?,
        Family::Java => java(folder, report)?,
        Family::Php | Family::Tomcat | Family::Docker | Family::Ruby | Family::DotNet => {
            refusals::check(folder, setup.family, log, report)?;
            return Ok(Start::Files);
        }
        Family::Unknown => return Ok(Start::Files),
    };
    report.inform(GENERATED);
    log.engine("INFO", &format!("Generated a Procfile with `{WEB}: {command}`"));
    Ok(Start::Processes(vec![Line { name: WEB.to_owned(), command }]))
}

/// Whether the files in a folder are all that the platform serves, so that nothing has to be put in place.
pub(super) fn serves_files(folder: &Path, family: Family) -> bool {
    let serves = matches!(family, Family::Php | Family::Tomcat | Family::Docker | Family::Unknown);
    let (log, mut report) = (InstanceLog::new(), Report::default());
    note_dependencies(folder, family, &log, &mut report);
    serves
        && !folder.join(PROCFILE).exists()
        && refusals::check(folder, family, &log, &mut report).is_ok()
        && report.omissions().is_none()
}

fn go(folder: &Path) -> Result<String, StartError> {
    if folder.join(GO_PROGRAM).is_file() {
        return Ok(format!("exec {GO_PROGRAM}"));
    }
    Err(StartError::NoStart(
        "the bundle has no `Procfile`, no `application.go` and no `bin/application`, so the Go platform has nothing \
         to start: add one of them"
            .to_owned(),
    ))
}

fn java(folder: &Path, report: &mut Report) -> Result<String, StartError> {
    let jars = top_files(folder, &["jar"]);
    let problem = match jars.as_slice() {
        [jar] => {
            report.inform("Instance deployment successfully detected a JAR file in your source bundle.");
            require("java", "starts the JAR file with `java -jar`", "add a `Procfile`")?;
            return Ok(format!("exec java -jar {}", word(Path::new(jar))));
        }
        [] => "the bundle has no `Procfile` and no JAR file at its top, so the Java platform has nothing to start: \
               add one of them"
            .to_owned(),
        many => format!(
            "the bundle has {} JAR files at its top and no `Procfile`: add one that names the JAR file to start",
            many.len()
        ),
    };
    Err(StartError::NoStart(problem))
}

#[cfg(test)]
mod tests;
