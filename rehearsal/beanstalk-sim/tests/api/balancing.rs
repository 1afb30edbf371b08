//! Load-balanced environments: the health checks of the load balancer, and where it sends requests.

use aws_sdk_elasticbeanstalk::types::{ConfigurationOptionSetting, InstancesHealthAttribute};
use beanstalk_sim::Settings;

use crate::stage::{Stage, health, option, stage, stage_with};

const CNAME: &str = "shop-a.us-east-1.elasticbeanstalk.com";
const PROCESS: &str = "aws:elasticbeanstalk:environment:process:default";

/// A web server whose `/health` has the status in `$STATUS`, and that prints the headers of health checks.
///
/// The instance that creates the file `$MARK` first fails its health checks after that.
const SERVER: &str = r#"
import http.server, os
mark = os.environ.get("MARK")
broken = False
def claim():
    global broken
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        broken = True
    except FileExistsError:
        pass
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/break":
            claim()
        failing = broken and self.path == "/health"
        self.send_response(500 if failing else int(os.environ["STATUS"]) if self.path == "/health" else 200)
        self.end_headers()
        self.wfile.write(b"broken" if broken else b"sound")
    def log_message(self, *words):
        if self.path == "/health":
            print("asked by", self.headers["user-agent"], "at", self.headers["host"], flush=True)
port = int(os.environ.get("OWN_PORT") or os.environ["PORT"])
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"#;

fn variable(name: &str, value: &str) -> ConfigurationOptionSetting {
    option("aws:elasticbeanstalk:application:environment", name, value)
}

fn process(name: &str, value: &str) -> ConfigurationOptionSetting {
    option(PROCESS, name, value)
}

/// The settings of an environment with an application load balancer that checks `/health`.
fn balanced(instances: &str) -> Vec<ConfigurationOptionSetting> {
    vec![
        option("aws:elasticbeanstalk:environment", "EnvironmentType", "LoadBalanced"),
        option("aws:elasticbeanstalk:environment", "LoadBalancerType", "application"),
        option("aws:autoscaling:asg", "MinSize", instances),
        process("HealthCheckPath", "/health"),
    ]
}

/// Begins to create an environment that runs [`SERVER`].
async fn create(stage: &Stage, settings: &[ConfigurationOptionSetting]) {
    stage
        .version("run", &[("Procfile", "web: exec python3 server.py"), ("server.py", SERVER)])
        .await;
    let request = stage.client.create_environment().application_name(crate::stage::APPLICATION);
    let mut all = crate::stage::usual().to_vec();
    all.extend_from_slice(settings);
    let request = request.environment_name("shop-a").cname_prefix("shop-a").version_label("run");
    request.set_option_settings(Some(all)).send().await.unwrap();
}

async fn body(stage: &Stage, path: &str) -> String {
    stage.get(CNAME, path).await.unwrap().text().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_come_from_the_load_balancer_and_pass_with_its_codes() {
    let stage = stage().await;
    let codes = [variable("STATUS", "404"), process("MatcherHTTPCode", "200,404")];
    create(&stage, &[balanced("2"), codes.to_vec()].concat()).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    let address = stage.simulator.address_of(CNAME).unwrap();
    let asked = format!("asked by ELB-HealthChecker/2.0 at {address}\n");
    let tail = stage.tail("shop-a").await;
    assert!(tail.contains(&asked), "{tail}");

    let update = stage.client.update_environment().environment_name("shop-a");
    update.option_settings(process("MatcherHTTPCode", "200")).send().await.unwrap();
    stage.until("shop-a", |environment| health(environment) == "Ready Severe").await;
    let causes = causes(&stage).await;
    assert_eq!(causes, ["ELB health is failing: HTTP 404.", "ELB health is failing: HTTP 404."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_gets_requests_until_it_fails_as_many_checks_as_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let settings = Settings { manual_time: true, ..Settings::default() };
    let stage = stage_with(settings).await;
    let variables = [variable("STATUS", "200"), variable("MARK", mark.to_str().unwrap())];
    let rules = [process("HealthCheckInterval", "60"), process("UnhealthyThresholdCount", "2")];
    create(&stage, &[balanced("2"), variables.to_vec(), rules.to_vec()].concat()).await;
    stage.simulator.advance_time(400.0).await.unwrap();
    assert_eq!(body(&stage, "/break").await, "broken");
    let answers = async || [body(&stage, "/").await, body(&stage, "/").await];
    stage.simulator.advance_time(59.0).await.unwrap();
    assert!(answers().await.contains(&"broken".to_owned()), "one failed check is not enough");
    stage.simulator.advance_time(61.0).await.unwrap();
    assert_eq!(answers().await, ["sound", "sound"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_port_of_the_process_bypasses_the_proxy_server() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let short = Settings { time_scale: 1000.0, process_seconds: 1.0, ..Settings::default() };
    let stage = stage_with(short).await;
    let own = [variable("STATUS", "200"), variable("OWN_PORT", &port), process("Port", &port)];
    drop(listener);
    create(&stage, &[balanced("1"), own.to_vec()].concat()).await;
    stage.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    assert_eq!(body(&stage, "/").await, "sound");
}

/// The causes of the health of each instance.
async fn causes(stage: &Stage) -> Vec<String> {
    let request = stage.client.describe_instances_health().environment_name("shop-a");
    let answer = request.attribute_names(InstancesHealthAttribute::Causes).send().await.unwrap();
    answer.instance_health_list().iter().flat_map(|one| one.causes().to_vec()).collect()
}
