//! Payloads, broadcasts and flows.

mod broadcast;
mod flow;
mod payload;
mod turns;
