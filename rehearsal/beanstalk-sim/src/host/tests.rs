//! Tests of applications with real processes.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::application::{Application, Ready};
use super::error::StartError;
use super::family::Family;
use super::fixtures::{PATIENCE, bundle, runs, text, until, until_gone};
use super::log::InstanceLog;
use super::process::Ended;
use super::procfile::ProcfileError;
use super::proxy::PROXY_PORT;
use super::report::Report;
use super::setup::{Occasion, PythonOptions, Setup};
use super::source::Source;
use axum::body::Body;
use axum::extract::Request;

static NONE: BTreeMap<String, String> = BTreeMap::new();

/// A web application that reports its surroundings.
const APP: &str = r#"
import http.server, json, os, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        size = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(size)
        if self.path == "/exit":
            os._exit(3)
        answer = {"path": self.path, "body": body.decode(), "folder": os.getcwd(), "environment": dict(os.environ)}
        self.send_response(500 if self.path == "/broken" else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())
    do_GET = do_POST = answer
    def log_message(self, *words):
        print("asked for", self.path, flush=True)

print("listening soon", file=sys.stderr, flush=True)
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"#;

fn source(procfile: &str) -> Arc<Source> {
    bundle(&[("Procfile", procfile), ("app.py", APP)])
}

fn variables(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The setup of a source on a platform without a default start.
fn setup(source: Arc<Source>, variables: &BTreeMap<String, String>, patience: Duration) -> Setup {
    Setup {
        source,
        family: Family::Unknown,
        is_worker: false,
        variables: variables.clone(),
        python: PythonOptions::default(),
        occasion: Occasion::Deployment { leads: true },
        patience,
        step_limit: PATIENCE,
    }
}

/// Starts an application as a deployment does.
async fn start_setup(setup: Setup, log: Arc<InstanceLog>) -> Result<Application, StartError> {
    let mut report = Report::default();
    let (application, error) =
        Ready::prepare(setup, log, &mut report).await?.start(&mut report).await?;
    error.map_or(Ok(application), Err)
}

async fn start_with(
    source: Arc<Source>,
    log: Arc<InstanceLog>,
    variables: &BTreeMap<String, String>,
    patience: Duration,
) -> Result<Application, StartError> {
    start_setup(setup(source, variables, patience), log).await
}

async fn start(procfile: &str) -> (Result<Application, StartError>, Arc<InstanceLog>) {
    let log = InstanceLog::new();
    let started = start_with(source(procfile), Arc::clone(&log), &NONE, PATIENCE);
    (started.await, log)
}

async fn get(application: &Application, path: &str) -> (u16, String) {
    let answer =
        application.answer(PROXY_PORT, Request::get(path).body(Body::empty()).unwrap()).await;
    (answer.status().as_u16(), text(answer).await)
}

async fn json(application: &Application, path: &str) -> serde_json::Value {
    let (status, text) = get(application, path).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

/// Waits until a file has `count` lines.
async fn lines_of(path: &Path, count: usize) -> Vec<String> {
    until(async || {
        let text = fs::read_to_string(path).ok()?;
        let lines: Vec<_> = text.lines().map(str::to_owned).collect();
        (lines.len() == count && text.ends_with('\n')).then_some(lines)
    })
    .await
}

#[tokio::test]
async fn files_are_served_at_once_and_nothing_runs() {
    let source = bundle(&[("index.html", "home")]);
    let application = start_with(source, InstanceLog::new(), &NONE, Duration::ZERO).await.unwrap();
    assert_eq!(get(&application, "/").await, (200, "home".to_owned()));
    assert_eq!(application.ended(), []);
    application.stop().await;
}

#[tokio::test]
async fn the_web_process_gets_the_traffic() {
    let (application, log) = start("web: exec python3 app.py").await;
    let application = application.unwrap();
    assert_eq!(json(&application, "/a%20b?c").await["path"], "/a%20b?c");
    let post = Request::post("/").header("content-length", "5").body(Body::from("hello")).unwrap();
    assert!(text(application.answer(PROXY_PORT, post).await).await.contains(r#""body": "hello""#));
    assert_eq!(get(&application, "/broken").await.0, 500);
    assert_eq!(application.ended(), []);

    let logged = async || log.tail(100).contains("asked for /broken").then(|| log.tail(100));
    let tail = until(logged).await;
    assert!(tail.contains("listening soon"), "{tail}");
    application.stop().await;
    application.stop().await;
    assert_eq!(get(&application, "/").await.0, 502);
}

#[tokio::test]
async fn a_process_has_a_clean_environment_with_the_variables_and_a_port_of_its_own() {
    let variables = variables(&[("STAGE", "a b 'c' $d"), ("PORT", "1"), ("LANG", "de_DE")]);
    let started =
        start_with(source("web: exec python3 app.py"), InstanceLog::new(), &variables, PATIENCE);
    let application = started.await.unwrap();
    let answer = json(&application, "/").await;
    let environment = answer["environment"].as_object().unwrap();
    // Variables that shells and Python launchers add are ignored.
    let ours = |name: &&str| {
        ["CARGO", "RUST", "AWS", "BEANSTALK", "USER", "LOGNAME"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
    };
    assert_eq!(environment.keys().map(String::as_str).find(ours), None);
    let value = |name: &str| environment[name].as_str().unwrap();
    assert_eq!(value("STAGE"), "a b 'c' $d");
    assert_eq!(value("LANG"), "de_DE");
    assert!(value("PORT").parse::<u16>().unwrap() >= 20_000);
    assert_eq!(
        fs::canonicalize(value("HOME")).unwrap(),
        Path::new(answer["folder"].as_str().unwrap())
    );
    assert!(Path::new(value("TMPDIR")).is_dir());
    assert!(!value("PATH").is_empty());
    application.stop().await;
}

#[tokio::test]
async fn two_applications_of_one_source_have_nothing_in_common() {
    let source = source("web: exec python3 app.py");
    let begin = || start_with(Arc::clone(&source), InstanceLog::new(), &NONE, PATIENCE);
    let (one, two) = tokio::join!(begin(), begin());
    let (one, two) = (one.unwrap(), two.unwrap());
    let (of_one, of_two) = (json(&one, "/").await, json(&two, "/").await);
    assert_ne!(of_one["folder"], of_two["folder"]);
    assert_ne!(of_one["environment"]["PORT"], of_two["environment"]["PORT"]);
    let folder = PathBuf::from(of_one["folder"].as_str().unwrap());
    one.stop().await;
    drop(one);
    assert!(!folder.exists());
    assert_eq!(get(&two, "/").await.0, 200);
    two.stop().await;
}

#[tokio::test]
async fn further_processes_run_beside_web_with_ports_that_are_a_hundred_apart() {
    let procfile =
        "worker: echo at $PORT; exec sleep 1000\nweb: echo at $PORT; exec python3 app.py\n";
    let (application, log) = start(procfile).await;
    let application = application.unwrap();
    let port = async |file: &str| {
        until(async || {
            let (_, text) = log.full().into_iter().find(|(name, _)| name == file)?;
            text.lines().find_map(|line| line.split_once(": at ")?.1.parse::<u16>().ok())
        })
        .await
    };
    assert_eq!(port("worker.stdout.log").await, port("web.stdout.log").await + 100);
    application.stop().await;
}

#[tokio::test]
async fn a_process_that_ends_at_once_is_reported_with_its_output() {
    let log = InstanceLog::new();
    log.output("web.stdout.log", "web", 1, "from another time");
    let started = start_with(source("web: echo no database; exit 7"), log, &NONE, PATIENCE);
    let error = started.await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "process `web` has ended (exit status: 7); last output:\nno database"
    );

    let (result, _) = start("web: kill -s KILL $$").await;
    let error = result.unwrap_err().to_string();
    assert_eq!(error, "process `web` has ended (signal: 9 (SIGKILL)) without output");

    let (result, _) = start("web: sleep 1000\nworker: ./nothing").await;
    let error = result.unwrap_err().to_string();
    assert!(error.starts_with("process `worker` has ended (exit status: 127)"), "{error}");
}

#[tokio::test]
async fn a_web_process_that_does_not_listen_is_a_bad_gateway() {
    let started = start_with(source("web: sleep 1000"), InstanceLog::new(), &NONE, Duration::ZERO);
    let application = started.await.unwrap();
    assert_eq!(application.ended(), []);
    assert_eq!(get(&application, "/").await.0, 502);
    application.stop().await;
}

#[tokio::test]
async fn output_without_an_end_of_line_does_not_fill_the_memory() {
    let (application, log) = start("web: cat /dev/zero & exec python3 app.py").await;
    let application = application.unwrap();
    until(async || (log.full().iter().any(|(_, text)| text.len() > 1_000_000)).then_some(())).await;
    assert!(log.full().iter().all(|(_, text)| text.len() <= 1024 * 1024));
    application.stop().await;
}

#[tokio::test]
async fn a_port_in_use_causes_another_attempt() {
    let procfile = "web: [ -e $MARK ] && exec python3 app.py; touch $MARK; echo OSError: Address already in use; exit 1";
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("mark");
    let variables = variables(&[("MARK", mark.to_str().unwrap())]);
    let started = start_with(source(procfile), InstanceLog::new(), &variables, PATIENCE);
    let application = started.await.unwrap();
    assert_eq!(get(&application, "/").await.0, 200);
    application.stop().await;
}

#[tokio::test]
async fn the_log_omits_health_checks_and_has_visitors() {
    let server = "web: exec python3 -u -m http.server --bind 127.0.0.1 $PORT";
    let (application, log) = start(server).await;
    let application = application.unwrap();
    let check = async |path: &str| {
        let request = Request::get(path).body(Body::empty()).unwrap();
        application.check(PROXY_PORT, request, |status| status == 200).await
    };
    for _ in 0..30 {
        assert_eq!(check("/app.py").await, Ok(()));
    }
    assert_eq!(check("/missing").await, Err(404));
    assert_eq!(check("/missing").await, Err(404));
    assert_eq!(get(&application, "/Procfile").await, (200, server.to_owned()));
    application.stop().await;
    let tail = log.tail(100);
    let count = |words: &str| tail.matches(words).count();
    assert!(count("GET /app.py ") <= 2, "{tail}");
    assert_eq!((count("GET /missing ") >= 1, count("GET /Procfile ")), (true, 1), "{tail}");
}

#[tokio::test]
async fn an_invalid_procfile_is_reported() {
    let (result, _) = start("worker: sleep 1000").await;
    assert!(matches!(result, Err(StartError::Procfile(ProcfileError::NoWeb))));
}

#[tokio::test]
async fn an_invalid_variable_is_reported() {
    let variables = variables(&[("NUL", "a\0b")]);
    let started = start_with(source("web: sleep 1000"), InstanceLog::new(), &variables, PATIENCE);
    assert!(matches!(started.await, Err(StartError::Io(_))));
}

#[tokio::test]
async fn executable_bits_of_the_bundle_are_kept() {
    use std::io::Write;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut writer = zip::ZipWriter::new(file.as_file_mut());
    let options = zip::write::SimpleFileOptions::default();
    for (name, mode, content) in [
        ("Procfile", 0o644, "web: ./start"),
        ("start", 0o755, "#!/bin/sh\nexec python3 app.py\n"),
        ("app.py", 0o644, APP),
    ] {
        writer.start_file(name, options.unix_permissions(mode)).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    let source = Arc::new(Source::unpack(file.path()).unwrap());
    let started = start_with(source, InstanceLog::new(), &NONE, PATIENCE);
    started.await.unwrap().stop().await;
}

#[tokio::test]
async fn a_process_that_ends_later_is_seen_and_restarted() {
    let (application, log) = start("web: exec python3 app.py").await;
    let application = application.unwrap();
    assert_eq!(get(&application, "/exit").await.0, 502);
    let ended =
        |process: &str| application.ended().into_iter().find(|ended| ended.process == process);
    let web = until(async || ended("web")).await;
    assert_eq!(
        web,
        Ended { process: "web".to_owned(), how: "exit status: 3".to_owned(), restarts: 0 }
    );
    until(async || (get(&application, "/").await.0 == 200).then_some(())).await;
    assert_eq!(ended("web"), None);
    assert!(log.tail(10).contains("web has ended (exit status: 3) and is restarted"));
    get(&application, "/exit").await;
    assert_eq!(until(async || ended("web")).await.restarts, 1);
    application.stop().await;
}

/// A `Procfile` whose process writes its own ID and its child's to `$MARKS`. The child ignores signals.
const STUBBORN: &str = "web: (trap '' TERM; exec sleep 1000) & echo $$ >> $MARKS; echo $! >> $MARKS; exec python3 app.py";

async fn start_stubborn(marks: &Path) -> Application {
    let variables = variables(&[("MARKS", marks.to_str().unwrap())]);
    start_with(source(STUBBORN), InstanceLog::new(), &variables, PATIENCE).await.unwrap()
}

#[tokio::test]
async fn stopping_and_dropping_end_the_children_too() {
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("stopped");
    let application = start_stubborn(&marks).await;
    let processes = lines_of(&marks, 2).await;
    assert!(processes.iter().all(|process| runs(process)), "{processes:?}");
    application.stop().await;
    until_gone(&processes).await;

    let marks = folder.path().join("dropped");
    let application = start_stubborn(&marks).await;
    let processes = lines_of(&marks, 2).await;
    drop(application);
    until_gone(&processes).await;
}

#[test]
fn a_runtime_that_ends_takes_the_processes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("processes");
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let other = runtime();
    let (application, processes) = other.block_on(async {
        let application = start_stubborn(&marks).await;
        (application, lines_of(&marks, 2).await)
    });
    drop(other);
    runtime().block_on(until_gone(&processes));
    drop(application);
}

/// Runs this test in a child process, which starts an application and waits to be killed.
#[test]
fn a_simulator_that_is_killed_takes_the_processes_with_it() {
    const MARKS: &str = "BEANSTALK_SIM_TEST_MARKS";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(marks) = env::var_os(MARKS) {
        runtime.block_on(async {
            let _application = start_stubborn(Path::new(&marks)).await;
            std::future::pending::<()>().await;
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let marks = folder.path().join("processes");
    let name = std::thread::current().name().unwrap().to_owned();
    let mut simulator = Command::new(env::current_exe().unwrap())
        .args(["--exact", &name])
        .env(MARKS, &marks)
        .env("TMPDIR", folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let processes = runtime.block_on(lines_of(&marks, 2));
    assert!(processes.iter().all(|process| runs(process)), "{processes:?}");
    simulator.kill().unwrap();
    simulator.wait().unwrap();
    runtime.block_on(until_gone(&processes));
}
