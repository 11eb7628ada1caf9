//! What a client cannot take.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use foundation_http::{Health, Limits, OperationsServer, Settings};
use foundation_memory::VirtualClock;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{
    advance_to_timer, assert_status, body, exchange, get, on_tokio, read_through, read_to_end, serve, settings,
};

/// A server for one connection, and that one.
async fn full_server() -> (OperationsServer, TcpStream) {
    let limits = Limits { connections: 1, ..Limits::default() };
    let server = serve(Settings { limits, ..settings(&VirtualClock::new()) }).await;
    let mut first = TcpStream::connect(server.address()).await.expect("the server listens");
    first.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("send");
    assert_status(&read_through(&mut first, "turns_total 7\n").await, 200);
    (server, first)
}

#[test]
fn one_connection_too_many_is_told_so_and_a_closed_one_makes_room() {
    on_tokio(async {
        let (server, mut first) = full_server().await;

        let mut second = TcpStream::connect(server.address()).await.expect("the server listens");
        let refused = read_to_end(&mut second).await;
        assert_status(&refused, 503);
        assert_eq!(body(&refused), "too many connections\n");

        // The client sees the end of its connection a moment before the server gives the slot back.
        first.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.expect("send");
        assert_status(&read_to_end(&mut first).await, 200);
        let mut answer = String::new();
        for _ in 0..1_000 {
            answer = get(server.address(), "/metrics", "").await;
            if answer.starts_with("HTTP/1.1 200 ") {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the slot never came back: {answer}");
    });
}

/// The request of a connection too many is read and thrown away: closed before that, its socket would reset the
/// connection, and the client could not read to the end of the answer.
#[test]
fn one_connection_too_many_that_has_asked_already_reads_its_refusal_to_the_end() {
    on_tokio(async {
        let (server, _first) = full_server().await;
        let mut second = std::net::TcpStream::connect(server.address()).expect("the server listens");
        // Sent from this thread, which is the server's too: it has not looked at the connection yet.
        second.write_all(&[b'x'; 10_000]).expect("send");
        second.set_nonblocking(true).expect("a socket");
        let mut second = TcpStream::from_std(second).expect("a socket");
        let refused = read_to_end(&mut second).await;
        assert_status(&refused, 503);
        assert_eq!(body(&refused), "too many connections\n");
    });
}

#[test]
fn a_head_that_is_too_long_is_refused() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        let long = format!("x-filler: {}\r\n", "x".repeat(9_000));
        assert_status(&get(server.address(), "/metrics", &long).await, 431);
        let many: String = (0..100).map(|n| format!("x-{n}: 1\r\n")).collect();
        assert_status(&get(server.address(), "/metrics", &many).await, 431);
        assert_status(&get(server.address(), "/metrics", "x-filler: short\r\n").await, 200);
    });
}

#[test]
fn a_body_is_refused() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        for head in ["content-length: 4\r\n\r\nbody", "transfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"] {
            let answer = exchange(server.address(), &format!("GET /metrics HTTP/1.1\r\nhost: test\r\n{head}")).await;
            assert_status(&answer, 413);
        }
    });
}

#[test]
fn a_head_that_never_ends_is_cut_off() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = serve(settings(&clock)).await;
        let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: t").await.expect("send");
        advance_to_timer(&clock, Limits::default().head_time).await;
        let answer = read_to_end(&mut stream).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    });
}

#[test]
fn an_idle_connection_is_closed() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let server = serve(settings(&clock)).await;
        let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("send");
        assert_status(&read_through(&mut stream, "turns_total 7\n").await, 200);
        advance_to_timer(&clock, Limits::default().head_time).await;
        read_to_end(&mut stream).await;
    });
}

#[test]
fn health_that_does_not_come_is_health_that_is_down() {
    on_tokio(async {
        let clock = VirtualClock::new();
        let settings = Settings { health: Arc::new(|| Box::pin(std::future::pending::<Health>())), ..settings(&clock) };
        let server = serve(settings).await;
        let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").await.expect("send");
        advance_to_timer(&clock, Limits::default().answer_time).await;
        let answer = read_to_end(&mut stream).await;
        assert_status(&answer, 503);
        assert!(body(&answer).contains("no answer from the components within 5 s"), "{answer}");
    });
}

#[test]
fn a_connection_is_closed_when_it_is_old() {
    on_tokio(async {
        let clock = VirtualClock::new();
        // Older than it may lie idle, so that age is what ends it.
        let limits = Limits { connection_time: Duration::from_secs(3), ..Limits::default() };
        let server = serve(Settings { limits, ..settings(&clock) }).await;
        let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("send");
        assert_status(&read_through(&mut stream, "turns_total 7\n").await, 200);
        advance_to_timer(&clock, limits.connection_time).await;
        assert_eq!(read_to_end(&mut stream).await, "");
    });
}
