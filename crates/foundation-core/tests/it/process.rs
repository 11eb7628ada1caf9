//! Processes: each guarantee of docs/semantics.md has its test here.

mod calls;
mod ends;
mod ledger;
mod links;
mod mail;
mod monitors;
mod threads;
mod sources;
mod stuck;
mod timers;
mod words;
