//! The cloud as a whole: AWS, Elastic Beanstalk, DNS, New Relic and GitHub.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_config::SdkConfig;
use beanstalk_sim::Simulator;
use tokio::sync::Mutex;

use crate::dns::{DnsServer, Resolver};
use crate::endpoints::Endpoints;
use crate::error::Error;
use crate::files::RunFolder;
use crate::gate::Gate;
use crate::github::GitHub;
use crate::ministack::{self, Launch, Ministack};
use crate::recorder::Recorder;
use crate::settings::Settings;
use crate::shared::SharedResources;
use crate::traffic::Traffic;
use crate::venv::Venv;
use crate::{http, ports};

/// The number of starts, each on other ports, if another process takes a free port meanwhile.
const TRIES: usize = 5;

/// A running local cloud. All of it ends with this value, and with this process, even if the process is killed.
pub struct Cloud {
    settings: Settings,
    endpoints: Endpoints,
    aws: SdkConfig,
    beanstalk: SdkConfig,
    ministack: Ministack,
    simulator: Arc<Simulator>,
    dns: DnsServer,
    recorder: Recorder,
    github: GitHub,
    gate: Option<Gate>,
    resolver: Resolver,
    run: RunFolder,
    shared: Mutex<SharedResources>,
}

impl Cloud {
    /// Starts all services and waits until they answer. The first start installs the AWS emulator.
    ///
    /// Takes about a second if the emulator is installed. Must be called within a tokio runtime; the cloud works as
    /// long as that runtime does.
    pub async fn start(settings: Settings) -> Result<Self, Error> {
        settings.check()?;
        let python = install(&settings).await?;
        let mut tries = 1..=TRIES;
        loop {
            let last = tries.next().is_none_or(|number| number == TRIES);
            match Self::start_once(&settings, &python).await {
                Err(Error::PortInUse { port }) if settings.ports.aws == 0 && !last => {
                    tracing::debug!("port {port} was taken meanwhile; trying another port");
                }
                outcome => return outcome,
            }
        }
    }

    async fn start_once(settings: &Settings, python: &Path) -> Result<Self, Error> {
        settings.progress.say("starting the local cloud");
        let run = RunFolder::create(&settings.folder())?;
        let aws_port =
            if settings.ports.aws == 0 { ports::free_tcp()? } else { settings.ports.aws };
        let aws = http::sdk_config(&ministack::url(aws_port));
        let (simulator, recorder, github) = tokio::join!(
            Simulator::start(simulator_settings(settings, aws_port)),
            Recorder::start(settings.ports.recorder),
            GitHub::start(settings.ports.github)
        );
        let (simulator, recorder, github) = (Arc::new(simulator?), recorder?, github?);
        let addresses = Arc::clone(&simulator);
        let address_of = Box::new(move |name: &str| addresses.address_of(name));
        let route53 = aws_sdk_route53::Client::new(&aws);
        let dns = DnsServer::start(settings.ports.dns, route53, address_of, settings.platform_ttl)?;
        let resolver = Resolver::new(dns.address())?;
        let endpoints = Endpoints {
            aws: ministack::url(aws_port),
            beanstalk: simulator.url(),
            dns: dns.address(),
            recorder: recorder.url(),
            new_relic: recorder.new_relic_url(),
            github: github.url(),
            data_port: simulator.data_port(),
        };
        let gate = if settings.gate {
            Some(Gate::start(&endpoints.aws, &endpoints.beanstalk).await?)
        } else {
            None
        };
        let launch = Launch {
            python: python.to_owned(),
            folder: run.path().to_owned(),
            port: aws_port,
            environment: function_environment(settings, &endpoints, gate.as_ref()),
            wait_scale: settings.wait_scale,
        };
        let ministack = Ministack::start(&launch).await?;
        let beanstalk = http::sdk_config(&endpoints.beanstalk);
        Ok(Self {
            settings: settings.clone(),
            endpoints,
            aws,
            beanstalk,
            ministack,
            simulator,
            dns,
            recorder,
            github,
            gate,
            resolver,
            run,
            shared: Mutex::default(),
        })
    }

    /// The configuration for clients of every AWS service except Elastic Beanstalk and Auto Scaling.
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.aws
    }

    /// The configuration for clients of Elastic Beanstalk and Auto Scaling.
    pub fn beanstalk_config(&self) -> &SdkConfig {
        &self.beanstalk
    }

    /// The addresses of all services.
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The environment variables with which `aws`, `eb`, `mist` and every other AWS client call this cloud.
    pub fn environment_variables(&self) -> BTreeMap<String, String> {
        self.endpoints.environment_variables()
    }

    /// The simulator of Elastic Beanstalk, to set faults and to read its calls.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The recorder, which stands for New Relic and other web services.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// The local GitHub, to create repositories and to read their deployments.
    pub fn github(&self) -> &GitHub {
        &self.github
    }

    /// The gate between functions and services; `None` unless [`Settings::gate`] is set.
    pub fn gate(&self) -> Option<&Gate> {
        self.gate.as_ref()
    }

    /// A DNS client of this cloud. All clones share one cache.
    pub fn resolver(&self) -> Resolver {
        self.resolver.clone()
    }

    /// The address of the DNS server, for UDP and TCP.
    pub fn dns_address(&self) -> SocketAddr {
        self.dns.address()
    }

    /// The port of the sites of all environments.
    pub fn data_port(&self) -> u16 {
        self.endpoints.data_port
    }

    /// Sends `per_second` requests per second to `url`, each on a new connection, until it is stopped.
    pub fn traffic(&self, url: &str, per_second: u32) -> Result<Traffic, Error> {
        // Its own cache: traffic is one more client, with the DNS answers that such a client has.
        Traffic::start(url, per_second, Resolver::new(self.dns.address())?)
    }

    /// The path of the log of the AWS emulator and its functions.
    pub fn aws_log(&self) -> &Path {
        self.ministack.log()
    }

    /// The folder with the logs of this start of the cloud.
    pub fn run_folder(&self) -> &Path {
        self.run.path()
    }

    /// Stops all services and waits until they have ended.
    pub async fn stop(&self) {
        tokio::join!(self.ministack.stop(), self.simulator.stop());
    }

    /// Deletes all resources and recorded requests. Addresses stay the same.
    pub async fn reset(&self) -> Result<(), Error> {
        let mut shared = self.shared.lock().await;
        let (beanstalk, aws) = tokio::join!(
            http::post(format!("{}/_sim/reset", self.endpoints.beanstalk)),
            self.ministack.reset()
        );
        beanstalk.and(aws)?;
        self.recorder.reset();
        self.github.reset();
        if let Some(gate) = &self.gate {
            gate.reset();
        }
        self.resolver.forget();
        *shared = SharedResources::default();
        Ok(())
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.aws)
            .force_path_style(true)
            // Sums over tens of megabytes that never leave the machine.
            .request_checksum_calculation(
                aws_sdk_s3::config::RequestChecksumCalculation::WhenRequired,
            )
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.settings.folder()
    }

    pub(crate) fn shared(&self) -> &Mutex<SharedResources> {
        &self.shared
    }
}

async fn install(settings: &Settings) -> Result<PathBuf, Error> {
    let venv = Venv {
        name: "the AWS emulator",
        requirements: include_str!("../../../infra/local/requirements.txt"),
        folder: settings.installed.join("mist-local"),
        python: settings.python.clone(),
    };
    let what = format!("still installing {}", venv.name);
    let install =
        async |progress| tokio::task::spawn_blocking(move || venv.ensure(&progress)).await;
    let installing = settings.progress.during(&what, install).await;
    installing
        .map_err(|_| Error::Invalid { value: "installation".to_owned(), expected: "finished" })?
}

fn simulator_settings(settings: &Settings, aws_port: u16) -> beanstalk_sim::Settings {
    beanstalk_sim::Settings {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, settings.ports.beanstalk)),
        data_port: Some(settings.ports.data).filter(|port| *port != 0),
        first_address: settings.first_address,
        region: http::REGION.to_owned(),
        account: http::ACCOUNT.to_owned(),
        application_quota: settings.application_quota,
        environment_quota: settings.environment_quota,
        time_scale: settings.time_scale,
        deploy_seconds: settings.deploy_seconds,
        s3_endpoint: Some(ministack::url(aws_port)),
        events_endpoint: Some(ministack::url(aws_port)),
        ..beanstalk_sim::Settings::default()
    }
}

fn function_environment(
    settings: &Settings,
    endpoints: &Endpoints,
    gate: Option<&Gate>,
) -> BTreeMap<String, String> {
    let mut variables = (settings.function_environment)(endpoints);
    let mut set = |name: &str, url: String| variables.insert(name.to_owned(), url);
    let beanstalk = gate.map_or_else(|| endpoints.beanstalk.clone(), Gate::beanstalk_url);
    set("AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", beanstalk.clone());
    set("AWS_ENDPOINT_URL_AUTO_SCALING", beanstalk);
    // Without a gate, the emulator sets its own address.
    if let Some(gate) = gate {
        set("AWS_ENDPOINT_URL", gate.aws_url());
    }
    variables
}
