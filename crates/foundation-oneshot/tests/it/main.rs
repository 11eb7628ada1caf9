//! The slot from outside: on threads, and on the model checker where the feature `loom` is on.

#[cfg(feature = "loom")]
mod model;
#[cfg(not(feature = "loom"))]
mod outcomes;
#[cfg(feature = "planted-bugs")]
mod planted;
