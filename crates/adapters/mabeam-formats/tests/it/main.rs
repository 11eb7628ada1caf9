//! Studies in other formats, written and read back, and real journals of Optuna.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod journal;
mod round_trip;
