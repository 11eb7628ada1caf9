//! Supervised processes, and the ports they reach the world through: the front door.
//!
//! A process is a state that only its own messages touch. A supervisor starts processes in order, starts them again
//! when they fail, within limits, and stops them in reverse order. An address stays valid over restarts, and a call
//! always ends: with an answer, or with the reason why there is none.
//!
//! ```
//! use std::time::Duration;
//!
//! use foundation::{CallError, ChildSpec, Context, Exit, Process, Reply, Supervisor};
//!
//! struct Purse(u64);
//! struct Share(u64, Reply<u64>);
//!
//! impl Process for Purse {
//!     type Message = Share;
//!
//!     async fn handle(&mut self, Share(people, reply): Share, _: &mut Context<Self>) -> Result<(), Exit> {
//!         reply.send(self.0 / people);
//!         Ok(())
//!     }
//! }
//!
//! #[tokio::main]
//! async fn main() -> foundation::Result<()> {
//!     let purse = ChildSpec::new("purse", || Purse(12));
//!     let address = purse.address();
//!     let tree = foundation::local()?.supervise("app", Supervisor::one_for_one().child(purse)).await?;
//!     let share = |people| address.call(move |reply| Share(people, reply), Duration::from_secs(1));
//!     assert_eq!(share(3).await?, 4);
//!
//!     // A division by zero ends the process: the caller hears why, and the supervisor starts it again.
//!     assert!(matches!(share(0).await, Err(CallError::Down(Exit::Panicked(_)))));
//!     address.running().await?;
//!     assert_eq!(share(2).await?, 6);
//!
//!     tree.shutdown().await;
//!     Ok(())
//! }
//! ```
//!
//! # What is behind it
//! - `foundation-core` has processes, supervision and the ports; all of it is here under the same names.
//! - [`memory`] has every port in process memory, and [`memory::Simulation`], in which a test owns time and chance.
//! - Features add adapters: `sled` (storage on disk), `moka` (a cache before any key-value store), `prometheus` (a
//!   recorder for metrics).

use std::sync::Arc;

pub use foundation_core::*;
pub use foundation_memory as memory;
#[cfg(feature = "moka")]
pub use foundation_moka as moka;
#[cfg(feature = "prometheus")]
pub use foundation_prometheus as prometheus;
#[cfg(feature = "sled")]
pub use foundation_sled as sled;

/// A runtime on this machine: its clock, its entropy, the tokio runtime that this is called from, no metrics, and a
/// node named `local`.
///
/// For other parts use [`Runtime::new`].
///
/// # Errors
/// `ServiceUnavailable` where no tokio runtime is running on this thread; `Io` where the operating system gives no
/// chance.
pub fn local() -> Result<Runtime> {
    let spawner = Spawner::current().map_err(|error| {
        Error::new(Code::ServiceUnavailable, "start a local runtime: no tokio runtime is running on this thread")
            .caused_by(error)
            .advise("call it from inside a tokio runtime")
    })?;
    Ok(Runtime::new(RuntimeParts {
        clock: Arc::new(memory::SystemClock::new()),
        entropy: Arc::new(memory::SystemEntropy::new()?),
        spawner,
        node: event::NodeId::new("local")?,
        telemetry: Telemetry::none(),
    }))
}
