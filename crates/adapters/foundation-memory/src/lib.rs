//! Every port in process memory, with a virtual clock and a seeded scheduler beside the real ones.

mod clock;
mod entropy;
mod simulation;

pub use clock::{SystemClock, VirtualClock};
pub use entropy::{SeededEntropy, SystemEntropy};
pub use simulation::Simulation;
