//! Nothing of a cloud outlives the process that started it, even if that is killed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use mist_local::Cloud;
use serde_json::Value;

use crate::common::{deployment, eventually, invoke, settings, start, whole};

/// The variable that makes a copy of this program the process that is killed.
const HOLDER: &str = "MIST_LOCAL_TEST_HOLDER";

/// Never dropped, as in a test that keeps one cloud for all its cases.
static CLOUD: OnceLock<Cloud> = OnceLock::new();

#[tokio::test(flavor = "multi_thread")]
async fn holds_a_cloud_when_it_is_the_copy() {
    if std::env::var_os(HOLDER).is_none() {
        return;
    }
    let cloud = start(settings()).await;
    cloud.deploy(&deployment("hello")).await.unwrap_or_else(|error| panic!("{}", whole(&error)));
    let answer = invoke(&cloud.endpoints().aws).await;
    let address = cloud.endpoints().aws.trim_start_matches("http://");
    let line = format!("\nHOLDS {address} {} {}\n", answer["pid"], cloud.run_folder().display());
    let _ = CLOUD.set(cloud);
    std::io::stdout().write_all(line.as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_ends_with_a_killed_process() {
    let mut holder = Holder::start();
    assert!(holder.emulator_answers());
    assert!(holder.function_lives());
    // With SIGKILL, no handler and no destructor runs.
    holder.process.kill().unwrap();
    holder.process.wait().unwrap();
    eventually("the emulator is gone", async || !holder.emulator_answers()).await;
    eventually("its function is gone", async || !holder.function_lives()).await;
    eventually("its scratch folder is gone", async || !holder.scratch_exists()).await;
}

struct Holder {
    process: Child,
    address: String,
    function: String,
    run_folder: String,
}

impl Holder {
    #[expect(clippy::zombie_processes, reason = "without a holder the test fails")]
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "left_behind::holds_a_cloud_when_it_is_the_copy", "--nocapture"])
            .env(HOLDER, "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut seen = Vec::new();
        for line in output.lines().map_while(Result::ok) {
            if let Some(rest) = line.strip_prefix("HOLDS ") {
                let words: Vec<String> = rest.splitn(3, ' ').map(str::to_owned).collect();
                let [address, function, run_folder] = words.try_into().unwrap();
                return Self { process, address, function, run_folder };
            }
            seen.push(line);
        }
        panic!("the holder ended early: {}", Value::from(seen));
    }

    fn emulator_answers(&self) -> bool {
        TcpStream::connect(&self.address).is_ok()
    }

    fn function_lives(&self) -> bool {
        let look = Command::new("ps").args(["-o", "stat=", "-p", &self.function]).output().unwrap();
        // A zombie runs nothing.
        let state = String::from_utf8(look.stdout).unwrap();
        !state.trim().is_empty() && !state.starts_with('Z')
    }

    fn scratch_exists(&self) -> bool {
        std::path::Path::new(&self.run_folder).join("scratch").exists()
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // Also if the test fails before it kills the process itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
