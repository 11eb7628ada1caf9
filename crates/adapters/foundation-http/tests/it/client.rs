//! A raw HTTP client, a server on a port that the machine chooses, and a clock that stands still.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use foundation_core::Spawner;
use foundation_core::port::clock::Clock as _;
use foundation_http::{Address, Component, Health, OperationsServer, Settings, Token};
use foundation_memory::VirtualClock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) const SECRET: &str = "0123456789abcdef";

/// Runs a test on a tokio runtime of its own.
pub(crate) fn on_tokio<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime").block_on(test)
}

/// A port of loopback that the machine chooses.
pub(crate) fn any_port() -> Address {
    Address::Exactly("127.0.0.1:0".parse().expect("an address"))
}

/// Settings with one counter and two components that are up.
pub(crate) fn settings(clock: &VirtualClock) -> Settings {
    Settings::new(
        Arc::new(|| "turns_total 7\n".to_owned()),
        Arc::new(|| Box::pin(async { Health::of([Component::up("storage"), Component::up("events")]) })),
        Spawner::current().expect("tests run on tokio"),
        Arc::new(clock.clone()),
    )
}

pub(crate) fn with_token(settings: Settings) -> Settings {
    Settings { token: Some(Token::new(SECRET).expect("a fit token")), ..settings }
}

pub(crate) async fn serve(settings: Settings) -> OperationsServer {
    OperationsServer::bind(any_port(), settings).await.expect("loopback has a free port")
}

/// Sends `text` on a connection of its own and reads until the server closes it.
pub(crate) async fn exchange(address: SocketAddr, text: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(text.as_bytes()).await.expect("send");
    read_to_end(&mut stream).await
}

/// Reads until the server closes the connection.
pub(crate) async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("receive");
    String::from_utf8(bytes).expect("text")
}

/// Reads one answer of a connection that stays open, as far as the end of `body`.
pub(crate) async fn read_through(stream: &mut TcpStream, body: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(body) {
        let mut chunk = [0; 4_096];
        let n_bytes = stream.read(&mut chunk).await.expect("receive");
        assert!(n_bytes > 0, "closed after: {text}");
        text.push_str(std::str::from_utf8(&chunk[..n_bytes]).expect("text"));
    }
    text
}

/// One GET, with more header lines if given (each ended by `\r\n`).
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{headers}\r\n")).await
}

#[track_caller]
pub(crate) fn assert_status(answer: &str, status: u16) {
    assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "expected {status}: {answer}");
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").expect("a head and a body").1
}

/// Lets tasks run until the earliest timer of `clock` is `expected` away, then moves time there.
pub(crate) async fn advance_to_timer(clock: &VirtualClock, expected: std::time::Duration) {
    let point = clock.now() + expected;
    for _ in 0..1_000_000 {
        if clock.next_deadline() == Some(point) {
            clock.advance_to(point);
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody set a timer {expected:?} away; the earliest is {:?}", clock.next_deadline());
}
