//! The stage of the tests: a fast simulator, a client, and functions that wait.

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_elasticbeanstalk::Client;
use aws_sdk_elasticbeanstalk::config::retry::RetryConfig;
use aws_sdk_elasticbeanstalk::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_elasticbeanstalk::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_elasticbeanstalk::operation::RequestId;
use aws_sdk_elasticbeanstalk::types::{
    ConfigurationOptionSetting, EnvironmentDescription, EnvironmentInfoType, EventDescription,
    InstancesHealthAttribute, S3Location,
};
use beanstalk_sim::{MemoryBundles, Settings, Simulator};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The application of all tests.
pub(crate) const APPLICATION: &str = "shop";
/// The timeout of all waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// The last messages of operations.
const LAST_WORDS: [&str; 7] = [
    "Environment update completed successfully.",
    "re-deploy the appropriate application version.",
    "operation is complete, but with errors.",
    "Successfully launched environment",
    "reverted to the previous configuration",
    "Completed swapping CNAMEs",
    "terminateEnvironment completed",
];

pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    pub(crate) client: Client,
    pub(crate) bundles: Arc<MemoryBundles>,
}

/// A simulator that runs a thousand times faster than the real service.
pub(crate) async fn stage() -> Stage {
    stage_with(Settings { time_scale: 1000.0, ..Settings::default() }).await
}

/// A simulator with an application that has the versions `v1` and `v2`.
pub(crate) async fn stage_with(settings: Settings) -> Stage {
    let bundles = Arc::new(MemoryBundles::default());
    let simulator =
        Simulator::start_with(settings, Arc::<MemoryBundles>::clone(&bundles)).await.unwrap();
    let client = client(&simulator.url());
    let stage = Stage { simulator, client, bundles };
    stage.client.create_application().application_name(APPLICATION).send().await.unwrap();
    for label in ["v1", "v2"] {
        stage.version(label, &[("index.html", &format!("<h1>{label}</h1>"))]).await;
    }
    stage
}

/// A client without retries.
pub(crate) fn client(endpoint: &str) -> Client {
    let config = aws_sdk_elasticbeanstalk::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("AKIDTEST", "secret", None, None, "tests"))
        .endpoint_url(endpoint)
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

pub(crate) fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        writer.start_file(*path, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(crate) fn option(namespace: &str, name: &str, value: &str) -> ConfigurationOptionSetting {
    ConfigurationOptionSetting::builder()
        .namespace(namespace)
        .option_name(name)
        .value(value)
        .build()
}

/// A single instance with enhanced health, unlike the defaults of the API.
pub(crate) fn usual() -> [ConfigurationOptionSetting; 2] {
    [
        option("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance"),
        option("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced"),
    ]
}

/// Code and message of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug, E: ProvideErrorMetadata>(
    result: Result<T, SdkError<E>>,
) -> String {
    let error = result.expect_err("a refusal");
    format!("{}: {}", error.code().unwrap_or("?"), error.message().unwrap_or("?"))
}

impl Stage {
    /// Adds a version with these files.
    pub(crate) async fn version(&self, label: &str, files: &[(&str, &str)]) {
        self.version_of(label, zip(files)).await;
    }

    /// Adds a version with these bytes for a bundle.
    pub(crate) async fn version_of(&self, label: &str, bundle: Vec<u8>) {
        self.bundles.put("bundles", label, bundle);
        let location = S3Location::builder().s3_bucket("bundles").s3_key(label).build();
        let request = self.client.create_application_version().application_name(APPLICATION);
        request.version_label(label).source_bundle(location).send().await.unwrap();
    }

    /// Creates an environment with version `v1` and waits until it is healthy.
    pub(crate) async fn environment(&self, name: &str) {
        self.environment_with(name, &[]).await;
    }

    pub(crate) async fn environment_with(
        &self,
        name: &str,
        options: &[ConfigurationOptionSetting],
    ) {
        self.create(name, options).await;
        self.until(name, |environment| health(environment) == "Ready Ok").await;
    }

    /// Begins to create an environment with version `v1`.
    pub(crate) async fn create(&self, name: &str, options: &[ConfigurationOptionSetting]) {
        let request =
            self.client.create_environment().application_name(APPLICATION).environment_name(name);
        // The usual settings come first, so settings of the test override them.
        let mut all = usual().to_vec();
        all.extend_from_slice(options);
        let request = request.cname_prefix(name).version_label("v1").set_option_settings(Some(all));
        request.send().await.unwrap();
    }

    /// Begins a deployment. Returns the request ID.
    pub(crate) async fn begin(&self, name: &str, label: &str) -> String {
        let request = self.client.update_environment().environment_name(name).version_label(label);
        request.send().await.unwrap().request_id().unwrap().to_owned()
    }

    /// Deploys, waits for the end, and returns the events.
    pub(crate) async fn deploy(&self, name: &str, label: &str) -> String {
        let request_id = self.begin(name, label).await;
        self.until(name, |environment| status(environment) == "Ready").await;
        self.last_words(&request_id).await
    }

    /// The events of a request, after its last one.
    pub(crate) async fn last_words(&self, request_id: &str) -> String {
        self.wait(async || {
            let events = self.events_of(request_id).await;
            let last = events.last()?;
            LAST_WORDS.iter().any(|words| last.contains(words)).then(|| events.join("\n"))
        })
        .await
    }

    /// The events of a request, oldest first, without instances' random names.
    pub(crate) async fn events_of(&self, request_id: &str) -> Vec<String> {
        let mut events = self
            .client
            .describe_events()
            .request_id(request_id)
            .send()
            .await
            .unwrap()
            .events
            .unwrap();
        events.reverse();
        events.iter().map(line).collect()
    }

    pub(crate) async fn describe(&self, name: &str) -> Option<EnvironmentDescription> {
        let request =
            self.client.describe_environments().environment_names(name).include_deleted(false);
        request.send().await.unwrap().environments.unwrap_or_default().into_iter().next()
    }

    /// Waits until the environment meets a condition.
    pub(crate) async fn until(
        &self,
        name: &str,
        wanted: impl Fn(&EnvironmentDescription) -> bool,
    ) -> EnvironmentDescription {
        self.wait(async || self.describe(name).await.filter(|environment| wanted(environment)))
            .await
    }

    /// Waits until there is an answer.
    pub(crate) async fn wait<T>(&self, attempt: impl AsyncFn() -> Option<T>) -> T {
        let mut interval = tokio::time::interval(Duration::from_millis(5));
        let answer = async {
            loop {
                if let Some(answer) = attempt().await {
                    return answer;
                }
                interval.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, answer).await.expect("what was waited for")
    }

    /// The deployment of each instance: version, number and status.
    pub(crate) async fn instances(&self, name: &str) -> Vec<String> {
        let request = self.client.describe_instances_health().environment_name(name);
        let answer = request.attribute_names(InstancesHealthAttribute::All).send().await.unwrap();
        let instances = answer.instance_health_list.unwrap_or_default();
        let line = |deployment: &aws_sdk_elasticbeanstalk::types::Deployment| {
            let version = deployment.version_label().unwrap_or("-");
            format!(
                "{version} #{} {}",
                deployment.deployment_id().unwrap_or_default(),
                deployment.status().unwrap_or("-")
            )
        };
        instances.iter().filter_map(|instance| instance.deployment()).map(line).collect()
    }

    pub(crate) async fn instance_ids(&self, name: &str) -> Vec<String> {
        let request = self.client.describe_environment_resources().environment_name(name);
        let resources = request.send().await.unwrap().environment_resources.unwrap();
        resources.instances().iter().filter_map(|instance| instance.id.clone()).collect()
    }

    /// The last lines of the first instance's logs, as `eb logs` fetches them.
    pub(crate) async fn tail(&self, name: &str) -> String {
        let kind = EnvironmentInfoType::Tail;
        let request = self.client.request_environment_info().environment_name(name);
        request.info_type(kind.clone()).send().await.unwrap();
        let url = self
            .wait(async || {
                let request = self.client.retrieve_environment_info().environment_name(name);
                let answer = request.info_type(kind.clone()).send().await.unwrap();
                answer.environment_info().first()?.message.clone()
            })
            .await;
        http().get(url).send().await.unwrap().text().await.unwrap()
    }

    /// Requests a path of an environment's site, by its host name.
    pub(crate) async fn get(&self, cname: &str, path: &str) -> reqwest::Result<reqwest::Response> {
        let address = self.simulator.address_of(cname).unwrap();
        let url = format!("http://{address}:{}{path}", self.simulator.data_port());
        http().get(url).send().await
    }

    /// Version header and body of the home page.
    pub(crate) async fn home(&self, cname: &str) -> String {
        let response = self.get(cname, "/").await.unwrap();
        let version = response.headers()["x-application-version"].to_str().unwrap().to_owned();
        format!("{version}: {}", response.text().await.unwrap())
    }
}

/// An HTTP client that keeps no connections.
pub(crate) fn http() -> reqwest::Client {
    // A second installation fails, which is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().pool_max_idle_per_host(0).timeout(PATIENCE).build().unwrap()
}

pub(crate) fn status(environment: &EnvironmentDescription) -> &str {
    environment.status().unwrap().as_str()
}

/// Status and health status, such as `Ready Ok`.
pub(crate) fn health(environment: &EnvironmentDescription) -> String {
    let health = environment.health_status().map_or("-", |health| health.as_str());
    format!("{} {health}", status(environment))
}

pub(crate) fn line(event: &EventDescription) -> String {
    let message = masked(event.message().unwrap_or_default());
    format!("{:<5} {message}", event.severity().unwrap().as_str())
}

/// The message without the random parts of names.
fn masked(message: &str) -> String {
    let random = [("i-", 17), ("awseb-e-", 10), ("AutoScalingGroup-", 12), ("awseb-AWSEB-", 12)];
    random.into_iter().fold(message.to_owned(), |message, (before, length)| {
        let mut parts = message.split(before);
        let mut masked = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let is_name = part.chars().take_while(char::is_ascii_alphanumeric).count() == length;
            masked += before;
            masked += if is_name { "1" } else { "" };
            masked += if is_name { &part[length..] } else { part };
        }
        masked
    })
}
