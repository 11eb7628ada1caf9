//! Tables of trials as Parquet files: what they are to another reader, what comes back, what is not written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod groups;
mod reading;
mod refused;
mod round_trip;
mod stored;
mod tables;
