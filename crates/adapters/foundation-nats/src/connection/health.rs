//! How the link is, from what the client tells.

use async_nats::{ClientError, Event, ServerError};
use foundation_core::port::clock::Monotonic;

/// Whether there is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkState {
    /// There is.
    Connected,
    /// It broke and is being made again.
    Disconnected,
    /// It was closed for good.
    Closed,
}

/// How the link is, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NatsHealth {
    /// Whether there is a link.
    pub state: LinkState,
    /// Since when, on the connection's clock.
    pub since: Monotonic,
    /// How often a broken link was made again.
    pub reconnects: u64,
    /// How often the client dropped a message because a subscription's buffer was full.
    pub slow_consumers: u64,
    /// Whether the server said that it is about to stop; the next reconnect goes elsewhere.
    pub lame_duck: bool,
    /// The latest error that server or client told, such as a missing permission.
    pub last_error: Option<String>,
}

impl NatsHealth {
    pub(super) fn connected(now: Monotonic) -> Self {
        let state = LinkState::Connected;
        Self { state, since: now, reconnects: 0, slow_consumers: 0, lame_duck: false, last_error: None }
    }

    /// Takes in what the client told.
    pub(super) fn take(&mut self, event: &Event, now: Monotonic) {
        match event {
            Event::Connected if self.state == LinkState::Connected => {}
            Event::Connected => {
                self.reconnects += 1;
                self.lame_duck = false;
                self.enter(LinkState::Connected, now);
            }
            Event::Disconnected => self.enter(LinkState::Disconnected, now),
            Event::Closed => self.enter(LinkState::Closed, now),
            Event::LameDuckMode => self.lame_duck = true,
            Event::Draining => {}
            Event::SlowConsumer(_) => self.slow_consumers += 1,
            Event::ServerError(ServerError::AuthorizationViolation) => {
                self.last_error = Some("the server refuses the credentials".to_owned());
            }
            Event::ServerError(ServerError::SlowConsumer(_)) => self.slow_consumers += 1,
            Event::ServerError(ServerError::Other(text)) => self.last_error = Some(format!("the server says: {text}")),
            Event::ClientError(ClientError::Other(text)) => self.last_error = Some(text.clone()),
            Event::ClientError(error) => self.last_error = Some(error.to_string()),
        }
    }

    fn enter(&mut self, state: LinkState, now: Monotonic) {
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests;
