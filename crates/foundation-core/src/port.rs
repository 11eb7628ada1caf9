//! The ports: what the domain asks of the world, as small object-safe traits.
//!
//! An adapter crate implements a port; a contract suite in `foundation-testkit` says what every
//! implementation owes. Nothing here knows the rest of the crate, except its error and event types, which reach
//! disk and wire together with the ports.
//!
//! Reading order: time and chance first, then storage, then names and messages.

pub mod clock;
pub mod entropy;
pub mod messaging;
pub(crate) mod name;
pub mod registry;
pub mod spawner;
pub mod storage;

/// A future behind a port, for the few places where `async-trait` does not fit.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A stream behind a port. Dropping it ends the subscription or scan that feeds it.
pub type BoxStream<'a, T> = futures_core::stream::BoxStream<'a, T>;
