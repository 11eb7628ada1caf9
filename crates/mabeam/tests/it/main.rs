//! Studies with their teams, on adapters in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod ask;
mod constraints;
mod front;
mod known;
mod live;
mod market;
mod panel;
mod population;
mod schedule;
mod simulate;
mod studies;
mod study;
mod unsettled;
mod world;
