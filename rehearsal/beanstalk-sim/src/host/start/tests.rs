//! Tests of default starts.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::setup::{Occasion, PythonOptions};
use super::super::source::Source;
use super::*;

/// What a bundle of these files does on a platform: its `web` command or the refusal, the events, and what is not run.
fn on(language: &str, files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let setup = Setup {
        source: Source::sample(),
        family: Family::of(language),
        is_worker: false,
        variables: BTreeMap::new(),
        python: PythonOptions::default(),
        occasion: Occasion::Configuration,
        patience: Duration::ZERO,
        step_limit: Duration::ZERO,
    };
    let log = InstanceLog::new();
    let mut report = Report::default();
    note_dependencies(folder.path(), setup.family, &log, &mut report);
    let found = find(folder.path(), folder.path(), &setup, &log, &mut report);
    let mut lines = vec![match found {
        Ok(Start::Files) => "files".to_owned(),
        Ok(Start::Processes(lines)) => lines[0].command.clone(),
        Err(error) => format!("refused: {error}"),
    }];
    lines.extend(report.notices.iter().map(|notice| notice.message.clone()));
    lines.extend(report.omissions());
    lines.join("\n").replace(&folder.path().display().to_string(), "INSTANCE")
}

#[test]
fn node_starts_npm_or_a_script() {
    let package = r#"{"engines": {"node": "20"}, "dependencies": {"express": "4"}}"#;
    let found = on("Node.js 20", &[("package.json", package), ("app.js", "")]);
    insta::assert_snapshot!(found, @r"
    exec npm --no-update-notifier start
    Instance deployment successfully generated a 'Procfile'.
    Not run on this machine, and therefore not rehearsed: `npm install` (needs the network).
    ");
    let with_modules = [("package.json", package), ("node_modules/express/index.js", "")];
    assert!(!on("Node.js 20", &with_modules).contains("npm install"));
    assert!(
        on("Node.js 20", &[("package.json", "{}")])
            .contains("You didn't specify a Node.js version")
    );
    assert!(
        on("Node.js 20", &[("server.js", ""), ("app.js", "")]).starts_with("exec node app.js\n")
    );
    assert!(on("Node.js 20", &[("server.js", "")]).starts_with("exec node server.js\n"));
    let nothing = "Instance deployment failed to generate a 'Procfile' for Node.js. Provide one of these files: 'package.json', 'server.js', or 'app.js'. The deployment failed.";
    assert_eq!(on("Node.js 20", &[("index.html", "")]), format!("refused: {nothing}\n{nothing}"));
}

#[test]
fn python_serves_a_module() {
    let found =
        on("Python 3.13", &[("application.py", ""), ("requirements.txt", "# none\nflask\n")]);
    assert!(
        found.contains("application application\n") || found.contains("application:application\n")
    );
    assert!(found.contains("`pip install -r requirements.txt` (needs the network)"), "{found}");
    insta::assert_snapshot!(on("Python 3.13", &[("app.py", "")]), @"refused: the bundle has no `Procfile` and no module `application`, which `WSGIPath` names: add one of them, or set `WSGIPath` in `aws:elasticbeanstalk:container:python`");
}

#[test]
fn java_starts_its_only_jar_file() {
    insta::assert_snapshot!(on("Corretto 21", &[("index.html", "")]), @"refused: the bundle has no `Procfile` and no JAR file at its top, so the Java platform has nothing to start: add one of them");
    insta::assert_snapshot!(on("Corretto 21", &[("a.jar", ""), ("b.jar", "")]), @"refused: the bundle has 2 JAR files at its top and no `Procfile`: add one that names the JAR file to start");
    let one = on("Corretto 21", &[("it's.jar", ""), ("lib/b.jar", "")]);
    assert!(
        one.contains("Instance deployment successfully detected a JAR file in your source bundle."),
        "{one}"
    );
}

#[test]
fn go_starts_its_program() {
    assert!(on("Go 1", &[("bin/application", "")]).starts_with("exec bin/application\n"));
    insta::assert_snapshot!(on("Go 1", &[("index.html", "")]), @"refused: the bundle has no `Procfile`, no `application.go` and no `bin/application`, so the Go platform has nothing to start: add one of them");
}

#[test]
fn servers_that_are_not_run_are_named_and_never_replaced_by_their_sources() {
    assert_eq!(on("PHP 8.4", &[("index.html", "")]), "files");
    insta::assert_snapshot!(on("PHP 8.4", &[("index.php", "")]), @"refused: `index.php` needs PHP, which is not run here: add a `Procfile` whose `web` process listens on `$PORT`");
    assert!(on("Ruby 3.4", &[("config.ru", "")]).starts_with("refused: "));
    assert!(on(".NET 9", &[("shop.dll", "")]).starts_with("refused: "));
    assert!(on("Docker", &[("Dockerfile", "")]).starts_with("refused: `Dockerfile` needs Docker"));
    let both = on("Docker", &[("Dockerfile", ""), ("Procfile", "web: x")]);
    assert!(
        both.contains("`Dockerfile` (there is no container; the `Procfile` runs instead)"),
        "{both}"
    );
    assert!(on("Tomcat 11 Corretto 21", &[("WEB-INF/web.xml", "")]).contains("Tomcat (the files"));
}

#[test]
fn a_procfile_comes_before_every_default() {
    for language in ["Node.js 20", "Python 3.13", "Go 1", "Corretto 21", "PHP 8.4", "Ruby 3.4"] {
        assert_eq!(on(language, &[("Procfile", "web: ./run"), ("package.json", "{}")]), "./run");
    }
}

#[test]
fn a_buildfile_comes_before_the_default_build() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Buildfile"), "a: make a\nb: make b\n").unwrap();
    fs::write(folder.path().join(GO_SOURCE), "").unwrap();
    let lines = build(folder.path(), Family::Go).unwrap();
    let commands: Vec<_> = lines.iter().map(|line| line.command.as_str()).collect();
    assert_eq!(commands, ["make a", "make b"]);
}
