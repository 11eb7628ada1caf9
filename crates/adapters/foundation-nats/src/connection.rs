//! The link to the servers: one for everything of a tenant in a process.

mod health;
mod open;
mod request;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_nats::Client;
use foundation_core::Result;
use foundation_core::port::clock::Clock;
use tokio::sync::watch;

pub use health::{LinkState, NatsHealth};
pub(crate) use request::Ack;

use crate::names::Tenant;
use crate::settings::NatsSettings;

/// A connection to a NATS server or cluster, for one tenant. Clones share it; it ends with the last of them.
///
/// A connection that breaks is made again by itself, for as long as it takes; [`health`](Self::health) tells. Calls
/// meanwhile are refused with `ServiceUnavailable` and nothing is sent; what was under way may be `OutcomeUnknown`.
#[derive(Clone)]
pub struct NatsConnection {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    settings: NatsSettings,
    clock: Arc<dyn Clock>,
    tasks: tokio::runtime::Handle,
    health: watch::Receiver<NatsHealth>,
    /// What the message ids of this connection begin with; nobody else's do.
    identity: String,
    sent: AtomicU64,
}

impl NatsConnection {
    /// Connects, and checks that what is there can do what is needed.
    ///
    /// Has to be called on tokio; the connection lives as long as that runtime.
    ///
    /// # Errors
    /// `InvalidConfiguration` where [`NatsSettings::check`] refuses, JetStream is off, or the servers are too old (before
    /// 2.12) or too few for the replicas. `PermissionDenied` where the server refuses the credentials.
    /// `ServiceUnavailable` where no server can be reached; it may be tried again.
    pub async fn open(settings: NatsSettings, clock: Arc<dyn Clock>) -> Result<Self> {
        open::open(settings, clock).await
    }

    /// How the link is.
    #[must_use]
    pub fn health(&self) -> NatsHealth {
        self.shared.health.borrow().clone()
    }

    /// Waits for the next change of [`health`](Self::health) after `seen`, and answers it.
    ///
    /// # Cancel safety
    /// Dropping the future forgets the wait and nothing else.
    pub async fn health_after(&self, seen: &NatsHealth) -> NatsHealth {
        let mut health = self.shared.health.clone();
        match health.wait_for(|now| now != seen).await {
            Ok(now) => now.clone(),
            // The client is gone, and with it whatever could change.
            Err(_) => self.health(),
        }
    }

    /// Whose data it is.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.shared.settings.tenant
    }

    /// How it was made.
    #[must_use]
    pub fn settings(&self) -> &NatsSettings {
        &self.shared.settings
    }

    pub(crate) fn client(&self) -> &Client {
        &self.shared.client
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// Where tasks of this connection run.
    pub(crate) fn tasks(&self) -> &tokio::runtime::Handle {
        &self.shared.tasks
    }

    /// A name that no other call, on no other connection, gets: for message ids, batches and consumers. Letters and
    /// digits only.
    pub(crate) fn unique(&self) -> String {
        use fmt::Write as _;
        let number = self.shared.sent.fetch_add(1, Ordering::Relaxed);
        let mut text = String::with_capacity(self.shared.identity.len() + 12);
        text.push_str(&self.shared.identity);
        // Writing to a string cannot fail.
        let _ = write!(text, "{number:x}");
        text
    }
}

impl fmt::Debug for NatsConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsConnection").field("tenant", self.tenant()).field("health", &self.health()).finish()
    }
}
