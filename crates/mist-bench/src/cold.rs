//! Starts of functions: what it takes until the first event is asked for, and until it is answered.

pub(crate) mod events;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Seek as _},
    path::Path,
    time::Instant,
};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{
    Result,
    build::Build,
    note,
    peer::{EMPTY, Peer},
    process::Process,
    runtime_api::RuntimeApi,
    statistics::Figure,
};

/// What the empty function is invoked with.
const NO_EVENT: &str = "{}";

/// The functions and, last, the empty one.
#[derive(Debug)]
pub(crate) struct Measured {
    /// In the order of their names.
    pub(crate) functions: Vec<Function>,
    /// The one that does nothing.
    pub(crate) empty: Function,
    /// How many certificates each of them finds on its machine.
    pub(crate) number_of_roots: usize,
    /// How often each of them was started; the empty one that often beside each.
    pub(crate) rounds: usize,
}

/// What a function costs. Times are in milliseconds.
#[derive(Debug)]
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// How large its zip is, in megabytes.
    pub(crate) zip: f64,
    /// How many HTTPS calls its first invoke made.
    pub(crate) calls: usize,
    /// From the start of the process until it asks for its first event.
    pub(crate) start: Figure,
    /// The CPU time of that.
    pub(crate) start_cpu: Figure,
    /// From the first event to the answer.
    pub(crate) first: Figure,
    /// The CPU time of that.
    pub(crate) first_cpu: Figure,
    /// From the second event to the answer.
    pub(crate) warm: Figure,
    /// The most memory that it had, in megabytes.
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

/// Starts each function `rounds` times, and beside each the empty one. `functions` is the folder that they
/// are in.
pub(crate) async fn measure(functions: &Path, built: &Build, rounds: usize) -> Result<Measured> {
    let peer = Peer::start().await?;
    let mut events = BTreeMap::new();
    for name in built.functions.keys() {
        events.insert(name.as_str(), events::of(functions, name, &peer)?);
    }
    let mut starts: BTreeMap<&str, Vec<Trial>> = BTreeMap::new();
    let mut empty = Vec::new();
    note(format!("starting each function {rounds} times"));
    for _ in 0..rounds {
        for (name, binary) in &built.functions {
            let event = events.get(name.as_str()).map_or(NO_EVENT, String::as_str);
            starts.entry(name).or_default().push(start(&peer, name, binary, event).await?);
            empty.push(start(&peer, EMPTY, &built.empty, NO_EVENT).await?);
        }
    }
    let mut functions = Vec::new();
    for (name, starts) in starts {
        let binary = built.functions.get(name).ok_or("a function has no binary")?;
        functions.push(Function::of(name, binary, &starts)?);
    }
    Ok(Measured {
        functions,
        empty: Function::of("(empty)", &built.empty, &empty)?,
        number_of_roots: peer.number_of_roots,
        rounds,
    })
}

async fn start(peer: &Peer, name: &str, binary: &Path, event: &str) -> Result<Trial> {
    let mut api = RuntimeApi::start().await?;
    let environment = environment(name, &api, peer);
    peer.set_the_scene(name)?;
    let started = Instant::now();
    let process = Process::start(binary, &environment)?;
    let start = milliseconds(started, api.asked().await?);
    let start_cpu = process.cpu_at_rest().await?;

    let first = invoke(&mut api, name, event).await?;
    let first_cpu = process.cpu_at_rest().await? - start_cpu;
    let calls = peer.calls();

    peer.set_the_scene(name)?;
    let warm = invoke(&mut api, name, event).await?;
    let memory = process.most_memory()?;
    process.stop().await?;
    Ok(Trial { calls, start, start_cpu, first, first_cpu, warm, memory })
}

/// How long the function takes to answer `event`. An error is no answer: it costs less than what was asked.
async fn invoke(api: &mut RuntimeApi, name: &str, event: &str) -> Result<f64> {
    let sent = Instant::now();
    let answer = api.invoke(event.to_owned()).await?;
    if let Some(error) = answer.error {
        return Err(format!("`{name}` answered an error: {error}").into());
    }
    api.asked().await?;
    Ok(milliseconds(sent, answer.at))
}

/// What a function sees of its sandbox.
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
        ("MIST_NAME_SERVER", peer.name_server().to_string()),
        ("SSL_CERT_FILE", peer.roots().display().to_string()),
    ])
}

fn milliseconds(from: Instant, to: Instant) -> f64 {
    to.duration_since(from).as_secs_f64() * 1000.0
}

impl Function {
    fn of(name: &str, binary: &Path, starts: &[Trial]) -> Result<Self> {
        let figure = |what: fn(&Trial) -> f64| Figure::of(starts.iter().map(what));
        Ok(Self {
            name: name.to_owned(),
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

/// How large the zip of a function is, in megabytes.
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
