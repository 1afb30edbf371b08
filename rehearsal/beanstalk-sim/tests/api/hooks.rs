//! Platform hooks, and what they make.

use beanstalk_sim::Settings;

use crate::bundles::{PYTHON, SUCCESS, VARIABLES, WSGI, marked, marks};
use crate::stage::{http, option, stage, stage_with};

/// A hook that notes its path.
const NOTE: &str = "#!/bin/bash\necho \"$0\" >> \"$MARKS/marks\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn many_hooks_run_with_deployments_and_other_ones_with_settings() {
    let stage = stage().await;
    let (folder, property) = marks();
    stage.environment_on(PYTHON, &[property]).await;
    let install = "#!/bin/bash\nset -e\nsudo dnf install -y php-redis\n";
    let files = [
        ("application.py", WSGI),
        (".platform/hooks/prebuild/install_redis.sh", install),
        (".platform/hooks/prebuild/check.sh", NOTE),
        (".platform/hooks/predeploy/cache.sh", NOTE),
        (".platform/hooks/postdeploy/optimize.sh", NOTE),
        (".platform/hooks/postdeploy/restart.sh", "#!/bin/bash\nsystemctl restart supervisord\n"),
        (".platform/confighooks/prebuild/check.sh", NOTE),
        (".platform/confighooks/postdeploy/optimize.sh", NOTE),
    ];
    let events = stage.deploy_files("hooks", &files).await;
    assert!(events.ends_with(SUCCESS), "{events}");
    let url = stage.simulator.url() + "/_sim/state";
    let state = http().get(url).send().await.unwrap().text().await.unwrap();
    let first = r#""notRun":["`dnf install` in .platform/hooks/prebuild/install_redis.sh"#;
    assert!(state.contains(first), "{state}");
    for skipped in [
        "`dnf install` in .platform/hooks/prebuild/install_redis.sh",
        "`systemctl restart` in .platform/hooks/postdeploy/restart.sh",
    ] {
        assert!(events.contains(skipped), "{events}");
    }
    let of_deployment =
        ["hooks/prebuild/check.sh", "hooks/predeploy/cache.sh", "hooks/postdeploy/optimize.sh"];
    assert_eq!(marked(folder.path()), of_deployment.map(|hook| format!(".platform/{hook}")));

    let update = stage.client.update_environment().environment_name("shop-a");
    update.option_settings(option(VARIABLES, "COLOUR", "red")).send().await.unwrap();
    stage.wait(async || (stage.page().await == "red").then_some(())).await;
    stage.wait(async || (marked(folder.path()).len() == 5).then_some(())).await;
    let of_settings = ["confighooks/prebuild/check.sh", "confighooks/postdeploy/optimize.sh"];
    assert_eq!(marked(folder.path())[3..], of_settings.map(|hook| format!(".platform/{hook}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_leaves_the_old_version_in_service() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let hook = "#!/bin/sh\necho no licence\nexit 9\n";
    let files = [("index.html", "new"), (".platform/hooks/predeploy/check.sh", hook)];
    let events = stage.deploy_files("hook", &files).await;
    assert!(
        events.contains("ERROR Instance deployment failed. For details, see 'eb-engine.log'."),
        "{events}"
    );
    assert_eq!(stage.page().await, "<h1>v1</h1>");
    assert_eq!(stage.instances("shop-a").await, ["hook #2 Failed"]);
    let tail = stage.tail("shop-a").await;
    assert!(tail.contains("[RunAppDeployPreDeployHooks]") && tail.contains("no licence"), "{tail}");
    let events = stage.deploy("shop-a", "v2").await;
    assert!(events.ends_with(SUCCESS), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_server_keeps_what_the_deployment_made() {
    let stage = stage().await;
    stage.environment_on(PYTHON, &[]).await;
    let application = WSGI
        .replace("os.environ.get('COLOUR', 'none')", "(open('made').read() + str(os.getpid()))");
    let hook = "#!/bin/sh\nprintf made: > made\n";
    let files =
        [("application.py", application.as_str()), (".platform/hooks/prebuild/make.sh", hook)];
    stage.deploy_files("made", &files).await;
    let before = stage.page().await;
    assert!(before.starts_with("made:"), "{before}");
    stage.client.restart_app_server().environment_name("shop-a").send().await.unwrap();
    let restarted = async || {
        let page = stage.page().await;
        (page.starts_with("made:") && page != before).then_some(())
    };
    stage.wait(restarted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_never_ends_times_out() {
    let settings = Settings { time_scale: 1000.0, process_seconds: 1.0, ..Settings::default() };
    let stage = stage_with(settings).await;
    stage.environment("shop-a").await;
    let hook = "#!/bin/sh\ntrap '' TERM\nwhile :; do sleep 1; done\n";
    let files = [("index.html", ""), (".platform/hooks/prebuild/wait.sh", hook)];
    let events = stage.deploy_files("waits", &files).await;
    assert!(events.contains("have not responded in the allowed command timeout time"), "{events}");
    assert!(events.contains("[Successful: 0, TimedOut: 1]"), "{events}");
    assert!(
        stage
            .tail("shop-a")
            .await
            .contains("hook `.platform/hooks/prebuild/wait.sh` did not end within")
    );
}
