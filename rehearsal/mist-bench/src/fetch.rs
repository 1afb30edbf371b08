//! The fetch of a large commit: the function `fetch` as for AWS, between a GitHub and an S3 on this machine.

use std::{path::Path, time::Instant};

use mist_local::{
    GitHub,
    github::{File, NewCommit, TOKEN},
};

use crate::{
    cold::{calls, environment},
    error::Result,
    output::note,
    peer::Peer,
    process::Process,
    runtime_api::RuntimeApi,
};

/// The number of files, and the size of each in bytes. Together they are nearly the largest bundle.
const FILES: u64 = 40;
const SIZE: u64 = 10_000_000;

/// The cost of the fetch.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// The size of the files of the commit, in megabytes. They cannot be compressed, so the archive is as large.
    pub(crate) archive: f64,
    /// The size of the bundle in S3, in megabytes.
    pub(crate) bundle: f64,
    /// The time from the event to the answer, in seconds.
    pub(crate) wall: f64,
    /// The CPU time of the invoke, in seconds.
    pub(crate) cpu: f64,
    /// The peak memory of the process, in megabytes.
    pub(crate) memory: f64,
}

/// Fetches the commit once with the program `binary`. `functions` is the folder of the functions.
pub(crate) async fn measure(functions: &Path, binary: &Path) -> Result<Fetched> {
    note("fetching a commit of 400 MB");
    let (peer, github) = (Peer::start().await?, GitHub::start(0).await?);
    let files = (0..FILES).map(|number| File::noise(&format!("files/{number}.bin"), SIZE));
    github.commit("demo/shop", "main", NewCommit::new("Many files", files));
    let mut api = RuntimeApi::start().await?;
    let mut environment = environment("fetch", &api, &peer);
    environment.insert("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769".to_owned());
    let event = calls::event(functions, "fetch", &peer)?.to_string();
    peer.set_an_unfetched_scene(&github.url(), TOKEN)?;
    let process = Process::start(binary, &environment)?;
    api.asked().await?;
    let before = process.whole_cpu()?;
    let sent = Instant::now();
    let answer = api.invoke(event).await?;
    if let Some(error) = answer.error {
        return Err(format!("`fetch` answered an error: {error}").into());
    }
    let cpu = process.whole_cpu()?.saturating_sub(before).as_secs_f64();
    let memory = process.most_memory()?;
    process.stop().await?;
    Ok(Fetched {
        archive: megabytes(FILES * SIZE)?,
        bundle: megabytes(u64::try_from(peer.written())?)?,
        wall: answer.at.duration_since(sent).as_secs_f64(),
        cpu,
        memory,
    })
}

fn megabytes(bytes: u64) -> Result<f64> {
    Ok(f64::from(u32::try_from(bytes)?) / 1e6)
}
