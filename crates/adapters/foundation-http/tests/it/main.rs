//! The server over real sockets, with a raw client: what is on the wire is what is tested.

mod access;
mod answers;
mod client;
mod limits;
mod stopping;
