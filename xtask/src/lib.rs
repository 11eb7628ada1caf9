//! Placeholder until its first command lands.
