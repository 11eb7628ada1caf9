//! Processes: each guarantee of docs/semantics.md has its test here.

mod calls;
mod ends;
mod in_place;
mod ledger;
mod links;
mod mail;
mod monitors;
mod sources;
mod stuck;
mod threads;
mod timers;
mod words;
