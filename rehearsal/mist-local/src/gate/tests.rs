//! The gate in front of a service that counts its requests.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// The result of a request, as its client sees it.
#[derive(Debug, PartialEq)]
enum Seen {
    /// An answer, which may be truncated.
    Answer(String),
    /// A closed connection, without an answer.
    Closed,
    Reset,
    Silence,
}

struct Stage {
    gate: Gate,
    served: Arc<AtomicUsize>,
}

/// A service that answers with the number of its requests.
async fn service(served: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            let mut connection = BufReader::new(connection);
            while let Ok(Some(_)) = wire::read_request(&mut connection).await {
                let body = format!("number {}", served.fetch_add(1, Ordering::SeqCst) + 1);
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                connection.get_mut().write_all(answer.as_bytes()).await.unwrap();
            }
        }
    });
    address
}

impl Stage {
    async fn new() -> Self {
        let served = Arc::new(AtomicUsize::new(0));
        let url = format!("http://{}", service(Arc::clone(&served)).await);
        Self { gate: Gate::start(&url, &url).await.unwrap(), served }
    }

    async fn with(times: Times, nth: usize, fault: Fault) -> (Self, RuleNumber) {
        let stage = Self::new().await;
        let about = Some("Demo-QA".to_owned());
        let rule = stage.gate.add(Rule { call: call(), about, nth, times, fault });
        (stage, rule)
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst)
    }

    async fn ask(&self, about: &str) -> Seen {
        self.send(&request(about)).await
    }

    async fn send(&self, request: &str) -> Seen {
        let mut connection = TcpStream::connect(self.gate.beanstalk.address).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let reading =
            tokio::time::timeout(Duration::from_millis(300), connection.read_to_end(&mut answer));
        match reading.await {
            Err(_) => Seen::Silence,
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionReset => Seen::Reset,
            Ok(Err(error)) => panic!("{error}"),
            Ok(Ok(0)) => Seen::Closed,
            Ok(Ok(_)) => Seen::Answer(String::from_utf8_lossy(&answer).into_owned()),
        }
    }

    async fn ask_ours(&self) -> Seen {
        self.ask("Demo-QA-A").await
    }
}

fn call() -> Call {
    Call {
        function: "PlanFunction".to_owned(),
        service: "elasticbeanstalk".to_owned(),
        operation: "DescribeEnvironments".to_owned(),
    }
}

fn request(about: &str) -> String {
    let body = format!("Action=DescribeEnvironments&EnvironmentName={about}");
    format!(
        "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nUser-Agent: aws-sdk-rust/1 app/mist-PlanFunction-1A2B3C4D5E6F\r\n\
         Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/elasticbeanstalk/aws4_request, x\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn number(number: usize) -> Seen {
    Seen::Answer(format!("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nnumber {number}"))
}

#[tokio::test]
async fn calls_pass_and_are_recorded() {
    let stage = Stage::new().await;
    assert_eq!(stage.ask_ours().await, number(1));
    assert_eq!(stage.ask_ours().await, number(2));
    let calls = stage.gate.calls();
    assert!(calls.iter().all(|passed| passed.call == call()), "{calls:?}");
    assert!(calls[0].text.ends_with("EnvironmentName=Demo-QA-A"), "{calls:?}");
    assert_eq!([calls[0].repeated, calls[1].repeated], [false, true]);
    assert_eq!(calls[0].status, Some(200));
}

#[tokio::test]
async fn a_web_page_does_not_pass() {
    let stage = Stage::new().await;
    for attack in [
        "Host: evil.example",
        "Host: 127.0.0.1\r\nOrigin: https://evil.example",
        "Host: 127.0.0.1\r\nSec-Fetch-Site: cross-site",
    ] {
        let Seen::Answer(answer) =
            stage.send(&request("Demo-QA-A").replace("Host: 127.0.0.1", attack)).await
        else {
            panic!("no answer to {attack}")
        };
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    assert_eq!((stage.served(), stage.gate.calls()), (0, Vec::new()));
}

#[tokio::test]
async fn a_fault_applies_to_its_call_and_to_no_other() {
    let (stage, rule) = Stage::with(Times::Once, 2, Fault::Refused).await;
    assert_eq!(stage.ask_ours().await, number(1));
    assert_eq!(stage.ask("Demo-UAT-A").await, number(2));
    assert_eq!(stage.ask_ours().await, Seen::Closed);
    assert_eq!(stage.ask_ours().await, number(3));
    assert_eq!(stage.gate.calls()[2].fault, Some(Fault::Refused));
    assert_eq!(stage.gate.remove(rule), 1);
}

#[tokio::test]
async fn a_fault_applies_until_its_rule_is_removed() {
    let (stage, rule) = Stage::with(Times::Always, 1, Fault::Throttled).await;
    for _ in 0..3 {
        let Seen::Answer(answer) = stage.ask_ours().await else { panic!("no answer") };
        assert!(answer.contains("<Code>Throttling</Code>"), "{answer}");
    }
    assert_eq!(stage.gate.remove(rule), 3);
    assert_eq!(stage.ask_ours().await, number(1));
}

#[tokio::test]
async fn faults_before_the_call_do_not_reach_the_service() {
    for (fault, seen) in [
        (Fault::NoAnswer, Seen::Silence),
        (Fault::Refused, Seen::Closed),
        (Fault::ResetBefore, Seen::Reset),
    ] {
        let (stage, _) = Stage::with(Times::Once, 1, fault).await;
        assert_eq!(stage.ask_ours().await, seen, "{fault}");
        assert_eq!(stage.served(), 0, "{fault}");
    }
}

#[tokio::test]
async fn faults_after_the_call_reach_the_service() {
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nnumb";
    for (fault, seen) in
        [(Fault::ResetAfter, Seen::Reset), (Fault::Truncated, Seen::Answer(half.to_owned()))]
    {
        let (stage, _) = Stage::with(Times::Once, 1, fault).await;
        assert_eq!(stage.ask_ours().await, seen, "{fault}");
        assert_eq!(stage.served(), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_stale_read_gets_the_previous_answer() {
    let (stage, rule) = Stage::with(Times::Always, 1, Fault::Stale).await;
    assert_eq!(stage.ask_ours().await, number(1), "there is no earlier answer yet");
    assert_eq!(stage.ask_ours().await, number(1));
    assert_eq!(stage.ask_ours().await, number(1));
    assert_eq!((stage.served(), stage.gate.remove(rule)), (1, 2));
}

/// Makes the call in a process of its own, and returns its exit status.
async fn a_process_asks(stage: &Stage) -> std::process::ExitStatus {
    let port = stage.gate.beanstalk.address.port();
    let mut child = Command::new("bash")
        .args([
            "-c",
            "exec 3<>/dev/tcp/127.0.0.1/$1; printf '%s' \"$2\" >&3; read -r line <&3",
            "-",
        ])
        .args([port.to_string(), request("Demo-QA-A")])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn the_calling_process_is_killed_before_or_after() {
    use std::os::unix::process::ExitStatusExt as _;

    for (fault, served) in [(Fault::CrashBefore, 0), (Fault::CrashAfter, 1)] {
        let (stage, rule) = Stage::with(Times::Once, 1, fault).await;
        assert_eq!(a_process_asks(&stage).await.signal(), Some(9), "{fault}");
        assert_eq!((stage.served(), stage.gate.remove(rule)), (served, 1), "{fault}");
        assert!(a_process_asks(&stage).await.success());
    }
}
