//! The DNS server over the wire.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};

use super::*;
use crate::http;

const ENVIRONMENT: &str = "a.us-east-1.elasticbeanstalk.com.";

/// A server that knows one environment.
fn server() -> DnsServer {
    let known = ENVIRONMENT.trim_end_matches('.');
    server_with(Box::new(move |name| (name == known).then_some(Ipv4Addr::new(127, 0, 1, 1))))
}

/// A server whose Route 53 does not answer.
fn server_with(address_of: AddressOf) -> DnsServer {
    let config = http::sdk_config("http://127.0.0.1:1");
    DnsServer::start(0, aws_sdk_route53::Client::new(&config), address_of, 7).unwrap()
}

fn question(name: &str) -> Vec<u8> {
    let mut message = Message::new(4711, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    message.to_vec().unwrap()
}

fn over_udp(server: SocketAddr, name: &str) -> Message {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    socket.send_to(&question(name), server).unwrap();
    let mut buffer = [0; 4096];
    let length = loop {
        match socket.recv(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            received => break received.unwrap(),
        }
    };
    Message::from_vec(&buffer[..length]).unwrap()
}

fn over_tcp(server: SocketAddr, name: &str) -> Message {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let question = question(name);
    let length = u16::try_from(question.len()).unwrap();
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat()).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).unwrap();
    Message::from_vec(&answer).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_over_udp_and_tcp() {
    let server = server();
    for ask in [over_udp, over_tcp] {
        let answer = ask(server.address(), "A.us-east-1.ElasticBeanstalk.com.");
        assert_eq!(
            (answer.metadata.id, answer.metadata.response_code),
            (4711, ResponseCode::NoError)
        );
        assert!(answer.metadata.authoritative);
        assert_eq!(
            (answer.answers[0].ttl, answer.answers[0].data.to_string().as_str()),
            (7, "127.0.1.1")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_environment_is_denied_with_a_start_of_authority() {
    let server = server();
    let answer = over_udp(server.address(), "b.us-east-1.elasticbeanstalk.com.");
    assert_eq!(answer.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(answer.authorities[0].record_type(), RecordType::SOA);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_route_53_the_server_fails() {
    let server = server();
    let answer = over_udp(server.address(), "qa.mist.test.");
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolver_caches_an_answer_for_its_ttl() {
    let asked = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&asked);
    let server = server_with(Box::new(move |_: &str| {
        count.fetch_add(1, Ordering::SeqCst);
        Some(Ipv4Addr::new(127, 0, 1, 1))
    }));
    let resolver = Resolver::new(server.address()).unwrap();
    let first = resolver.addresses(ENVIRONMENT).await.unwrap();
    assert_eq!(resolver.addresses(ENVIRONMENT).await.unwrap(), first);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    resolver.forget();
    resolver.addresses(ENVIRONMENT).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}
