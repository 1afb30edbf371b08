//! Bundles with processes, and the results of their deployments.

use std::path::Path;

use aws_sdk_elasticbeanstalk::types::{
    EnvironmentDescription, EnvironmentHealthAttribute, EnvironmentInfoType,
};
use beanstalk_sim::Settings;

use crate::stage::{Stage, health, option, refusal, stage, stage_with};

const CNAME: &str = "shop-a.us-east-1.elasticbeanstalk.com";
const VARIABLES: &str = "aws:elasticbeanstalk:application:environment";

/// A web server that reports its environment. `/fail` answers with 500, and `/exit` ends it.
const SERVER: &str = r#"
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/exit":
            os._exit(9)
        status = 500 if self.path == "/fail" or os.path.exists("broken") else 200
        self.send_response(status)
        self.end_headers()
        names = sorted(name for name in os.environ if name not in ("PWD", "SHLVL", "_", "OLDPWD", "LC_CTYPE"))
        self.wfile.write(f"{os.environ.get('COLOUR')} {os.getcwd()} {' '.join(names)}".encode())
    def log_message(self, format, *args):
        print("request", self.path, flush=True)
print("listening", flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

/// A web server that ignores `PORT` and prints the port on which it listens.
const ASTRAY: &str = r#"
import http.server
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print("port", server.server_port, flush=True)
server.serve_forever()
"#;

/// A simulator that gives processes little time to listen.
async fn impatient_stage() -> Stage {
    stage_with(Settings { time_scale: 1000.0, process_seconds: 1.0, ..Settings::default() }).await
}

async fn running(stage: &Stage, options: &[(&str, &str, &str)]) {
    let options: Vec<_> =
        options.iter().map(|(namespace, name, value)| option(namespace, name, value)).collect();
    stage.version("v1-run", &[("Procfile", "web: python3 server.py"), ("server.py", SERVER)]).await;
    stage.environment_with("shop-a", &options).await;
    stage.deploy("shop-a", "v1-run").await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
}

async fn body(stage: &Stage, path: &str) -> String {
    stage.get(CNAME, path).await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_instance_runs_processes_with_the_variables_only() {
    let stage = stage().await;
    let two = ("aws:autoscaling:asg", "MinSize", "2");
    running(&stage, &[(VARIABLES, "COLOUR", "green"), two]).await;
    let (one, other) = (body(&stage, "/").await, body(&stage, "/").await);
    for answer in [&one, &other] {
        let (colour, rest) = answer.split_once(' ').unwrap();
        let (folder, names) = rest.split_once(' ').unwrap();
        // Python wrappers of some machines add their own.
        let names: Vec<_> = names.split(' ').filter(|name| !name.contains("PYENV")).collect();
        assert_eq!(
            (colour, names.join(" ").as_str()),
            ("green", "COLOUR HOME LANG PATH PORT TMPDIR")
        );
        assert!(Path::new(folder).exists());
    }
    assert_ne!(one, other, "each has a folder of its own");

    stage.simulator.stop().await;
    let folder = one.split(' ').nth(1).unwrap();
    stage.wait(async || (!Path::new(folder).exists()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_variables_reach_the_processes() {
    let stage = stage().await;
    running(&stage, &[]).await;
    assert!(body(&stage, "/").await.starts_with("None "));
    let request = stage.client.update_environment().environment_name("shop-a");
    request.option_settings(option(VARIABLES, "COLOUR", "red")).send().await.unwrap();
    stage.wait(async || body(&stage, "/").await.starts_with("red ").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_at_once_fails_the_deployment() {
    let stage = stage().await;
    running(&stage, &[]).await;
    stage.version("broken", &[("Procfile", "web: echo no config >&2; exit 3")]).await;
    insta::assert_snapshot!(stage.deploy("shop-a", "broken").await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    ERROR Instance deployment failed. For details, see 'eb-engine.log'.
    ERROR [Instance: i-1] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error..
    INFO  Command execution completed on all instances. Summary: [Successful: 0, Failed: 1].
    ERROR Unsuccessful command execution on instance id(s) 'i-1'. Aborting the operation.
    ERROR Failed to deploy application.
    ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
    ");
    assert_eq!(stage.instances("shop-a").await, ["broken #3 Failed"]);
    assert_eq!(stage.get(CNAME, "/").await.unwrap().status().as_u16(), 502);
    let tail = stage.tail("shop-a").await;
    assert!(tail.contains("no config") && tail.contains("exit status: 3"), "{tail}");
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_never_listens_fails_its_health_checks() {
    let stage = impatient_stage().await;
    running(&stage, &[]).await;
    stage.version("deaf", &[("Procfile", "web: sleep 1000")]).await;
    let events = stage.deploy("shop-a", "deaf").await;
    assert!(events.contains("did not pass health check after command execution"), "{events}");
    assert_eq!(stage.describe("shop-a").await.unwrap().version_label(), Some("v1-run"));
    let tail = stage.tail("shop-a").await;
    assert!(tail.contains("Health checks are failing: HTTP 502. Nothing listens on 127.0.0.1:"));
    assert!(tail.contains("process `web` listens on no port"), "{tail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_on_another_port_is_named_with_that_port() {
    let stage = impatient_stage().await;
    running(&stage, &[]).await;
    let files = [("Procfile", "web: python3 server.py"), ("server.py", ASTRAY)];
    stage.version("astray", &files).await;
    stage.deploy("shop-a", "astray").await;
    let tail = stage.tail("shop-a").await;
    let port = tail.split(": port ").nth(1).unwrap().lines().next().unwrap();
    let instead = format!("process `web` listens on 127.0.0.1:{port}");
    assert!(tail.contains(&instead), "{tail}");
    let severe = |environment: &EnvironmentDescription| health(environment) == "Ready Severe";
    stage.until("shop-a", severe).await;
    let answer = stage.client.describe_environment_health().environment_name("shop-a");
    let answer = answer.attribute_names(EnvironmentHealthAttribute::Causes).send().await.unwrap();
    assert!(answer.causes().join(" ").contains(&instead), "{:?}", answer.causes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_starts_slowly_is_waited_for_with_any_time_scale() {
    let slow = [("Procfile", "web: sleep 12; exec python3 server.py"), ("server.py", SERVER)];
    let stage = impatient_stage().await;
    stage.environment("shop-a").await;
    stage.version("slow", &slow).await;
    let events = stage.deploy("shop-a", "slow").await;
    assert!(events.contains("did not pass health check after command execution"), "{events}");

    let patient = Settings { time_scale: 1000.0, process_seconds: 29.0, ..Settings::default() };
    let stage = stage_with(patient).await;
    stage.environment("shop-a").await;
    stage.version("slow", &slow).await;
    let events = stage.deploy("shop-a", "slow").await;
    assert!(events.ends_with("Environment update completed successfully."), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_answers_with_5xx_fails_its_health_checks() {
    let stage = stage().await;
    running(&stage, &[]).await;
    let files = [("Procfile", "web: python3 server.py"), ("server.py", SERVER), ("broken", "")];
    stage.version("failing", &files).await;
    let events = stage.deploy("shop-a", "failing").await;
    assert!(events.contains("did not pass health check after command execution"), "{events}");
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_requests_show_in_the_health() {
    let stage = stage().await;
    running(&stage, &[]).await;
    let severe = async || {
        body(&stage, "/fail").await;
        let environment = stage.describe("shop-a").await?;
        (health(&environment) == "Ready Severe").then_some(())
    };
    stage.wait(severe).await;
    let answer = stage.client.describe_environment_health().environment_name("shop-a");
    let answer = answer.attribute_names(EnvironmentHealthAttribute::All).send().await.unwrap();
    let codes = answer.application_metrics().unwrap().status_codes().unwrap();
    assert!(codes.status5xx().unwrap() > 0);
    let causes = answer.causes().join(" ");
    assert!(causes.contains("of the requests are failing with HTTP 5xx."), "{causes}");
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_later_is_restarted() {
    let stage = stage().await;
    running(&stage, &[]).await;
    let _ = stage.get(CNAME, "/exit").await;
    stage.wait(async || (stage.get(CNAME, "/").await.ok()?.status() == 200).then_some(())).await;
    let tail = stage.tail("shop-a").await;
    assert!(tail.contains("web has ended (exit status: 9) and is restarted"), "{tail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn terminating_an_environment_ends_its_processes() {
    let stage = stage().await;
    running(&stage, &[]).await;
    let answer = body(&stage, "/").await;
    let folder = answer.split(' ').nth(1).unwrap();
    stage.client.terminate_environment().environment_name("shop-a").send().await.unwrap();
    stage.wait(async || (!Path::new(folder).exists()).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analysis_is_refused_and_never_a_log() {
    let stage = stage().await;
    stage.environment("shop-a").await;
    let kind = EnvironmentInfoType::from("analyze");
    let request = stage.client.request_environment_info().environment_name("shop-a");
    insta::assert_snapshot!(refusal(request.info_type(kind.clone()).send().await), @"InvalidParameterValue: Environment analysis is not available: it requires Amazon Bedrock.");
    let answer = stage.client.retrieve_environment_info().environment_name("shop-a");
    assert!(answer.info_type(kind).send().await.unwrap().environment_info().is_empty());
}
