//! What can be set: where the servers are, who this is, how the link is protected, how long to wait, how much to take.
//!
//! The defaults are safe rather than convenient: beyond the own machine a link without encryption, and one without
//! credentials, is refused until the settings say that it is meant.

mod security;

use std::net::IpAddr;
use std::time::Duration;

use async_nats::ServerAddr;
use foundation_core::port::storage::KeyValueLimits;
use foundation_core::{Code, Error, Result};

pub use security::{NatsAuth, NatsTls, Secret};

use crate::names::Tenant;

/// How a [`NatsConnection`](crate::NatsConnection) is made and what stands behind it.
#[derive(Clone, Debug)]
pub struct NatsSettings {
    /// The servers to try, `nats://host:port` or `tls://host:port`, without credentials in them. Others of the same
    /// cluster are learned from the first that answers. Default `nats://127.0.0.1:4222`.
    pub servers: Vec<String>,
    /// Whose data these are. Everything on the server carries this name: streams, subjects, inboxes; so two tenants
    /// on one server never meet. Default `default`.
    pub tenant: Tenant,
    /// How many servers keep each stream: 1, 3 or 5. Default 1. More than the cluster has is refused.
    pub replicas: usize,
    /// Who this is, for the server. Default [`NatsAuth::Anonymous`].
    pub auth: NatsAuth,
    /// How the link is protected. Default: as the server asks.
    pub tls: NatsTls,
    /// Lets a link beyond this machine go unencrypted. Default `false`.
    pub allow_plaintext: bool,
    /// Lets a link beyond this machine go without credentials and client certificate. Default `false`.
    pub allow_anonymous: bool,
    /// How long making a connection may take, for each server tried. Default 2 s: a server that hangs takes connections
    /// and says nothing, and meanwhile another could be tried.
    pub connect_timeout: Duration,
    /// How long an answer of the server is waited for. Default 2 s.
    pub answer_timeout: Duration,
    /// How long a write whose answer was lost is asked after before its outcome is called unknown. Default 12 s:
    /// the election of a leader takes six, noticing that a server hangs and going to another as long. At most half of
    /// `duplicate_window`.
    pub resolve_timeout: Duration,
    /// How often the server is asked for a sign of life; two that stay out end the connection, and it is made
    /// again, to another server if there is one. Default 1 s.
    pub ping_interval: Duration,
    /// How long the server remembers that it has seen a write, so that one sent twice takes effect once. Default 30 s
    /// for buckets.
    pub duplicate_window: Duration,
    /// The largest value of a bucket in bytes. Default 256 KiB; the server's `max_payload` lowers it.
    pub value_bytes: usize,
    /// The most writes in a commit. Default 256; the server takes at most 1,000.
    pub batch_writes: usize,
    /// The most bytes in a commit, keys and values together. Default 1 MiB.
    pub batch_bytes: usize,
    /// How many values of each key are kept, so that a watch which lags or comes back is told every change. Default 8.
    pub history: u32,
    /// How long the trace of a deleted or expired value is kept, for the same reason. Whole seconds; default ten
    /// minutes.
    pub marker_life: Duration,
    /// The most bytes that one bucket may take on each server, `None` for no bound. A full bucket refuses writes, deletions
    /// among them, and drops nothing; room is made by raising the bound. Default `None`.
    pub bucket_bytes: Option<u64>,
}

impl Default for NatsSettings {
    fn default() -> Self {
        Self {
            servers: vec!["nats://127.0.0.1:4222".to_owned()],
            tenant: Tenant::default(),
            replicas: 1,
            auth: NatsAuth::Anonymous,
            tls: NatsTls::default(),
            allow_plaintext: false,
            allow_anonymous: false,
            connect_timeout: Duration::from_secs(2),
            answer_timeout: Duration::from_secs(2),
            resolve_timeout: Duration::from_secs(12),
            ping_interval: Duration::from_secs(1),
            duplicate_window: Duration::from_secs(30),
            value_bytes: 256 * 1024,
            batch_writes: 256,
            batch_bytes: 1024 * 1024,
            history: 8,
            marker_life: Duration::from_secs(600),
            bucket_bytes: None,
        }
    }
}

impl NatsSettings {
    /// The settings for one server, everything else by default.
    #[must_use]
    pub fn at(server: impl Into<String>) -> Self {
        Self { servers: vec![server.into()], ..Self::default() }
    }

    /// Checks what can be checked without a server; [`NatsConnection::open`](crate::NatsConnection::open) does it first.
    ///
    /// # Errors
    /// `InvalidConfiguration` for a value that is not allowed, and for a link beyond this machine that is neither
    /// protected nor said to be meant so.
    pub fn check(&self) -> Result<()> {
        if self.servers.is_empty() {
            return Err(refused("no server is named").advise("name at least one, such as nats://127.0.0.1:4222"));
        }
        for server in &self.servers {
            self.check_exposure(&address(server)?)?;
        }
        if !matches!(self.replicas, 1 | 3 | 5) {
            return Err(refused(format!("{} replicas", self.replicas))
                .advise("use 1, 3 or 5: an even number survives no more failures than the odd one below it"));
        }
        self.check_limits()
    }

    /// The servers as addresses.
    pub(crate) fn addresses(&self) -> Result<Vec<ServerAddr>> {
        self.servers.iter().map(|server| address(server)).collect()
    }

    fn check_exposure(&self, server: &ServerAddr) -> Result<()> {
        if is_loopback(server.host()) {
            return Ok(());
        }
        let encrypted = self.tls.require || server.tls_required();
        if !encrypted && !self.allow_plaintext {
            return Err(refused(format!("server {} is another machine and the link is not encrypted", shown(server)))
                .advise("require TLS (`tls.require`, or a tls:// address), or allow it with `allow_plaintext`"));
        }
        if !self.auth.is_given() && self.tls.client.is_none() && !self.allow_anonymous {
            return Err(refused(format!("server {} is another machine and no credentials are given", shown(server)))
                .advise("set `auth` or a client certificate, or allow it with `allow_anonymous`"));
        }
        Ok(())
    }

    fn check_limits(&self) -> Result<()> {
        let floor = KeyValueLimits::FLOOR;
        let too_small = |what: &str, is: usize, least: usize| {
            refused(format!("{what} is {is}, at least {least} is what every adapter takes"))
        };
        if self.value_bytes < floor.value_bytes {
            return Err(too_small("value_bytes", self.value_bytes, floor.value_bytes));
        }
        if self.batch_bytes < floor.batch_bytes {
            return Err(too_small("batch_bytes", self.batch_bytes, floor.batch_bytes));
        }
        if !(floor.batch_writes..=MOST_BATCH_WRITES).contains(&self.batch_writes) {
            return Err(refused(format!(
                "batch_writes is {}, allowed are {} to {MOST_BATCH_WRITES}",
                self.batch_writes, floor.batch_writes
            )));
        }
        if self.history == 0 {
            return Err(refused("history is 0").advise("keep one value of each key at least"));
        }
        if self.marker_life < Duration::from_secs(1) {
            return Err(refused("marker_life is less than a second, which is the server's grain"));
        }
        if self.answer_timeout.is_zero() || self.connect_timeout.is_zero() || self.ping_interval.is_zero() {
            return Err(refused("a time to wait for the server is zero"));
        }
        if self.resolve_timeout > self.duplicate_window / 2 {
            return Err(refused("resolve_timeout is more than half of duplicate_window")
                .advise("the server has to remember a write for as long as anybody asks after it"));
        }
        Ok(())
    }
}

/// The server takes at most 1,000 messages in an atomic batch; guards and the closing message need some of them.
const MOST_BATCH_WRITES: usize = 400;

fn refused(what: impl Into<String>) -> Error {
    Error::new(Code::InvalidConfiguration, what.into()).during("settings of the NATS adapter")
}

/// A server's address; the text is repeated in an error only where it has no credentials in it.
fn address(text: &str) -> Result<ServerAddr> {
    if text.contains('@') {
        return Err(refused("a server's address has credentials in it").advise("take them out and set `auth`"));
    }
    let parsed: ServerAddr =
        text.parse().map_err(|cause: std::io::Error| refused(format!("server address `{text}`")).caused_by(cause))?;
    match parsed.scheme() {
        "nats" | "tls" if !parsed.host().is_empty() => Ok(parsed),
        "nats" | "tls" => Err(refused(format!("server address `{text}` has no host"))),
        other => {
            Err(refused(format!("server address `{text}` begins with {other}://")).advise("use nats:// or tls://"))
        }
    }
}

fn shown(server: &ServerAddr) -> String {
    format!("{}:{}", server.host(), server.port())
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
