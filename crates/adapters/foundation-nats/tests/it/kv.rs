//! The key-value store beyond its contract.
