//! Studies with their teams, on adapters in memory.

mod live;
mod study;
mod world;
