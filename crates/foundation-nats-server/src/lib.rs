//! A NATS server as a child process, for tests, experiments and runs on one machine: found, started, paused, killed,
//! started again and ended.
//!
//! The calls block and need no runtime; from tokio they go through `spawn_blocking`. Servers listen on 127.0.0.1 only,
//! on ports that they choose themselves, with JetStream on.
//!
//! ```
//! use foundation_nats_server::{NatsServer, ServerSettings, find_or_skip};
//!
//! # fn main() -> Result<(), foundation_nats_server::ServerError> {
//! let Some(binary) = find_or_skip("the example of foundation-nats-server") else { return Ok(()) };
//! let mut server = NatsServer::start(ServerSettings::new(binary))?;
//! println!("{} has JetStream", server.url());
//! server.kill()?; // as a crash would
//! server.restart()?; // the same port, and the same store
//! server.stop()?;
//! # Ok(()) }
//! ```
//!
//! # What ends a server
//!
//! [`NatsServer`] ends its child when it is dropped. Where the process that owns it is killed, nothing is dropped; on
//! Linux with `setpriv` (util-linux) the kernel then kills the server at once. Elsewhere it lives on as an orphan: a
//! server with a folder of its own holds a lock on it, and on Linux the next [`NatsServer::start`] on that folder finds
//! the orphan by that lock and ends it first. On other systems it says which lock is held.
//!
//! Reading order: `server`, `cluster`, then what they stand on.

#![cfg(unix)]

mod cluster;
mod server;

mod settings;

mod child;
mod claim;
mod config;
mod error;
mod find;
mod probe;
mod wait;

pub use cluster::NatsCluster;
pub use error::ServerError;
pub use find::{VARIABLE, find, find_or_skip};
pub use server::{NatsServer, free_folder};
pub use settings::{Access, ServerSettings, TlsFiles};
