//! A market from its first event on.

mod economy;
mod invariants;
