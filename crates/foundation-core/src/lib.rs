//! Placeholder text, replaced below by the map of the crate.

mod error;
pub mod event;
pub mod port;
pub mod registry;
mod spawner_tokio;

pub use error::{Category, Code, Error, Result, Transience};
pub use port::spawner::Spawner;
pub use spawner_tokio::TokioHandle;
