//! A market from its first event on.

mod invariants;
