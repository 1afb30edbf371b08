//! HTTP/1.1 messages, read as a whole and kept unchanged.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// The largest size of a head, in bytes.
const LONGEST_HEAD: usize = 256 * 1024;

/// A request or an answer.
#[derive(Debug, Clone)]
pub(super) struct Message {
    /// The first line.
    first: String,
    /// The headers, their names in lower case.
    headers: Vec<(String, String)>,
    /// The body, without chunks.
    pub(super) content: Vec<u8>,
    /// The whole message, unchanged.
    pub(super) raw: Vec<u8>,
    /// The offset of the body in `raw`.
    pub(super) body: usize,
    /// Whether the connection ends after this message.
    pub(super) last: bool,
}

/// The end of a body.
enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

impl Message {
    /// The method of a request.
    pub(super) fn method(&self) -> &str {
        self.first.split(' ').next().unwrap_or_default()
    }

    /// The path of a request, with its query.
    pub(super) fn path(&self) -> &str {
        self.first.split(' ').nth(1).unwrap_or_default()
    }

    /// The status of an answer; 0 if it has none.
    pub(super) fn status(&self) -> u16 {
        self.path().parse().unwrap_or_default()
    }

    /// The first header of that name, which must be in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// All headers, their names in lower case.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The request as one text: method, path and body.
    pub(super) fn text(&self) -> String {
        format!("{} {} {}", self.method(), self.path(), String::from_utf8_lossy(&self.content))
    }

    #[cfg(test)]
    pub(super) fn new(first: &str, headers: Vec<(String, String)>, content: &str) -> Self {
        let content = content.as_bytes().to_vec();
        Self { first: first.to_owned(), headers, content, raw: Vec::new(), body: 0, last: false }
    }

    fn read_head(raw: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&raw);
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default().to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers =
            headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        let headers: Vec<_> = headers.collect();
        let last = headers.iter().any(|(name, value)| {
            name == "connection" && value.to_ascii_lowercase().contains("close")
        });
        let body = raw.len();
        Self { first, headers, content: Vec::new(), raw, body, last }
    }

    fn framing(&self) -> Option<Framing> {
        if self.header("transfer-encoding").is_some_and(|it| it.contains("chunked")) {
            return Some(Framing::Chunked);
        }
        let length = self.header("content-length")?;
        Some(length.parse().map_or(Framing::None, Framing::Length))
    }
}

/// The next request; `None` if the client has closed the connection.
pub(super) async fn read_request(
    from: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<Message>> {
    let Some(mut request) = read_head(from).await? else { return Ok(None) };
    let framing = request.framing().unwrap_or(Framing::None);
    read_body(from, &mut request, framing).await?;
    Ok(Some(request))
}

/// The final answer to a request of `method`; answers below 200 are skipped.
pub(super) async fn read_answer(
    from: &mut (impl AsyncBufRead + Unpin),
    method: &str,
) -> io::Result<Message> {
    loop {
        let Some(mut answer) = read_head(from).await? else {
            return Err(ErrorKind::UnexpectedEof.into());
        };
        let status = answer.status();
        if (100..200).contains(&status) {
            continue;
        }
        let bodiless = method == "HEAD" || matches!(status, 204 | 304);
        let framing = if bodiless { Some(Framing::None) } else { answer.framing() };
        read_body(from, &mut answer, framing.unwrap_or(Framing::UntilClose)).await?;
        return Ok(answer);
    }
}

async fn read_head(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Message>> {
    let mut raw = Vec::new();
    loop {
        let line = from.read_until(b'\n', &mut raw).await?;
        if line == 0 {
            return if raw.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
        if raw.ends_with(b"\r\n\r\n") {
            return Ok(Some(Message::read_head(raw)));
        }
        if raw.len() > LONGEST_HEAD {
            return Err(ErrorKind::InvalidData.into());
        }
    }
}

async fn read_body(
    from: &mut (impl AsyncBufRead + Unpin),
    message: &mut Message,
    framing: Framing,
) -> io::Result<()> {
    match framing {
        Framing::None => {}
        Framing::Length(length) => {
            let mut content = vec![0; length];
            from.read_exact(&mut content).await?;
            message.raw.extend_from_slice(&content);
            message.content = content;
        }
        Framing::Chunked => read_chunks(from, message).await?,
        Framing::UntilClose => {
            from.read_to_end(&mut message.content).await?;
            message.raw.extend_from_slice(&message.content);
            message.last = true;
        }
    }
    Ok(())
}

async fn read_chunks(
    from: &mut (impl AsyncBufRead + Unpin),
    message: &mut Message,
) -> io::Result<()> {
    loop {
        let size = read_line(from, &mut message.raw).await?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| ErrorKind::InvalidData)?;
        if size == 0 {
            // Trailers, if any, end with an empty line.
            while !read_line(from, &mut message.raw).await?.trim().is_empty() {}
            return Ok(());
        }
        let mut chunk = vec![0; size];
        from.read_exact(&mut chunk).await?;
        message.raw.extend_from_slice(&chunk);
        message.content.extend_from_slice(&chunk);
        read_line(from, &mut message.raw).await?;
    }
}

async fn read_line(
    from: &mut (impl AsyncBufRead + Unpin),
    raw: &mut Vec<u8>,
) -> io::Result<String> {
    let begin = raw.len();
    if from.read_until(b'\n', raw).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(String::from_utf8_lossy(&raw[begin..]).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_has_the_length_in_its_head() {
        let text = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
                    2;x=y\r\nde\r\n1\r\nf\r\n0\r\nT: r\r\n\r\nGET /c HTTP/1.1\r\n\r\n";
        let mut from = text.as_bytes();
        let mut seen = Vec::new();
        let mut raw = Vec::new();
        while let Some(request) = read_request(&mut from).await.unwrap() {
            seen.push(request.text());
            raw.extend(request.raw);
        }
        assert_eq!(seen, ["POST /a abc", "PUT /b def", "GET /c "]);
        assert_eq!(raw, text.as_bytes());
    }

    #[tokio::test]
    async fn an_answer_without_a_length_ends_with_its_connection() {
        let mut from = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nall".as_bytes();
        let answer = read_answer(&mut from, "GET").await.unwrap();
        assert_eq!(
            (answer.status(), answer.content.as_slice(), answer.last),
            (200, &b"all"[..], true)
        );
        let mut from = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n".as_bytes();
        let answer = read_answer(&mut from, "HEAD").await.unwrap();
        assert!(answer.content.is_empty() && !answer.last);
    }

    #[tokio::test]
    async fn a_truncated_message_is_an_error() {
        for text in ["GET / HT", "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na"] {
            assert!(read_request(&mut text.as_bytes()).await.is_err(), "{text}");
        }
    }
}
