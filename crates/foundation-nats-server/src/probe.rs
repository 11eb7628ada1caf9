//! The few words of the client protocol that it takes to ask JetStream something. Every question has its own connection
//! and a limit in time: a server that has just started may accept a connection and answer nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::error::ServerError;
use crate::wait::Deadline;

/// The largest answer that is read.
const MAX_ANSWER: usize = 8 << 20;
const INBOX: &str = "_INBOX.foundation-probe";

/// How this crate's own questions are let in.
#[derive(Clone)]
pub(crate) enum Login {
    Open,
    Token(String),
    Password { user: String, password: String },
}

/// Sends a request to JetStream's API and returns its answer.
///
/// # Errors
/// `Refused` where the answer says so, `NoAnswer` where none comes in time.
pub(crate) fn ask(
    server: SocketAddr,
    login: &Login,
    subject: &str,
    body: &[u8],
    within: Duration,
) -> Result<Value, ServerError> {
    let deadline = Deadline::after(within);
    let failed = |error: std::io::Error| ServerError::no_answer(subject, error.to_string());
    let stream = TcpStream::connect_timeout(&server, deadline.left()).map_err(failed)?;
    let mut connection = Connection { stream: BufReader::new(stream), deadline };
    connection.greet(login).map_err(failed)?;
    connection
        .send(&[format!("SUB {INBOX} 1\r\nPUB {subject} {INBOX} {}\r\n", body.len()).as_bytes(), body, b"\r\n"])
        .map_err(failed)?;
    let answer = connection.message().map_err(failed)?;
    if answer.is_empty() {
        return Err(ServerError::no_answer(subject, "nobody serves it yet"));
    }
    let answer: Value = serde_json::from_slice(&answer)
        .map_err(|error| ServerError::no_answer(subject, format!("an answer that is no JSON: {error}")))?;
    match answer.get("error") {
        None => Ok(answer),
        Some(error) => Err(ServerError::Refused {
            request: subject.to_owned(),
            code: error["err_code"].as_u64().or(error["code"].as_u64()).unwrap_or_default(),
            description: error["description"].as_str().unwrap_or_default().to_owned(),
        }),
    }
}

/// Whether the server's monitoring says that it is up and that its streams have caught up.
pub(crate) fn health(monitoring: SocketAddr, within: Duration) -> Result<(), ServerError> {
    let asked = "GET /healthz";
    let deadline = Deadline::after(within);
    let failed = |error: std::io::Error| ServerError::no_answer(asked, error.to_string());
    let stream = TcpStream::connect_timeout(&monitoring, deadline.left()).map_err(failed)?;
    let mut connection = Connection { stream: BufReader::new(stream), deadline };
    connection.send(&[b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"]).map_err(failed)?;
    let status = connection.line().map_err(failed)?;
    if status.split(' ').nth(1) == Some("200") {
        return Ok(());
    }
    let mut said = status;
    while let Ok(line) = connection.line() {
        if line.starts_with('{') {
            said = line;
        }
    }
    Err(ServerError::no_answer(asked, said))
}

struct Connection {
    stream: BufReader<TcpStream>,
    deadline: Deadline,
}

impl Connection {
    fn greet(&mut self, login: &Login) -> std::io::Result<()> {
        self.line()?;
        let mut options = json!({
            "verbose": false, "pedantic": false, "headers": true, "no_responders": true, "protocol": 1,
            "lang": "rust", "name": "foundation-nats-server", "version": env!("CARGO_PKG_VERSION"),
        });
        match login {
            Login::Open => {}
            Login::Token(token) => options["auth_token"] = json!(token),
            Login::Password { user, password } => {
                options["user"] = json!(user);
                options["pass"] = json!(password);
            }
        }
        self.send(&[b"CONNECT ", options.to_string().as_bytes(), b"\r\nPING\r\n"])?;
        loop {
            match self.line()?.as_str() {
                "PONG" => return Ok(()),
                line if line.starts_with("-ERR") => return Err(std::io::Error::other(line.to_owned())),
                _ => {}
            }
        }
    }

    /// The payload of the first message that comes; empty where the server says that nobody serves the subject.
    fn message(&mut self) -> std::io::Result<Vec<u8>> {
        loop {
            let line = self.line()?;
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let size = |at: usize| {
                let size = words.len().checked_sub(at).and_then(|at| words.get(at)?.parse::<usize>().ok());
                size.filter(|size| *size <= MAX_ANSWER)
                    .ok_or_else(|| std::io::Error::other(format!("the line `{line}`")))
            };
            match words.first().copied() {
                Some("MSG") => return self.bytes(size(1)?),
                Some("HMSG") => {
                    let (headers, all) = (size(2)?, size(1)?);
                    let mut payload = self.bytes(all)?;
                    payload.drain(..headers.min(all));
                    return Ok(payload);
                }
                Some("PING") => self.send(&[b"PONG\r\n"])?,
                Some("-ERR") => return Err(std::io::Error::other(line)),
                _ => {}
            }
        }
    }

    fn send(&mut self, parts: &[&[u8]]) -> std::io::Result<()> {
        self.stream.get_ref().set_write_timeout(Some(self.deadline.left()))?;
        self.stream.get_mut().write_all(&parts.concat())
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let mut byte = self.bytes(1)?;
            line.append(&mut byte);
            if line.len() > MAX_ANSWER {
                return Err(std::io::Error::other("a line without an end"));
            }
        }
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    /// Exactly so many bytes, or an error when the time is over, however slowly they trickle in.
    fn bytes(&mut self, n: usize) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![0; n];
        let mut filled = 0;
        while filled < n {
            if self.stream.buffer().is_empty() {
                if self.deadline.is_over() {
                    return Err(std::io::ErrorKind::TimedOut.into());
                }
                self.stream.get_ref().set_read_timeout(Some(self.deadline.left()))?;
                if self.stream.fill_buf()?.is_empty() {
                    return Err(std::io::ErrorKind::UnexpectedEof.into());
                }
            }
            filled += self.stream.read(&mut bytes[filled..])?;
        }
        Ok(bytes)
    }
}
