//! The program `beanstalk-sim`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::stage::http;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beanstalk-sim"));
    command.args(arguments).env("RUST_LOG", "off").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The error output of a start that fails.
fn refusal(arguments: &[&str]) -> String {
    let output = program(arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    String::from_utf8(output.stderr).unwrap()
}

/// A started program and its address.
fn started(arguments: &[&str]) -> (Child, String) {
    let mut child = program(arguments).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(4);
    let lines: Vec<_> = lines.collect::<Result<_, _>>().unwrap();
    let (_, address) = lines[0].split_once('=').unwrap();
    (child, address.to_owned())
}

#[test]
fn a_bad_option_is_explained_in_a_sentence_that_names_it() {
    let refusals = [
        refusal(&["--account", "12"]),
        refusal(&["--region", "moon base"]),
        refusal(&["--first-address", "0.0.0.0"]),
        refusal(&["--first-address", "192.0.2.1"]),
        refusal(&["--time-scale", "0"]),
        refusal(&["--deploy-seconds", "NaN"]),
        refusal(&["--s3-endpoint", "localhost"]),
        refusal(&["--events-endpoint", "ftp://localhost"]),
        refusal(&["--scenario", "/nowhere/scenario.yaml"]),
        refusal(&["--state", "/nowhere/state.json"]),
    ];
    insta::assert_snapshot!(refusals.concat());
    assert!(refusal(&["--listen", "here"]).contains("'--listen <LISTEN>'"));
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = refusal(&["--listen", &address]);
    assert!(
        refused.starts_with(&format!("beanstalk-sim: cannot listen on `{address}`: ")),
        "{refused}"
    );

    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refused = refusal(&["--data-port", &port]);
    assert_eq!(
        refused,
        format!(
            "beanstalk-sim: cannot reserve a port for the environments: port {port} is in use on all addresses from 127.0.1.1\n"
        )
    );
}

#[tokio::test]
async fn a_state_file_in_use_is_reported_in_a_sentence() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("state.json");
    let file = file.to_str().unwrap();
    let (mut first, address) = started(&["--state", file]);
    assert!(
        http().get(format!("{address}/_sim/state")).send().await.unwrap().status().is_success()
    );
    assert_eq!(
        refusal(&["--state", file]),
        format!("beanstalk-sim: another simulator uses `{file}`\n")
    );
    first.kill().unwrap();
    first.wait().unwrap();
}
