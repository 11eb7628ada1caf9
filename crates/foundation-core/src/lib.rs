//! Placeholder text, replaced below by the map of the crate.

mod error;
pub mod event;
pub mod port;
pub mod process;
pub mod registry;
mod runtime;
mod spawner_tokio;
pub mod supervisor;
pub mod telemetry;

pub use error::{Category, Code, Error, Result, Transience};
pub use port::spawner::Spawner;
pub use process::{
    Address, CallError, Context, Exit, MailboxSettings, MonitorId, Notice, Overflow, Process, Refusal, Reply, SendError,
    TimerId,
};
pub use runtime::{Ledger, Runtime, RuntimeParts};
pub use spawner_tokio::TokioHandle;
pub use supervisor::{
    Backoff, ChildInfo, ChildSpec, ChildState, Restart, Shutdown, StartError, Strategy, Supervisor, SupervisorHandle,
    SupervisorMessage,
};
pub use telemetry::{MeasuredEventLog, Telemetry};
