//! One connection, from accept to close.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use foundation_core::port::clock;
use futures_util::future::{Either, select};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::settings::Settings;
use crate::timer::ClockTimer;

/// hyper's smallest read buffer; a larger head needs a larger one.
const SMALLEST_BUFFER: usize = 8 * 1_024;
/// Headers of a request.
const MOST_HEADERS: usize = 64;

/// How long the client of a refused connection may take to read that.
const FAREWELL: Duration = Duration::from_secs(1);

const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 21\r\n\r\ntoo many connections\n";

/// Answers requests until the client leaves, the connection is too old, or `stop` says so; in the last two cases an
/// answer that is under way may end within its time.
pub(crate) async fn serve(stream: TcpStream, router: Router, settings: Arc<Settings>, mut stop: watch::Receiver<bool>) {
    let limits = settings.limits;
    let clock = settings.clock.as_ref();
    let connection = http1::Builder::new()
        .timer(ClockTimer::new(Arc::clone(&settings.clock)))
        .header_read_timeout(limits.head_time)
        .max_header_size(limits.head_bytes)
        .max_headers(MOST_HEADERS)
        .max_buf_size(limits.head_bytes.max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let told_to_stop = pin!(until_stopped(&mut stop));
    let leave = select(told_to_stop, clock.sleep(limits.connection_time));
    // An error of the connection is the client's: it went away or broke the rules, and hyper has answered what it can.
    if let Either::Right(_) = select(connection.as_mut(), leave).await {
        connection.as_mut().graceful_shutdown();
        let end = clock.now() + limits.answer_time;
        let _ = clock::deadline(clock, end, connection).await;
    }
}

/// Waits until the server is told to stop, or is dropped, which stops it too.
pub(crate) async fn until_stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stopped| *stopped).await);
}

/// Answers 503 to one connection too many, and reads what its client sends until that closes, for [`FAREWELL`] at most or
/// until `stop` says so: a socket that is closed with bytes unread resets the connection, and the answer may be lost.
pub(crate) async fn refuse(mut stream: TcpStream, settings: Arc<Settings>, mut stop: watch::Receiver<bool>) {
    let farewell = async {
        stream.write_all(BUSY).await?;
        stream.shutdown().await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
    };
    let told_to_stop = pin!(until_stopped(&mut stop));
    let leave = select(told_to_stop, settings.clock.sleep(FAREWELL));
    drop(select(pin!(farewell), leave).await);
}
