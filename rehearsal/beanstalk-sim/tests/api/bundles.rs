//! Bundles in the shapes of public ones, on their platforms. Each needs only its language's standard library.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use aws_sdk_elasticbeanstalk::types::{ConfigurationOptionSetting, EnvironmentTier};
use beanstalk_sim::Settings;
use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::stage::{Stage, health, option, stage, stage_with};

const NODE: &str = "64bit Amazon Linux 2023 v6.6.6 running Node.js 22";
pub(crate) const PYTHON: &str = "64bit Amazon Linux 2023 v4.7.2 running Python 3.13";
const JAVA: &str = "64bit Amazon Linux 2023 v4.7.1 running Corretto 21";
pub(crate) const VARIABLES: &str = "aws:elasticbeanstalk:application:environment";
const CNAME: &str = "shop-a.us-east-1.elasticbeanstalk.com";
pub(crate) const SUCCESS: &str = "Environment update completed successfully.";

/// A Node.js server; `PORT` stands for its expression of the port.
const SERVER: &str = "require('http').createServer((request, answer) => answer.end('node ' + (process.env.COLOUR || ''))).listen(PORT, '127.0.0.1');\n";

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

impl Stage {
    /// Creates an environment on a platform, with the sample application.
    pub(crate) async fn environment_on(&self, stack: &str, options: &[ConfigurationOptionSetting]) {
        let mut all = crate::stage::usual().to_vec();
        all.extend_from_slice(options);
        let create = self.client.create_environment().application_name(crate::stage::APPLICATION);
        let create =
            create.environment_name("shop-a").cname_prefix("shop-a").solution_stack_name(stack);
        create.set_option_settings(Some(all)).send().await.unwrap();
        self.until("shop-a", |environment| health(environment) == "Ready Ok").await;
    }

    /// Deploys files, and returns the events.
    pub(crate) async fn deploy_files(&self, label: &str, files: &[(&str, &str)]) -> String {
        self.version(label, files).await;
        self.deploy("shop-a", label).await
    }

    pub(crate) async fn page(&self) -> String {
        self.get(CNAME, "/").await.unwrap().text().await.unwrap()
    }
}

/// A folder in which the steps of bundles leave marks, and the property that names it.
pub(crate) fn marks() -> (TempDir, ConfigurationOptionSetting) {
    let folder = tempfile::tempdir().unwrap();
    let property = option(VARIABLES, "MARKS", folder.path().to_str().unwrap());
    (folder, property)
}

/// The marks so far.
pub(crate) fn marked(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("marks")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn node_without_a_procfile_runs_its_script() {
    let stage = stage().await;
    stage.environment_on(NODE, &[option(VARIABLES, "COLOUR", "green")]).await;
    let script = SERVER.replace("PORT", "process.env.PORT || 8080");
    let events = stage.deploy_files("node", &[("app.js", &script)]).await;
    assert!(
        events.contains("INFO  Instance deployment successfully generated a 'Procfile'."),
        "{events}"
    );
    assert!(events.ends_with(SUCCESS), "{events}");
    assert_eq!(stage.page().await, "node green");
}

#[tokio::test(flavor = "multi_thread")]
async fn node_on_the_port_of_the_platform_is_reached_there_by_one_instance() {
    let stage = stage().await;
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    stage.environment_on(NODE, &[option(VARIABLES, "PORT", &port)]).await;
    let files = [("server.js", SERVER.replace("PORT", &port))];
    let files = files.each_ref().map(|(name, content)| (*name, content.as_str()));
    let events = stage.deploy_files("fixed", &files).await;
    assert!(events.ends_with(SUCCESS), "{events}");
    assert_eq!(stage.page().await, "node ");
    let tail = stage.tail("shop-a").await;
    assert!(
        tail.contains(&format!("and listens on port {port}; requests are passed there")),
        "{tail}"
    );

    let update = stage.client.update_environment().environment_name("shop-a");
    let two = option("aws:autoscaling:asg", "MinSize", "2");
    update.option_settings(two).send().await.unwrap();
    stage.wait(async || (stage.instance_ids("shop-a").await.len() == 2).then_some(())).await;
    stage.until("shop-a", |environment| health(environment).starts_with("Ready")).await;
    let events = stage.deploy("shop-a", "fixed").await;
    assert!(events.contains("[Successful: 1, Failed: 1]"), "{events}");
}

#[tokio::test(flavor = "multi_thread")]
async fn npm_start_finds_programs_behind_links_in_node_modules() {
    if !has("npm") {
        return;
    }
    let stage = stage().await;
    stage.environment_on(NODE, &[]).await;
    let package = r#"{"name": "shop", "scripts": {"start": "serve"}, "engines": {"node": "22"}, "dependencies": {"serve": "1"}}"#;
    let program = format!("#!/usr/bin/env node\n{}", SERVER.replace("PORT", "process.env.PORT"));
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for (name, content, mode) in
        [("package.json", package, 0o644), ("node_modules/serve/cli.js", program.as_str(), 0o755)]
    {
        writer.start_file(name, options.unix_permissions(mode)).unwrap();
        std::io::Write::write_all(&mut writer, content.as_bytes()).unwrap();
    }
    writer.add_symlink("node_modules/.bin/serve", "../serve/cli.js", options).unwrap();
    stage.version_of("npm", writer.finish().unwrap().into_inner()).await;
    let events = stage.deploy("shop-a", "npm").await;
    assert!(events.ends_with(SUCCESS), "{events}");
    assert_eq!(stage.page().await, "node ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_without_a_start_fails_with_the_event_of_the_platform_and_the_old_one_stays() {
    let stage = stage().await;
    stage.environment_on(NODE, &[]).await;
    insta::assert_snapshot!(stage.deploy_files("pages", &[("index.html", "")]).await, @r"
    INFO  Environment update is starting.
    INFO  Deploying new version to instance(s).
    ERROR Instance deployment failed to generate a 'Procfile' for Node.js. Provide one of these files: 'package.json', 'server.js', or 'app.js'. The deployment failed.
    ERROR Instance deployment failed. For details, see 'eb-engine.log'.
    ERROR [Instance: i-1] Command failed on instance. Return code: 1 Output: Engine execution has encountered an error..
    INFO  Command execution completed on all instances. Summary: [Successful: 0, Failed: 1].
    ERROR Unsuccessful command execution on instance id(s) 'i-1'. Aborting the operation.
    ERROR Failed to deploy application.
    ERROR During an aborted deployment, some instances may have deployed the new application version. To ensure all instances are running the same version, re-deploy the appropriate application version.
    ");
    assert!(stage.page().await.contains("Congratulations"));
    assert_eq!(stage.instances("shop-a").await, ["pages #2 Failed"]);
}

/// A WSGI application like one of Flask.
pub(crate) const WSGI: &str = "import os\n\ndef application(environ, start_response):\n    environ['wsgi.input'].read(int(environ.get('CONTENT_LENGTH') or 0))\n    start_response('200 OK', [('content-type', 'text/plain')])\n    return [os.environ.get('COLOUR', 'none').encode()]\n";

#[tokio::test(flavor = "multi_thread")]
async fn flask_without_a_procfile_is_served_with_the_properties_of_its_configuration_file() {
    let stage = stage().await;
    stage.environment_on(PYTHON, &[]).await;
    let config = "option_settings:\n  - option_name: COLOUR\n    value: blue\n";
    let files = [
        ("application.py", WSGI),
        (".ebextensions/python.config", config),
        ("requirements.txt", "flask\n"),
    ];
    let events = stage.deploy_files("flask", &files).await;
    assert!(events.contains("WARN  Not run on this machine, and therefore not rehearsed: `pip install -r requirements.txt` (needs the network)"), "{events}");
    assert!(events.ends_with(SUCCESS), "{events}");
    assert_eq!(stage.page().await, "blue");

    let update = stage.client.update_environment().environment_name("shop-a");
    update.option_settings(option(VARIABLES, "COLOUR", "red")).send().await.unwrap();
    stage.wait(async || (stage.page().await == "red").then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn django_migrates_on_the_leader_and_after_the_deployment() {
    let stage = stage().await;
    let (folder, property) = marks();
    stage.environment_on(PYTHON, &[property, option("aws:autoscaling:asg", "MinSize", "2")]).await;
    let manage =
        "import os, sys\nopen(os.environ['MARKS'] + '/marks', 'a').write(sys.argv[1] + '\\n')\n";
    let config = "packages:\n  yum:\n    mariadb105-devel: []\ncontainer_commands:\n  01_migrate:\n    command: python3 manage.py migrate\n    leader_only: true\noption_settings:\n  aws:elasticbeanstalk:container:python:\n    WSGIPath: shop/wsgi.py\n";
    let hook = "#!/bin/bash\npython3 manage.py collect\n";
    let files = [
        ("manage.py", manage),
        ("shop/wsgi.py", WSGI),
        (".ebextensions/django.config", config),
        (".platform/hooks/postdeploy/01_collect.sh", hook),
    ];
    let events = stage.deploy_files("django", &files).await;
    assert!(events.ends_with(SUCCESS), "{events}");
    assert!(events.contains("`packages` `yum` of `.ebextensions/django.config`"), "{events}");
    assert_eq!(marked(folder.path()), ["migrate", "collect", "collect"]);
    assert_eq!(stage.page().await, "none");
}

#[tokio::test(flavor = "multi_thread")]
async fn java_is_built_by_its_buildfile() {
    if !has("javac") || !has("jar") {
        return;
    }
    let stage = stage().await;
    stage.environment_on(JAVA, &[]).await;
    let main = r#"import com.sun.net.httpserver.HttpServer;
public class Main {
    public static void main(String[] words) throws Exception {
        int port = Integer.parseInt(System.getenv("PORT"));
        HttpServer server = HttpServer.create(new java.net.InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/", it -> { it.sendResponseHeaders(200, 4); it.getResponseBody().write("java".getBytes()); it.close(); });
        server.start();
    }
}
"#;
    let build =
        "build: javac Main.java && jar --create --file application.jar --main-class Main *.class\n";
    let events = stage.deploy_files("java", &[("Main.java", main), ("Buildfile", build)]).await;
    assert!(
        events.contains(
            "INFO  Instance deployment successfully detected a JAR file in your source bundle."
        ),
        "{events}"
    );
    assert!(events.ends_with(SUCCESS), "{events}");
    assert_eq!(stage.page().await, "java");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_as_large_as_nginx_allows() {
    let stage = stage().await;
    stage.environment_on(PYTHON, &[]).await;
    let post = async |bytes: usize| {
        let address = stage.simulator.address_of(CNAME).unwrap();
        let url = format!("http://{address}:{}/", stage.simulator.data_port());
        let request = crate::stage::http().post(url).body(vec![b'x'; bytes]);
        request.send().await.unwrap().status().as_u16()
    };
    let limit = "client_max_body_size 3M;\n";
    stage.deploy_files("usual", &[("application.py", WSGI)]).await;
    assert_eq!((post(1024).await, post(2 * 1024 * 1024).await), (200, 413));
    let files = [("application.py", WSGI), (".platform/nginx/conf.d/upload.conf", limit)];
    stage.deploy_files("larger", &files).await;
    assert_eq!((post(2 * 1024 * 1024).await, post(4 * 1024 * 1024).await), (200, 413));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_gets_its_periodic_tasks() {
    let settings = Settings {
        manual_time: true,
        start_time: Some("2026-11-30T08:50:00Z".parse().unwrap()),
        ..Settings::default()
    };
    let stage = stage_with(settings).await;
    let (folder, property) = marks();
    let application = "import os\n\ndef application(environ, start_response):\n    names = ['PATH_INFO', 'HTTP_X_AWS_SQSD_TASKNAME', 'HTTP_X_AWS_SQSD_SCHEDULED_AT']\n    if environ['REQUEST_METHOD'] == 'POST':\n        open(os.environ['MARKS'] + '/marks', 'a').write(' '.join(environ[name] for name in names) + '\\n')\n    start_response('200 OK', [])\n    return []\n";
    let cron =
        "version: 1\ncron:\n  - name: backup\n    url: /backup\n    schedule: \"0 */3 * * *\"\n";
    stage.version("worker", &[("application.py", application), ("cron.yaml", cron)]).await;
    let tier = EnvironmentTier::builder().name("Worker").r#type("SQS/HTTP").build();
    let mut options = crate::stage::usual().to_vec();
    options.push(property);
    let create = stage.client.create_environment().application_name(crate::stage::APPLICATION);
    let create = create.environment_name("shop-a").version_label("worker").tier(tier);
    let create = create.solution_stack_name(PYTHON).set_option_settings(Some(options));
    create.send().await.unwrap();
    stage.simulator.advance_time(300.0).await.unwrap();
    assert!(marked(folder.path()).is_empty());
    stage.simulator.advance_time(420.0).await.unwrap();
    assert_eq!(marked(folder.path()), ["/backup backup 2026-11-30T09:00:00Z"]);

    stage
        .version("bad", &[("application.py", application), ("cron.yaml", "version: 3\ncron: []\n")])
        .await;
    stage.begin("shop-a", "bad").await;
    stage.simulator.advance_time(300.0).await.unwrap();
    let events = stage.client.describe_events().environment_name("shop-a").send().await.unwrap();
    let failed = events
        .events()
        .iter()
        .any(|event| event.message() == Some("Failed to deploy application."));
    assert!(failed, "{:?}", events.events());
}
