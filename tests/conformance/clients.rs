//! Runs the clients, each once and in a local cloud of its own, and keeps what they called.

use std::collections::BTreeMap;
use std::fs;
use std::future::Future;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use mist_local::{Cloud, Progress, Settings, Venv};
use mist_rehearsal::Home;
use tokio::runtime::Builder;

use crate::{Result, rust_sdk};

/// The scale of time: a deployment of 42 s takes 0.7 s.
const TIME_SCALE: f64 = 60.0;

/// The command line of people at a terminal.
pub(crate) static EB: LazyLock<Run> = LazyLock::new(|| Run::of("eb", "eb", stories("with_eb")));
/// The command line of scripts.
pub(crate) static AWS: LazyLock<Run> = LazyLock::new(|| Run::of("aws", "aws", stories("with_aws")));
/// The library of most tools.
pub(crate) static BOTO3: LazyLock<Run> =
    LazyLock::new(|| Run::of("boto3", "boto3", stories("with_boto3")));
/// The library of mist.
pub(crate) static RUST_SDK: LazyLock<Run> =
    LazyLock::new(|| Run::of("rust-sdk", "Rust SDK", rust_sdk::story));
/// The event streams, read with boto3.
pub(crate) static STREAMS: LazyLock<Run> =
    LazyLock::new(|| Run::of("streams", "boto3", stories("streams")));

/// All clients.
pub(crate) fn all() -> [&'static Run; 5] {
    [&EB, &AWS, &BOTO3, &RUST_SDK, &STREAMS]
}

/// The result of the stories of a client.
pub(crate) struct Run {
    /// The client's name in the table of operations.
    pub(crate) client: &'static str,
    /// Every call that the simulator saw, one JSON document per line.
    pub(crate) records: PathBuf,
    failure: Option<String>,
}

/// The place of a client: a cloud of its own, and a folder.
pub(crate) struct Stage {
    pub(crate) cloud: Cloud,
    folder: PathBuf,
    python: PathBuf,
}

impl Run {
    fn of<F>(name: &str, client: &'static str, story: impl FnOnce(Stage) -> F) -> Self
    where
        F: Future<Output = Result<Stage>>,
    {
        let records = folder(name).join("records");
        let failure = run(name, story).err().map(|error| error.to_string());
        Self { client, records, failure }
    }

    /// Fails with everything that the client printed.
    pub(crate) fn outcome(&self) -> Result {
        self.failure.clone().map_or(Ok(()), |failure| Err(failure.into()))
    }
}

fn run<F>(name: &str, story: impl FnOnce(Stage) -> F) -> Result
where
    F: Future<Output = Result<Stage>>,
{
    let folder = folder(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(folder.join("home"))?;
    let python = python()?;
    let settings = Settings { time_scale: TIME_SCALE, ..Settings::new(Home::find()?.target()) };
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let cloud = Cloud::start(settings).await?;
        let stage = story(Stage { cloud, folder, python }).await?;
        stage.cloud.stop().await;
        Ok(())
    })
}

/// The stories of a Python module beside this file.
fn stories(module: &'static str) -> impl FnOnce(Stage) -> std::future::Ready<Result<Stage>> {
    move |stage| {
        let told = stage.run_python(&["-m", "unittest", module]);
        // Calls are kept even if a story fails: the other tests need those of the stories that succeeded.
        let kept = stage.keep_records();
        std::future::ready(told.and(kept).map(|()| stage))
    }
}

impl Stage {
    /// Writes the record of calls of the simulator to a file.
    pub(crate) fn keep_records(&self) -> Result {
        self.run_python(&["-m", "stage"])
    }

    fn run_python(&self, arguments: &[&str]) -> Result {
        let output = Command::new(&self.python)
            .args(arguments)
            .current_dir(here())
            .env_clear()
            .envs(self.environment()?)
            .stdin(Stdio::null())
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Err(format!("{}\n{out}{err}", arguments.join(" ")).into())
    }

    /// The variables that a user exports, and no others: none of ours may leak in.
    fn environment(&self) -> Result<BTreeMap<String, String>> {
        let commands = self.python.parent().ok_or("Python has no folder")?;
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", commands.display());
        let mut environment = self.cloud.environment_variables();
        let more = [
            ("HOME", self.folder.join("home").display().to_string()),
            ("LANG", "C.UTF-8".to_owned()),
            ("PATH", path),
            ("PYTHONDONTWRITEBYTECODE", "1".to_owned()),
            ("RECORDS", self.folder.join("records").display().to_string()),
            ("TIME_SCALE", TIME_SCALE.to_string()),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value)));
        Ok(environment)
    }
}

/// The Python with the clients; the first call installs them.
pub(crate) fn python() -> Result<PathBuf> {
    let venv = Venv {
        name: "the clients of Elastic Beanstalk",
        requirements: include_str!("requirements.txt"),
        folder: root(),
        python: None,
    };
    Ok(venv.ensure(&Progress::new(say))?)
}

/// The folder of this file.
pub(crate) fn here() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/conformance"))
}

fn folder(name: &str) -> PathBuf {
    root().join(name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance")
}

// To the terminal, as the test runner shows output of failed tests only: downloads take a while.
fn say(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "     conformance: {line}"));
}
