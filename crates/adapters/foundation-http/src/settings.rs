//! What a server is made of.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::BoxFuture;
use foundation_core::port::clock::Clock;
use foundation_core::{Spawner, Telemetry};

use crate::health::Health;
use crate::token::Token;

/// Makes the text of `/metrics`. It may block: it runs off the threads that tasks run on.
pub type TextSource = Arc<dyn Fn() -> String + Send + Sync>;

/// Asks for the health of the whole.
pub type HealthSource = Arc<dyn Fn() -> BoxFuture<'static, Health> + Send + Sync>;

/// What a server answers with, and how much it lets a client take.
#[derive(Clone)]
pub struct Settings {
    /// The text of `/metrics`.
    pub metrics: TextSource,
    /// The answer of `/healthz`.
    pub health: HealthSource,
    /// The studies of `/v1/studies`; without them there is no such path. None by default.
    #[cfg(feature = "studies")]
    pub studies: Option<Arc<dyn mabeam::Studies>>,
    /// Where requests are counted. Nowhere by default.
    pub telemetry: Telemetry,
    /// What a request must bring; needed where other machines can reach the address. None by default.
    pub token: Option<Token>,
    /// How much a client can take.
    pub limits: Limits,
    /// Starts the task of each connection.
    pub spawner: Spawner,
    /// Tells when a client was too slow.
    pub clock: Arc<dyn Clock>,
}

impl Settings {
    /// Settings without a token and with the default limits.
    #[must_use]
    pub fn new(metrics: TextSource, health: HealthSource, spawner: Spawner, clock: Arc<dyn Clock>) -> Self {
        Self {
            metrics,
            health,
            #[cfg(feature = "studies")]
            studies: None,
            telemetry: Telemetry::none(),
            token: None,
            limits: Limits::default(),
            spawner,
            clock,
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("token", &self.token).field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// How much a client can take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; one more is answered 503 and closed. 64 by default.
    pub connections: u32,
    /// Bytes of a request's line and headers; more is answered 431. 8 KiB by default.
    pub head_bytes: usize,
    /// How long a client may take to send a request's head, and how long a connection may lie idle. 10 s by default.
    pub head_time: Duration,
    /// How long an answer may take to be made; then the answer is 503. 5 s by default.
    pub answer_time: Duration,
    /// Bytes of a request's body, on the paths that take one; more is answered 413. 256 KiB by default.
    pub body_bytes: usize,
    /// How long a worker may ask to wait for a trial; more is answered 400. 30 s by default.
    pub longest_wait: Duration,
    /// How long a connection is kept at most; one that has not ended `answer_time` later is cut. 10 min by default.
    pub connection_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            head_bytes: 8 * 1_024,
            head_time: Duration::from_secs(10),
            answer_time: Duration::from_secs(5),
            body_bytes: 256 * 1_024,
            longest_wait: Duration::from_secs(30),
            connection_time: Duration::from_secs(600),
        }
    }
}
