//! Supervisors: each guarantee of docs/semantics.md has its test here.

mod backoff;
mod budget;
mod changes;
mod dynamic;
mod groups;
mod intensity;
mod printed;
mod restart;
mod significant;
mod start;
mod stop;
