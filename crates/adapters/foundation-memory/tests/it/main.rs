//! The contract suites over the memory adapters, in simulated worlds and on threads.

mod event_log;
mod key_value;
