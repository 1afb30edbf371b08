//! Tests of the steps of a deployment, with real processes.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;

use super::application::{Application, Ready};
use super::error::StartError;
use super::family::Family;
use super::fixtures::{PATIENCE, bundle, text, until_gone};
use super::log::InstanceLog;
use super::proxy::PROXY_PORT;
use super::report::Report;
use super::setup::{Occasion, PythonOptions, Setup};

const DEPLOYMENT: Occasion = Occasion::Deployment { leads: false };

/// What a deployment of files on an instance leaves.
struct Deployed {
    result: Result<Application, StartError>,
    error: Option<StartError>,
    report: Report,
    log: Arc<InstanceLog>,
}

impl Deployed {
    fn failure(&self) -> String {
        let error = self.error.as_ref().or(self.result.as_ref().err());
        error.map_or_else(String::new, ToString::to_string)
    }

    fn tail(&self) -> String {
        self.log.tail(200)
    }

    /// A file that the steps wrote beside the site.
    async fn file(&self, path: &str) -> String {
        let application = self.result.as_ref().unwrap();
        let request = Request::get(path).body(Body::empty()).unwrap();
        text(application.answer(PROXY_PORT, request).await).await
    }
}

async fn deploy(files: &[(&str, &str)], occasion: Occasion) -> Deployed {
    deploy_within(files, occasion, PATIENCE).await
}

async fn deploy_within(files: &[(&str, &str)], occasion: Occasion, limit: Duration) -> Deployed {
    // A single folder would be a parent folder.
    let files: Vec<_> = files.iter().copied().chain([("robots.txt", "")]).collect();
    let setup = Setup {
        source: bundle(&files),
        family: Family::Php,
        is_worker: false,
        variables: BTreeMap::from([("COLOUR".to_owned(), "green".to_owned())]),
        python: PythonOptions::default(),
        occasion,
        patience: PATIENCE,
        step_limit: limit,
    };
    let (log, mut report) = (InstanceLog::new(), Report::default());
    let started = match Ready::prepare(setup, Arc::clone(&log), &mut report).await {
        Ok(ready) => ready.start(&mut report).await,
        Err(error) => Err(error),
    };
    match started {
        Ok((application, error)) => Deployed { result: Ok(application), error, report, log },
        Err(error) => Deployed { result: Err(error), error: None, report, log },
    }
}

/// A hook that notes its name in `order.txt`.
const NOTE: &str = "#!/bin/sh\necho ${0##*/} $COLOUR >> order.txt\n";

#[tokio::test]
async fn everything_runs_in_the_order_of_the_platform() {
    let config = "commands:\n  02_b: {command: echo command b >> order.txt}\n  01_a: {command: echo command a >> order.txt}\ncontainer_commands:\n  01_c: {command: echo container c >> order.txt}\n";
    let files = [
        (".ebextensions/01.config", config),
        (".ebextensions/02.config", "commands: {00_z: {command: echo command z >> order.txt}}"),
        (".platform/hooks/prebuild/02_late.sh", NOTE),
        (".platform/hooks/prebuild/01_early.sh", NOTE),
        (".platform/hooks/predeploy/pre.sh", NOTE),
        (".platform/hooks/postdeploy/post.sh", NOTE),
        (".platform/confighooks/predeploy/config.sh", NOTE),
        ("Buildfile", "build: echo build >> order.txt\n"),
    ];
    let deployed = deploy(&files, DEPLOYMENT).await;
    assert_eq!(deployed.failure(), "");
    insta::assert_snapshot!(deployed.file("/order.txt").await, @r"
    command a
    command b
    command z
    01_early.sh green
    02_late.sh green
    build
    container c
    pre.sh green
    post.sh green
    ");
    let tail = deployed.tail();
    for line in [
        "[INFO] Executing instruction: RunAppDeployPreBuildHooks",
        "[INFO] Following platform hooks will be executed in order: [01_early.sh 02_late.sh]",
        "[INFO] Executing instruction: FlipApplication",
    ] {
        assert!(tail.contains(line), "{tail}");
    }

    let configured = deploy(&files, Occasion::Configuration).await;
    assert_eq!(configured.file("/order.txt").await, "build\nconfig.sh green\n");
}

#[tokio::test]
async fn a_hook_that_fails_ends_the_deployment_with_its_output() {
    let broken = "#!/bin/sh\necho no database\nexit 3\n";
    let deployed = deploy(&[(".platform/hooks/predeploy/check.sh", broken)], DEPLOYMENT).await;
    insta::assert_snapshot!(deployed.failure(), @r"
    An error occurred during execution of command [app-deploy] - [RunAppDeployPreDeployHooks]. Stop running the command. Error: Command .platform/hooks/predeploy/check.sh failed with error exit status 3; last output:
    no database
    ");
    assert!(deployed.tail().contains("/var/log/eb-hooks.log"));

    let late = deploy(&[(".platform/hooks/postdeploy/check.sh", broken)], DEPLOYMENT).await;
    assert!(late.result.is_ok() && late.failure().contains("[RunAppDeployPostDeployHooks]"));

    let syntax = "#!/bin/sh\nif true; then\n";
    let syntax = deploy(&[(".platform/hooks/prebuild/a.sh", syntax)], DEPLOYMENT).await;
    assert!(syntax.failure().contains("failed with error exit status 2"), "{}", syntax.failure());
}

#[tokio::test]
async fn a_step_that_never_ends_is_killed_with_its_children() {
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("marks");
    let stubborn = format!(
        "#!/bin/sh\ntrap '' TERM\n(exec sleep 1000) &\necho $$ $! > '{}'\nwhile :; do sleep 1; done\n",
        marks.display()
    );
    let files = [(".platform/hooks/prebuild/a.sh", stubborn.as_str())];
    let deployed = deploy_within(&files, DEPLOYMENT, Duration::from_secs(2)).await;
    assert!(matches!(deployed.result, Err(StartError::Late { .. })), "{}", deployed.failure());
    let said = "hook `.platform/hooks/prebuild/a.sh` did not end within 2 s and was killed";
    assert!(deployed.failure().starts_with(said), "{}", deployed.failure());
    let processes = fs::read_to_string(marks).unwrap();
    let processes: Vec<_> = processes.split_whitespace().map(str::to_owned).collect();
    assert_eq!(processes.len(), 2);
    until_gone(&processes).await;
}

#[tokio::test]
async fn what_needs_an_instance_is_reported_and_never_a_success() {
    let config = "packages:\n  yum:\n    git: []\nfiles:\n  /etc/x: {content: hi}\n  /var/app/staging/placed.txt: {mode: \"000600\", content: placed}\ncommands:\n  01_reload: {command: systemctl restart nginx}\n  02_copy: {command: cp a /opt/b}\n  03_cwd: {command: ls, cwd: /usr/src}\n";
    let files = [
        (".ebextensions/a.config", config),
        (".platform/hooks/postdeploy/a.sh", "#!/bin/sh\n. /var/app/venv/*/bin/activate\n"),
        (
            ".platform/hooks/prebuild/b.sh",
            "#!/bin/sh\nset -e\ndnf install -y secret\necho done > hook.txt\n",
        ),
    ];
    let deployed = deploy(&files, DEPLOYMENT).await;
    assert_eq!(deployed.failure(), "");
    insta::assert_snapshot!(deployed.report.not_run.join("\n"), @r"
    `packages` `yum` of `.ebextensions/a.config` (changes the system or the account)
    file `/etc/x` of `.ebextensions/a.config` (is outside the bundle)
    `systemctl restart` in 01_reload of `.ebextensions/a.config` (changes the system)
    command 02_copy of `.ebextensions/a.config` (needs `/opt/` of an instance)
    command 03_cwd of `.ebextensions/a.config` (its `cwd` is outside the bundle)
    `dnf install` in .platform/hooks/prebuild/b.sh (changes the system)
    hook `.platform/hooks/postdeploy/a.sh` (needs `/var/app/` of an instance)
    ");
    assert_eq!(deployed.file("/placed.txt").await, "placed");
    assert_eq!(deployed.file("/hook.txt").await, "done\n");
    assert!(!deployed.tail().contains("secret"));
}

#[tokio::test]
async fn commands_honour_their_tests_folders_variables_and_errors() {
    let config = "container_commands:\n  01_skipped: {command: echo no >> out.txt, test: '[ -e missing ]'}\n  02_tested: {command: echo tested >> out.txt, test: '[ -e index.html ]'}\n  03_fails: {command: exit 4, ignoreErrors: true}\n  04_folder: {command: 'pwd >> ../out.txt', cwd: sub}\n  05_own: {command: 'echo $MINE${COLOUR:-none} >> out.txt', env: {MINE: own}}\n  06_leader: {command: echo leader >> out.txt, leader_only: true, test: 'false'}\n";
    let files = [(".ebextensions/a.config", config), ("index.html", ""), ("sub/x", "")];
    let follower = deploy(&files, DEPLOYMENT).await;
    assert_eq!(follower.failure(), "");
    let out = follower.file("/out.txt").await;
    let lines: Vec<_> = out.lines().collect();
    assert_eq!((lines.len(), lines[0], lines[2]), (3, "tested", "ownnone"), "{out}");
    assert!(lines[1].ends_with("/staging/sub"), "{out}");
    let tail = follower.tail();
    assert!(tail.contains(
        "[WARN] Command 03_fails of `.ebextensions/a.config` failed (exit status 4); ignored"
    ));
    assert!(tail.contains("06_leader of `.ebextensions/a.config` is for the leader only; skipped"));

    let leader = deploy(&files, Occasion::Deployment { leads: true }).await;
    assert!(leader.file("/out.txt").await.ends_with("leader\n"));
    assert!(leader.tail().contains("[INFO] Instance is Leader."));
}

#[tokio::test]
async fn a_command_that_fails_is_named_with_its_file() {
    let config = "commands: {01_x: {command: 'echo why; exit 5'}, 02_y: {test: 'true'}}";
    let deployed = deploy(&[(".ebextensions/a.config", config)], DEPLOYMENT).await;
    insta::assert_snapshot!(deployed.failure(), @r"
    An error occurred during execution of command [app-deploy] - [PreBuildEbExtension]. Stop running the command. Error: EbExtension build failed. Please refer to /var/log/cfn-init.log for more details. Command 01_x of `.ebextensions/a.config` failed (exit status 5); last output:
    why
    ");
    let config = "container_commands: {02_y: {test: 'true'}}";
    let nothing = deploy(&[(".ebextensions/a.config", config)], DEPLOYMENT).await;
    assert!(
        nothing.failure().contains("Command 02_y of `.ebextensions/a.config` has no `command`")
    );
}

#[tokio::test]
async fn a_build_that_fails_is_told_with_its_output() {
    let deployed = deploy(&[("Buildfile", "jar: echo no gradle; exit 127\n")], DEPLOYMENT).await;
    insta::assert_snapshot!(deployed.failure(), @r"
    An error occurred during execution of command [app-deploy] - [Buildfile]. Stop running the command. Error: build command jar failed with error exit status 127; last output:
    no gradle
    ");
}
