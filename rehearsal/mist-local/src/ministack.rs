//! ministack, the emulator of AWS, as a child process that ends with this process.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::error::{Context, Error};
use crate::wait::pause;
use crate::{files, http, ports};

/// The program that runs the emulator, its changes to the emulator, and the guard in front of it.
const LAUNCHER: [(&str, &str); 3] = [
    ("launcher.py", include_str!("launcher.py")),
    ("as_on_aws.py", include_str!("as_on_aws.py")),
    ("guard.py", include_str!("guard.py")),
];

/// The longest time until the emulator answers for the first time.
const START_LIMIT: Duration = Duration::from_mins(1);

/// The longest time until it has ended after a request to stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// The settings of an emulator.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// The Python with the emulator's packages.
    pub(crate) python: PathBuf,
    /// The folder of the launcher, the log and the scratch folder.
    pub(crate) folder: PathBuf,
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    /// The environment variables of its functions, besides those of every emulator.
    pub(crate) environment: BTreeMap<String, String>,
    /// The factor of the waits of Step Functions; `None` leaves them unchanged.
    pub(crate) wait_scale: Option<f64>,
}

/// A running emulator. It ends with this value, and with this process, even if the process is killed.
#[derive(Debug)]
pub(crate) struct Ministack {
    port: u16,
    log: PathBuf,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    launcher: Child,
    /// The pipe whose end makes the launcher stop the emulator.
    lifeline: Option<ChildStdin>,
}

#[derive(Deserialize)]
struct Health {
    edition: String,
}

impl Ministack {
    /// Starts an emulator and waits until it answers.
    ///
    /// Fails with [`Error::PortInUse`] if another process has the port.
    pub(crate) async fn start(launch: &Launch) -> Result<Self, Error> {
        // An answer without this word comes from another emulator on the port.
        let edition = format!("mist-{:016x}", ports::random());
        let log = launch.folder.join("ministack.log");
        let ministack = Self {
            port: launch.port,
            running: Mutex::new(Some(spawn(launch, &log, &edition)?)),
            log,
        };
        ministack.wait_until_ready(&edition).await?;
        Ok(ministack)
    }

    /// The URL of the emulator, such as `http://127.0.0.1:24566`.
    pub(crate) fn url(&self) -> String {
        url(self.port)
    }

    /// The file with the output of the emulator and its functions.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// Deletes all its resources.
    pub(crate) async fn reset(&self) -> Result<(), Error> {
        http::post(format!("{}/_ministack/reset", self.url())).await
    }

    /// Stops it and its functions, and waits until they have ended. Does nothing the second time.
    pub(crate) async fn stop(&self) {
        let Some(mut running) = self.take() else { return };
        drop(running.lifeline.take());
        let deadline = Instant::now() + STOP_LIMIT;
        while Instant::now() < deadline && matches!(running.launcher.try_wait(), Ok(None)) {
            pause(Duration::from_millis(10)).await;
        }
    }

    async fn wait_until_ready(&self, edition: &str) -> Result<(), Error> {
        let client = http::client(Duration::from_secs(2))?;
        let url = format!("{}/_ministack/health", self.url());
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if let Some(status) = self.exit_status() {
                return Err(self.ended(&status));
            }
            if let Ok(answer) = client.get(&url).send().await
                && let Ok(health) = answer.json::<Health>().await
            {
                return if health.edition == edition {
                    Ok(())
                } else {
                    Err(Error::PortInUse { port: self.port })
                };
            }
            pause(Duration::from_millis(20)).await;
        }
        let reason = format!("no answer within {} s", START_LIMIT.as_secs());
        Err(Error::Emulator { reason, log_tail: files::tail(&self.log, 20) })
    }

    fn exit_status(&self) -> Option<String> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let status = running.as_mut()?.launcher.try_wait().ok()??;
        Some(status.to_string())
    }

    fn ended(&self, status: &str) -> Error {
        let log_tail = files::tail(&self.log, 20);
        if log_tail.contains("already in use") {
            return Error::PortInUse { port: self.port };
        }
        Error::Emulator { reason: status.to_owned(), log_tail }
    }

    fn take(&self) -> Option<Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Waits for the launcher in the background, so that a long-lived process keeps no zombie.
impl Drop for Ministack {
    fn drop(&mut self) {
        if let Some(mut running) = self.take() {
            drop(running.lifeline.take());
            std::thread::spawn(move || running.launcher.wait());
        }
    }
}

/// The address of an emulator on `port`.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn spawn(launch: &Launch, log: &Path, edition: &str) -> Result<Running, Error> {
    use std::os::unix::process::CommandExt as _;

    check_free(launch.port)?;
    let scratch = launch.folder.join("scratch");
    files::make_private_folder(&scratch)?;
    for (name, text) in LAUNCHER {
        let path = launch.folder.join(name);
        fs::write(&path, text).context(|| format!("write `{}`", path.display()))?;
    }
    let output = files::make_private(log)?;
    let errors = output.try_clone().context(|| format!("share `{}`", log.display()))?;
    let mut launcher = Command::new(&launch.python)
        .arg("-I")
        .arg(launch.folder.join(LAUNCHER[0].0))
        .arg(&scratch)
        .env_clear()
        .envs(environment(launch, &scratch, edition))
        .current_dir(&scratch)
        .stdin(Stdio::piped())
        .stdout(output)
        .stderr(errors)
        .process_group(0)
        .spawn()
        .context(|| format!("start `{}`", launch.python.display()))?;
    let lifeline = launcher.stdin.take();
    Ok(Running { launcher, lifeline })
}

/// Refuses a port in use: the emulator needs half a second to find out.
fn check_free(port: u16) -> Result<(), Error> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpStream::connect_timeout(&address, Duration::from_millis(500)) {
        Ok(_) => Err(Error::PortInUse { port }),
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err::<(), io::Error>(error).context(|| format!("check port {port}")),
    }
}

/// The environment variables of the emulator and of its functions: all of them, since nothing is inherited.
fn environment(launch: &Launch, scratch: &Path, edition: &str) -> BTreeMap<String, String> {
    let scratch = scratch.display().to_string();
    let mut variables: BTreeMap<String, String> = [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", &scratch),
        ("TMPDIR", &scratch),
        ("LANG", "C.UTF-8"),
        ("BIND_HOST", "127.0.0.1"),
        ("GATEWAY_PORT", &launch.port.to_string()),
        ("MINISTACK_EDITION", edition),
        ("IOT_MTLS_ENABLED", "0"),
        ("SFTP_ENABLED", "0"),
        // With a real Docker, it would remove the containers of other emulators.
        ("DOCKER_HOST", "unix:///nonexistent/docker.sock"),
        ("AWS_ENDPOINT_URL", &url(launch.port)),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    if let Some(scale) = launch.wait_scale {
        variables.insert("SFN_WAIT_SCALE".to_owned(), scale.to_string());
    }
    variables.extend(launch.environment.clone());
    variables
}
