//! The local cloud that all scenarios of a test run share. Each has a stack of its own in it.

use std::{collections::BTreeMap, io::Write as _, path::PathBuf, sync::OnceLock};

use mist_local::{Cloud, Progress, Settings};
use mist_rehearsal::{Home, NEW_RELIC_SECRET, Rehearsal};
use tokio::runtime::{Builder, Runtime};

use crate::{
    leaks::{self, Place, Secret, Watch},
    result::Result,
};

/// The scale of simulated time: a deployment of 42 s takes 0.7 s.
const TIME_SCALE: f64 = 60.0;

/// The factor of the waits of the state machine: 10 s become 0.15 s.
const WAIT_SCALE: f64 = 0.015;

/// The local cloud, and mist in it.
pub struct World {
    /// The cloud.
    pub cloud: Cloud,
    /// mist, installed in it.
    pub rehearsal: Rehearsal,
    home: Home,
    watch: Watch,
}

/// Runs a story in the shared cloud. The first story waits for the compiler and for the cloud.
pub fn tell(story: impl AsyncFnOnce(&'static World) -> Result) -> Result {
    static SHARED: OnceLock<Result<(Runtime, World), String>> = OnceLock::new();
    // The cloud ends with this process.
    let shared = SHARED.get_or_init(|| start().map_err(|error| error.to_string()));
    match shared {
        Ok((runtime, world)) => runtime.block_on(story(world)),
        Err(error) => Err(format!("the local cloud did not start: {error}").into()),
    }
}

/// Runs a story in a cloud of its own, because it would disturb others.
pub fn tell_apart(story: impl AsyncFnOnce(&'static World) -> Result) -> Result {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // It ends with the process at the latest, as the shared one does.
        let world: &'static World = Box::leak(Box::new(World::start().await?));
        let result = story(world).await;
        world.cloud.stop().await;
        result
    })
}

fn start() -> Result<(Runtime, World)> {
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let world = runtime.block_on(World::start())?;
    Ok((runtime, world))
}

/// mist as it was built, to be installed in any number of clouds.
pub struct Built {
    home: Home,
    functions: BTreeMap<String, PathBuf>,
}

impl Built {
    /// Builds the functions as they run in the local cloud, unless they are up to date.
    pub async fn now() -> Result<Self> {
        let home = Home::find()?;
        say("building the functions as they run in the local cloud");
        let functions = home.build(&Progress::new(say)).await?;
        Ok(Self { home, functions })
    }
}

impl World {
    async fn start() -> Result<Self> {
        Self::with(&Built::now().await?, false).await
    }

    /// A cloud of its own, in which the functions reach everything through a gate.
    pub async fn gated(built: &Built) -> Result<Self> {
        Self::with(built, true).await
    }

    async fn with(built: &Built, gate: bool) -> Result<Self> {
        let home = built.home.clone();
        let settings = Settings {
            time_scale: TIME_SCALE,
            wait_scale: Some(WAIT_SCALE),
            platform_ttl: 1,
            // Enough for all stories of a test run.
            application_quota: 1000,
            environment_quota: 2000,
            function_environment: mist_rehearsal::function_environment(),
            gate,
            progress: Progress::new(say),
            ..Settings::new(home.target())
        };
        let cloud = Cloud::start(settings).await?;
        let rehearsal = Rehearsal::install(&cloud, &home, built.functions.clone()).await?;
        let watch = Watch::default();
        let (name, value) = (NEW_RELIC_SECRET.to_owned(), mist_local::API_KEY.to_owned());
        watch.over(Secret { name, value });
        Ok(Self { cloud, rehearsal, home, watch })
    }

    /// Adds the secret `value` to the search for secrets.
    pub(crate) fn keeps_secret(&self, name: &str, value: &str) {
        self.watch.over(Secret { name: name.to_owned(), value: value.to_owned() });
    }

    /// Fails if a secret shows in what `execution` left, or in the log since the last look.
    pub(crate) async fn sees_no_secret(&self, execution: &str) -> Result {
        let mut places = leaks::places(&self.cloud, execution).await?;
        places.push(self.watch.log(&self.cloud)?);
        self.shows_no_secret(&places)
    }

    /// Fails if a secret shows in `places`.
    pub fn shows_no_secret(&self, places: &[Place]) -> Result {
        let found = leaks::find(&self.watch.secrets(), places);
        if found.is_empty() { Ok(()) } else { Err(found.join("\n").into()) }
    }

    /// The `mist` command, as the functions were built with it.
    pub fn command(&self) -> PathBuf {
        self.home.target().join("debug/mist")
    }

    /// The environment variables for programs that use this cloud.
    pub fn environment(&self) -> BTreeMap<String, String> {
        self.cloud.environment_variables()
    }
}

// To the terminal, as the test runner shows output of failed tests only: the compiler takes a while.
fn say(line: &str) {
    drop(writeln!(std::io::stderr().lock(), "     local cloud: {line}"));
}
