//! Storage: a [`KeyValue`] for what is current, an [`EventLog`] for what happened.
//!
//! The log is the truth. What a key-value bucket holds is either rebuilt from the log (a projection, with the
//! sequence it has seen) or needs no history (owners, leases). No operation needs a commit in both to be right.
//!
//! Both ports are shaped by two engines at once, a disk of one machine and NATS JetStream, and promise only what
//! both can keep.

mod event_log;
mod key_value;
mod limits;

#[cfg(feature = "mock")]
pub use event_log::MockEventLog;
pub use event_log::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};
#[cfg(feature = "mock")]
pub use key_value::MockKeyValue;
pub use key_value::{
    Bucket, Change, Condition, Entry, Key, KeyRange, KeyValue, KeyValueLimits, Read, Removal, Revision, Ttl, WatchFrom,
    Write,
};
