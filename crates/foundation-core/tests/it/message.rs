//! Payloads, broadcasts and flows.

mod broadcast;
mod payload;
