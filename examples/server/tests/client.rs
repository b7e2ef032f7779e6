//! A tiny HTTP client: what it sends is exactly what a test says.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

use crate::description;

use crate::log;

/// A request, as a test says it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        let headers = vec![("Host".into(), "localhost".into())];
        Self { method: method.into(), path: path.into(), headers, body: None }
    }

    pub(crate) fn get(path: &str, key: &str) -> Self {
        Self::new("GET", path).with("Authorization", &format!("Bearer {key}"))
    }

    /// A refund as clients ask for it.
    pub(crate) fn refund(key: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::new("POST", "/refunds")
            .with("Authorization", &format!("Bearer {key}"))
            .with("Content-Type", "application/json")
            .body(body)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn under(self, idempotency_key: &str) -> Self {
        self.with("Idempotency-Key", idempotency_key)
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        self.method = method.into();
        self
    }

    pub(crate) fn path(mut self, path: &str) -> Self {
        self.path = path.into();
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in &self.headers {
            if name == "Authorization" {
                log::is_secret(value);
                value.split(' ').for_each(log::is_secret);
            }
            // One byte a character, so that a test can say any byte.
            bytes.extend_from_slice(format!("{name}: ").as_bytes());
            bytes.extend(value.chars().map(|c| u8::try_from(u32::from(c)).unwrap()));
            bytes.extend_from_slice(b"\r\n");
        }
        if let Some(body) = &self.body {
            log::is_secret_body(body);
            bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            bytes.extend_from_slice(body);
        } else {
            bytes.extend_from_slice(b"\r\n");
        }
        bytes
    }
}

/// An answer, as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn text(&self, field: &str) -> String {
        self.json()[field].as_str().unwrap_or_else(|| panic!("no {field}: {self:?}")).to_owned()
    }

    /// The status, the code and the field to blame, if this is a refusal.
    pub(crate) fn refusal(&self) -> (u16, String, Option<String>) {
        let error = &self.json()["error"];
        let text = |field: &str| error.get(field).map(|v| v.as_str().unwrap().to_owned());
        (self.status, text("code").unwrap_or_default(), text("param"))
    }

    /// The body without what differs from one answer to the next.
    pub(crate) fn body_but_request_id(&self) -> Value {
        let mut body = self.json();
        body.as_object_mut().unwrap().remove("request_id");
        body
    }
}

/// A connection that is kept.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        Self::on(TcpStream::connect_timeout(&address, Duration::from_secs(10))?)
    }

    pub(crate) fn on(stream: TcpStream) -> io::Result<Self> {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_write_timeout(Some(Duration::from_secs(30)))?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// How long to wait for each part of an answer.
    pub(crate) fn set_patience(&self, patience: Duration) -> io::Result<()> {
        self.0.get_ref().set_read_timeout(Some(patience))
    }

    /// Sends a request of the API. Its answer must be as the API is described.
    pub(crate) fn send(&mut self, request: &Request) -> io::Result<Answer> {
        let answer = self.exchange(request)?;
        description::check(&request.method, &request.path, &answer);
        Ok(answer)
    }

    pub(crate) fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        self.write(&request.to_bytes())?;
        self.read(request.method == "HEAD")
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    pub(crate) fn read(&mut self, head_only: bool) -> io::Result<Answer> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no answer: {line:?}")))?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut answer = Answer { status, headers, body: String::new() };
        let length = answer.header("Content-Length").map_or(0, |text| text.parse().unwrap());
        if !head_only {
            let mut body = vec![0; length];
            self.0.read_exact(&mut body)?;
            if answer.header("Transfer-Encoding") == Some("chunked") {
                self.read_chunks(&mut body)?;
            }
            answer.body = String::from_utf8(body).map_err(io::Error::other)?;
        }
        Ok(answer)
    }

    /// Reads the chunks of a body.
    fn read_chunks(&mut self, body: &mut Vec<u8>) -> io::Result<()> {
        loop {
            let mut size = String::new();
            self.0.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim_end(), 16).map_err(io::Error::other)?;
            let begun = body.len();
            body.resize(begun + size, 0);
            self.0.read_exact(&mut body[begun..])?;
            self.0.read_line(&mut String::new())?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    /// Whether the server closed the connection, waiting for it a while.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.0.read(&mut [0]), Ok(0) | Err(_))
    }
}
