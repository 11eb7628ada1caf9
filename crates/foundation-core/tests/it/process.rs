//! Processes: each guarantee of docs/semantics.md has its test here.

mod budget;
mod calls;
mod drain;
mod ends;
mod in_place;
mod ledger;
mod links;
mod mail;
mod monitors;
mod pause;
mod sources;
mod stuck;
mod threads;
mod timers;
mod words;
