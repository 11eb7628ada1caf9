//! The server: a listener, a task that accepts, a task per connection.

use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::{Code, Error};
use futures_channel::oneshot;
use futures_util::future::{Either, select};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::address::Address;
use crate::connection;
use crate::routes;
use crate::settings::Settings;

/// How long accepting pauses when the machine refuses (no file descriptor left), so that it does not spin.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections too many that are told so at a time.
const REFUSALS: usize = 64;

/// Serves metrics and health until it is shut down or dropped.
pub struct OperationsServer {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accepting: oneshot::Receiver<()>,
    slots: Arc<Semaphore>,
    connections: u32,
}

impl OperationsServer {
    /// Listens at `address` and starts to answer. Call it on a tokio runtime, which drives the sockets.
    ///
    /// # Errors
    /// - [`Code::InvalidConfiguration`] for an address that other machines can reach where `settings` has no token, for
    ///   one that this machine does not have, and for a limit of no connections.
    /// - [`Code::Held`] where another program listens there.
    /// - [`Code::PermissionDenied`] and [`Code::Io`] as the machine says.
    ///
    /// # Cancel safety
    /// Dropping the future listens nowhere.
    pub async fn bind(address: Address, settings: Settings) -> Result<Self, Error> {
        address.check(settings.token.is_some())?;
        let connections = settings.limits.connections;
        if connections == 0 {
            return Err(Error::new(Code::InvalidConfiguration, "serve operations to no connection at all")
                .advise("allow one connection or more"));
        }
        let listener = address.listen().await?;
        let address = listener
            .local_addr()
            .map_err(|error| Error::new(Code::Io, "read the listening address").caused_by(error))?;

        let (stop, stopped) = watch::channel(false);
        let (has_ended, accepting) = oneshot::channel();
        let slots = Arc::new(Semaphore::new(connections as usize));
        let spawner = settings.spawner.clone();
        let accept = accept(listener, Arc::new(settings), Arc::clone(&slots), stopped);
        spawner.spawn("http-accept", async move {
            accept.await;
            // Nobody may wait for the end; then there is nobody to tell.
            let _ = has_ended.send(());
        });
        Ok(Self { address, stop, accepting, slots, connections })
    }

    /// Where it listens, with the port that was chosen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the server no longer accepts: the runtime that its tasks ran on is gone, or accepting panicked.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn ended(&mut self) {
        let _ = (&mut self.accepting).await;
    }

    /// Stops: accepts no more, lets answers that are under way end, closes idle connections, and returns when the last
    /// connection is closed. That takes [`answer_time`](crate::Limits::answer_time) at most.
    ///
    /// # Cancel safety
    /// Dropping the future stops as well, without waiting. So does dropping the server.
    pub async fn shutdown(self) {
        // Without a receiver there is nobody left to stop.
        let _ = self.stop.send(true);
        let _ = self.accepting.await;
        // Every connection holds one slot; the semaphore is never closed.
        let _ = self.slots.acquire_many(self.connections).await;
    }
}

impl fmt::Debug for OperationsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperationsServer").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn accept(listener: TcpListener, settings: Arc<Settings>, slots: Arc<Semaphore>, stop: watch::Receiver<bool>) {
    let router = routes::router(Arc::clone(&settings));
    let refusals = Arc::new(Semaphore::new(REFUSALS));
    let mut watched = stop.clone();
    let mut told_to_stop = pin!(connection::until_stopped(&mut watched));
    loop {
        let accepted = match select(told_to_stop.as_mut(), pin!(listener.accept())).await {
            Either::Left(_) => return,
            Either::Right((accepted, _)) => accepted,
        };
        match (accepted, Arc::clone(&slots).try_acquire_owned()) {
            (Ok((stream, _)), Ok(slot)) => {
                let serving = connection::serve(stream, router.clone(), Arc::clone(&settings), stop.clone());
                settings.spawner.spawn("http-connection", async move {
                    serving.await;
                    drop(slot);
                });
            }
            (Ok((stream, _)), Err(_)) => {
                // Without room for one more refusal the connection is closed: that says enough.
                if let Ok(place) = Arc::clone(&refusals).try_acquire_owned() {
                    let refusal = connection::refuse(stream, Arc::clone(&settings), stop.clone());
                    settings.spawner.spawn("http-refusal", async move {
                        refusal.await;
                        drop(place);
                    });
                }
            }
            (Err(_), slot) => {
                drop(slot);
                if let Either::Left(_) = select(told_to_stop.as_mut(), settings.clock.sleep(PAUSE)).await {
                    return;
                }
            }
        }
    }
}
