//! Cold starts of functions: the time until the first event is requested, and the time of invokes.

pub(crate) mod calls;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Seek as _},
    path::Path,
    time::Instant,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use self::calls::Call;
use crate::{
    build::Build,
    error::Result,
    output::note,
    peer::{EMPTY, Peer},
    process::Process,
    runtime_api::RuntimeApi,
    statistics::Figure,
};

/// The event of the empty function.
const NO_EVENT: &str = "{}";

/// The calls of the functions and of the empty one.
#[derive(Debug)]
pub(crate) struct Measured {
    /// The functions in the order of their names.
    pub(crate) functions: Vec<Function>,
    /// The empty function.
    pub(crate) empty: Function,
    /// The number of trusted certificates of each function.
    pub(crate) number_of_roots: usize,
    /// The number of starts for each call. The empty function starts once with each of them.
    pub(crate) rounds: usize,
}

/// The cost of a call of a function. Times are in milliseconds.
#[derive(Debug)]
pub(crate) struct Function {
    /// The name of the call.
    pub(crate) name: String,
    /// The size of the function's zip, in megabytes.
    pub(crate) zip: f64,
    /// The number of HTTPS calls of its first invoke.
    pub(crate) calls: usize,
    /// The time from the start of the process until it requests its first event.
    pub(crate) start: Figure,
    /// The CPU time of the start.
    pub(crate) start_cpu: Figure,
    /// The time from the first event to the answer.
    pub(crate) first: Figure,
    /// The CPU time of the first invoke.
    pub(crate) first_cpu: Figure,
    /// The time from the second event to the answer.
    pub(crate) warm: Figure,
    /// The peak memory, in megabytes.
    pub(crate) memory: Figure,
}

/// One start.
struct Trial {
    calls: usize,
    start: f64,
    start_cpu: f64,
    first: f64,
    first_cpu: f64,
    warm: f64,
    memory: f64,
}

/// Starts each function `rounds` times for each of its calls, each time with the empty function. `functions` is their
/// folder.
pub(crate) async fn measure(functions: &Path, built: &Build, rounds: usize) -> Result<Measured> {
    let peer = Peer::start().await?;
    let mut starts = Vec::new();
    for (name, binary) in &built.functions {
        for call in calls::of(functions, name, &peer)? {
            starts.push((call, binary, Vec::new()));
        }
    }
    let nothing = Call {
        function: EMPTY.to_owned(),
        name: format!("({EMPTY})"),
        event: NO_EVENT.to_owned(),
        wait: None,
        ends_wait: false,
    };
    let mut empty = Vec::new();
    note(format!("starting each function {rounds} times"));
    for _ in 0..rounds {
        for (call, binary, trials) in &mut starts {
            trials.push(start(&peer, binary, call).await?);
            empty.push(start(&peer, &built.empty, &nothing).await?);
        }
    }
    let functions = starts.iter().map(|(call, binary, trials)| Function::of(call, binary, trials));
    Ok(Measured {
        functions: functions.collect::<Result<_>>()?,
        empty: Function::of(&nothing, &built.empty, &empty)?,
        number_of_roots: peer.number_of_roots,
        rounds,
    })
}

async fn start(peer: &Peer, binary: &Path, call: &Call) -> Result<Trial> {
    let mut api = RuntimeApi::start().await?;
    let environment = environment(&call.function, &api, peer);
    let started = Instant::now();
    let process = Process::start(binary, &environment)?;
    let start = milliseconds(started, api.asked().await?);
    let start_cpu = process.cpu_at_rest().await?;

    let first = invoke(&mut api, peer, call).await?;
    let first_cpu = process.cpu_at_rest().await? - start_cpu;
    let calls = peer.calls();

    let warm = invoke(&mut api, peer, call).await?;
    let memory = process.most_memory()?;
    process.stop().await?;
    Ok(Trial { calls, start, start_cpu, first, first_cpu, warm, memory })
}

/// The time of one invoke, which must succeed: a failure takes less time than the work.
async fn invoke(api: &mut RuntimeApi, peer: &Peer, call: &Call) -> Result<f64> {
    let name = &call.name;
    peer.set_the_scene(&call.function, call.wait.clone())?;
    let sent = Instant::now();
    let answer = api.invoke(call.event.clone()).await?;
    if let Some(error) = answer.error {
        return Err(format!("`{name}` failed: {error}").into());
    }
    // A function of a waiting task fails by ending the wait with an error.
    let ended = peer.ended_wait().map_err(|error| format!("`{name}` failed its task: {error}"))?;
    if ended != call.ends_wait {
        let found = if ended { "ended a wait" } else { "ended no wait" };
        return Err(format!("`{name}` {found}: its event is wrong").into());
    }
    api.asked().await?;
    Ok(milliseconds(sent, answer.at))
}

/// The environment variables of a function.
pub(crate) fn environment(
    name: &str,
    api: &RuntimeApi,
    peer: &Peer,
) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("AWS_LAMBDA_RUNTIME_API", api.address.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/mist/bench".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "bench".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
        ("AWS_SESSION_TOKEN", "test".to_owned()),
        ("AWS_ENDPOINT_URL", peer.aws()),
        ("MIST_BAKE_QUEUE", peer.queue("bake")),
        ("MIST_HEALTH_QUEUE", peer.queue("wait-ready")),
        ("MIST_NAME_SERVER", peer.name_server().to_string()),
        ("SSL_CERT_FILE", peer.roots().display().to_string()),
    ])
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.duration_since(from).as_secs_f64() * 1000.0
}

impl Function {
    fn of(call: &Call, binary: &Path, starts: &[Trial]) -> Result<Self> {
        let figure = |what: fn(&Trial) -> f64| Figure::of(starts.iter().map(what));
        Ok(Self {
            name: call.name.clone(),
            zip: zipped(binary)?,
            calls: starts.iter().map(|it| it.calls).max().unwrap_or_default(),
            start: figure(|it| it.start),
            start_cpu: figure(|it| it.start_cpu),
            first: figure(|it| it.first),
            first_cpu: figure(|it| it.first_cpu),
            warm: figure(|it| it.warm),
            memory: figure(|it| it.memory),
        })
    }
}

/// The size of the zip of a function, in megabytes.
fn zipped(binary: &Path) -> Result<f64> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(tempfile::tempfile()?);
    zip.start_file("bootstrap", options)?;
    io::copy(&mut File::open(binary)?, &mut zip)?;
    let bytes = zip.finish()?.stream_position()?;
    Ok(f64::from(u32::try_from(bytes)?) / 1e6)
}
