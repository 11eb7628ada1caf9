//! Operations over HTTP: metrics and health.
//!
//! [`OperationsServer`] answers two paths. `/metrics` is the text that a Prometheus server scrapes; `/healthz` is 200
//! where every component is up and 503 where one is not, with the components as JSON. It listens on loopback. An
//! address that other machines can reach is refused unless a [`Token`] is set, which every request but `/healthz` must
//! then bring as `Authorization: Bearer …`; without it `/healthz` says up or down and names no component.
//!
//! Where the metrics' text and the health come from is not known here: [`Settings`] takes a closure for each.
//!
//! ```no_run
//! # use foundation_core::{Result, Spawner, port::clock::Clock};
//! # async fn example(spawner: Spawner, clock: std::sync::Arc<dyn Clock>) -> Result<()> {
//! use std::sync::Arc;
//! use foundation_http::{Address, Component, Health, OperationsServer, Settings};
//!
//! let settings = Settings::new(
//!     Arc::new(|| "restarts_total 0\n".to_owned()),
//!     Arc::new(|| Box::pin(async { Health::of([Component::up("storage")]) })),
//!     spawner,
//!     clock,
//! );
//! let server = OperationsServer::bind(Address::default(), settings).await?;
//! println!("metrics at http://{}/metrics", server.address());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Limits
//! [`Limits`] bounds what a client can take: connections at a time, the size of a request's head, the time to send it,
//! the time to answer, and a connection's age. No path takes a body, so a request that brings one is refused.

mod address;
mod connection;
mod health;
mod routes;
mod server;
mod settings;
mod timer;
mod token;

pub use address::Address;
pub use health::{Component, Health};
pub use server::OperationsServer;
pub use settings::{HealthSource, Limits, Settings, TextSource};
pub use token::Token;
