//! Supervisors: each guarantee of docs/semantics.md has its test here.

mod backoff;
mod intensity;
mod restart;
mod start;
mod stop;
