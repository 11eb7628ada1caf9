//! Two clocks: one that tells the time of the machine, one that tells the time that a test gives it.

mod system;
mod timers;
mod virtual_clock;

pub use system::SystemClock;
pub use virtual_clock::VirtualClock;
