//! The simulator as a process of its own: its calls per second, and the cost of its environments.

mod connection;
mod load;

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use self::{
    connection::{Connection, beanstalk, control},
    load::Load,
};
use crate::{
    error::{Failure, Result},
    output::note,
    process::Process,
    statistics::Figure,
};

/// The stages: the number of environments, and whether the simulator has one core only.
const STAGES: [(usize, bool); 3] = [(2, true), (2, false), (1000, true)];

/// The number of callers at once, each with a connection of its own.
pub(crate) const CALLERS: usize = 16;

/// The number of runs, and the duration of each.
const RUNS: usize = 5;
const RUN: Duration = Duration::from_secs(3);

/// The time without calls. The simulator checks its environments every ten seconds.
const REST: Duration = Duration::from_secs(30);

/// The simulated seconds after which all environments are created and have a health.
const CREATION_SECONDS: u32 = 900;

/// The figures of a simulator with a number of environments.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Whether it has one core for itself, with its callers on the others.
    pub(crate) pinned: bool,
    /// The number of environments.
    pub(crate) environments: usize,
    /// The memory at the start, with the environments, and at its peak with a full record of calls, in megabytes.
    pub(crate) memory: [f64; 3],
    /// The CPU time without calls, in percent of a core.
    pub(crate) rest: f64,
    /// The figures with one caller.
    pub(crate) alone: Figures,
    /// The figures with all callers.
    pub(crate) together: Figures,
}

/// The throughput and the latency of calls.
#[derive(Debug)]
pub(crate) struct Figures {
    /// The calls per second of the best run.
    pub(crate) most: f64,
    /// The calls per second of the median run.
    pub(crate) median: f64,
    /// The simulator's CPU time per call, in microseconds.
    pub(crate) cpu: f64,
    /// The median latency, in milliseconds.
    pub(crate) p50: Figure,
    /// The 99th percentile of the latency, in milliseconds.
    pub(crate) p99: Figure,
}

/// Measures the simulator `binary`.
pub(crate) async fn measure(binary: &Path) -> Result<Vec<Stage>> {
    let mut stages = Vec::new();
    for (environments, pinned) in STAGES {
        let cores = if pinned { "one core" } else { "all cores" };
        note(format!("the simulator on {cores}, with {environments} environments"));
        stages.push(Stage::measure(binary, environments, pinned).await?);
    }
    Ok(stages)
}

impl Stage {
    async fn measure(binary: &Path, environments: usize, pinned: bool) -> Result<Self> {
        let quota = environments.to_string();
        let arguments = ["--environment-quota", &quota];
        let (process, address) = Process::serve(binary, &arguments, pinned).await?;
        let at_start = process.memory()?;
        tokio::task::block_in_place(|| create(address, environments))?;
        let with_environments = process.memory()?;
        let rest = rest(&process).await?;
        let request = describe(environments);
        let figures = |callers| Figures::measure(&process, address, &request, (callers, pinned));
        let (alone, together) =
            tokio::task::block_in_place(|| Ok::<_, Failure>((figures(1)?, figures(CALLERS)?)))?;
        let memory = [at_start, with_environments, process.most_memory()?];
        process.stop().await?;
        Ok(Self { pinned, environments, memory, rest, alone, together })
    }
}

/// Creates environments immediately: the simulated clock is moved by hand.
fn create(address: SocketAddr, environments: usize) -> Result<()> {
    let mut connection = Connection::open(address)?;
    connection.call(&control("time", r#"{"do": "stop"}"#))?;
    connection.call(&beanstalk("Action=CreateApplication&ApplicationName=bench"))?;
    for number in 0..environments {
        let name = format!("&EnvironmentName=bench-{number}&CNAMEPrefix=bench-{number}");
        let platform = "&SolutionStackName=64bit+Amazon+Linux+2023+v4.5.0+running+Corretto+21";
        let create = format!("Action=CreateEnvironment&ApplicationName=bench{name}{platform}");
        connection.call(&beanstalk(&create))?;
    }
    let advance = format!(r#"{{"do": "advance", "seconds": {CREATION_SECONDS}}}"#);
    connection.call(&control("time", &advance))?;
    connection.call(&control("time", r#"{"do": "run"}"#))?;
    let answer = connection.call(&beanstalk("Action=DescribeEnvironments"))?;
    let ready = answer.matches("<Health>Green</Health>").count();
    if ready == environments {
        Ok(())
    } else {
        Err(format!("{ready} of {environments} environments became green").into())
    }
}

/// The request for all environments if there are few, as in a release, or else for one of them.
fn describe(environments: usize) -> Vec<u8> {
    let name = if environments > 2 { "&EnvironmentNames.member.1=bench-500" } else { "" };
    beanstalk(&format!("Action=DescribeEnvironments{name}"))
}

/// The CPU time of a process without calls, in percent of a core.
async fn rest(process: &Process) -> Result<f64> {
    let (before, started) = (process.whole_cpu()?, Instant::now());
    let mut ticks = tokio::time::interval(REST);
    ticks.tick().await;
    ticks.tick().await;
    let used = process.whole_cpu()?.saturating_sub(before);
    Ok(used.as_secs_f64() / started.elapsed().as_secs_f64() * 100.0)
}

impl Figures {
    fn measure(
        process: &Process,
        address: SocketAddr,
        request: &[u8],
        (callers, pinned): (usize, bool),
    ) -> Result<Self> {
        let run = || Load::measure(address, request, callers, pinned, RUN);
        // The first run does not count: it fills caches and the simulator's record of calls.
        run()?;
        let before = process.whole_cpu()?;
        let runs = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>>>()?;
        let cpu = process.whole_cpu()?.saturating_sub(before);
        let rates = || runs.iter().map(|run| run.per_second);
        let calls = rates().sum::<f64>() * RUN.as_secs_f64();
        Ok(Self {
            most: rates().fold(0.0, f64::max),
            median: Figure::of(rates()).median,
            cpu: cpu.as_secs_f64() * 1e6 / calls,
            p50: Figure::of(runs.iter().map(|run| run.p50)),
            p99: Figure::of(runs.iter().map(|run| run.p99)),
        })
    }
}
