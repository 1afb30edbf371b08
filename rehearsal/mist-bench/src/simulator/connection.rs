//! A caller's connection, which stays open for one call after the other.
//!
//! It blocks, and supports only the HTTP that it needs, so that callers take little CPU time from the simulator.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use crate::error::Result;

/// The time limit of an answer.
const ANSWER_LIMIT: Duration = Duration::from_mins(2);
/// The separator between the head of an answer and its body.
const BLANK_LINE: &[u8] = b"\r\n\r\n";
/// The size of a read, in bytes.
const CHUNK: usize = 64 * 1024;

/// A connection that stays open.
pub(super) struct Connection {
    stream: TcpStream,
    /// The bytes read, and the number of them that belong to the answer.
    buffer: Vec<u8>,
    filled: usize,
}

/// The HTTP request of a call of Elastic Beanstalk with these parameters.
pub(super) fn beanstalk(parameters: &str) -> Vec<u8> {
    let body = format!("{parameters}&Version=2010-12-01");
    let signed = "Authorization: AWS4-HMAC-SHA256 \
                  Credential=AKID/20260101/us-east-1/elasticbeanstalk/aws4_request, \
                  SignedHeaders=host;x-amz-date, Signature=0\r\nX-Amz-Date: 20260101T000000Z\r\n\
                  Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n";
    post("/", signed, &body)
}

/// The HTTP request of a call of the simulator's control API.
pub(super) fn control(path: &str, body: &str) -> Vec<u8> {
    post(&format!("/_sim/{path}"), "Content-Type: application/json\r\n", body)
}

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    let host = "Host: localhost\r\n";
    format!("POST {path} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\n\r\n{body}").into()
}

impl Connection {
    /// Connects to `address`.
    pub(super) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_LIMIT))?;
        Ok(Self { stream, buffer: Vec::new(), filled: 0 })
    }

    /// Sends a request and returns the body of its answer, which must be a success.
    pub(super) fn call(&mut self, request: &[u8]) -> Result<&str> {
        self.stream.write_all(request)?;
        self.filled = 0;
        let head = loop {
            self.read()?;
            let come = &self.buffer[..self.filled];
            if let Some(end) = come.windows(BLANK_LINE.len()).position(|it| it == BLANK_LINE) {
                break end;
            }
        };
        let (is_success, length) = parse_head(std::str::from_utf8(&self.buffer[..head])?)?;
        let (begin, end) = (head + BLANK_LINE.len(), head + BLANK_LINE.len() + length);
        while self.filled < end {
            self.read()?;
        }
        let body = std::str::from_utf8(&self.buffer[begin..end])?;
        if is_success { Ok(body) } else { Err(format!("a call was refused: {body}").into()) }
    }

    fn read(&mut self) -> Result<()> {
        if self.buffer.len() < self.filled + CHUNK {
            self.buffer.resize(self.filled + CHUNK, 0);
        }
        match self.stream.read(&mut self.buffer[self.filled..])? {
            0 => Err("the simulator closed the connection".into()),
            read => {
                self.filled += read;
                Ok(())
            }
        }
    }
}

/// Whether the answer with this head is a success, and the length of its body.
fn parse_head(head: &str) -> Result<(bool, usize)> {
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") { value.trim().parse().ok() } else { None }
    });
    Ok((head.starts_with("HTTP/1.1 2"), length.ok_or("an answer has no length")?))
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    #[test]
    fn a_refusal_is_an_error_with_its_body() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; control("time", "{}").len()];
            for answer in
                ["200 OK\r\ncontent-length: 3\r\n\r\none", "400 X\r\nContent-Length: 3\r\n\r\ntwo"]
            {
                stream.read_exact(&mut request).unwrap();
                // In two parts, as answers may come.
                let (first, second) = answer.split_at(answer.len() - 2);
                stream.write_all(format!("HTTP/1.1 {first}").as_bytes()).unwrap();
                stream.write_all(second.as_bytes()).unwrap();
            }
        });
        let mut connection = Connection::open(address).unwrap();
        let request = control("time", "{}");
        assert_eq!(connection.call(&request).unwrap(), "one");
        let refusal = connection.call(&request).unwrap_err();
        assert_eq!(refusal.to_string(), "a call was refused: two");
        server.join().unwrap();
    }
}
