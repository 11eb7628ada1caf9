//! The contract suites over the memory adapters: in simulated worlds, and on the threads of a tokio runtime.

mod coordination;
mod event_log;
mod key_value;
mod messaging;
mod runtime;
mod threaded;
