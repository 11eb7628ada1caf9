//! Shutdown: what is under way ends, what is idle is closed, and nothing is accepted any more.

use std::sync::{Arc, Mutex};

use foundation_http::{Component, Health, Settings};
use foundation_memory::VirtualClock;
use futures_channel::oneshot;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::client::{assert_status, on_tokio, read_through, read_to_end, serve, settings};

#[test]
fn shutdown_closes_idle_connections_and_the_listener() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        let address = server.address();
        let mut idle = TcpStream::connect(address).await.expect("the server listens");
        idle.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("send");
        assert_status(&read_through(&mut idle, "turns_total 7\n").await, 200);

        server.shutdown().await;
        assert_eq!(read_to_end(&mut idle).await, "");
        assert!(TcpStream::connect(address).await.is_err(), "somebody still listens at {address}");
    });
}

#[test]
fn shutdown_waits_for_an_answer_that_is_under_way() {
    on_tokio(async {
        let (asked, was_asked) = oneshot::channel::<()>();
        let (go, gate) = oneshot::channel::<()>();
        let once = Arc::new(Mutex::new(Some((asked, gate))));
        let health = move || {
            let (asked, gate) = once.lock().expect("not poisoned").take().expect("asked once");
            asked.send(()).expect("the test waits");
            let answer: foundation_core::port::BoxFuture<'static, Health> = Box::pin(async move {
                gate.await.expect("the test opens the gate");
                Health::of([Component::up("storage")])
            });
            answer
        };
        let server = serve(Settings { health: Arc::new(health), ..settings(&VirtualClock::new()) }).await;
        let mut stream = TcpStream::connect(server.address()).await.expect("the server listens");
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("send");
        was_asked.await.expect("the request arrives");

        let mut shutdown = Box::pin(server.shutdown());
        for _ in 0..100 {
            assert!(futures_util::poll!(&mut shutdown).is_pending(), "shut down before the answer was made");
            tokio::task::yield_now().await;
        }
        go.send(()).expect("the answer waits");
        shutdown.await;
        assert_status(&read_to_end(&mut stream).await, 200);
    });
}

#[test]
fn a_dropped_server_stops_listening() {
    on_tokio(async {
        let server = serve(settings(&VirtualClock::new())).await;
        let address = server.address();
        drop(server);
        for _ in 0..1_000 {
            if TcpStream::connect(address).await.is_err() {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("somebody still listens at {address}");
    });
}
