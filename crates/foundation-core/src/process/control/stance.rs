//! How a process stands: whether its code runs, and what it waits for.

use std::sync::atomic::Ordering;

use super::Control;

/// What the code of a process does at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stance {
    /// It waits for mail and nothing else.
    Rests = 0,
    /// It is on a thread.
    OnThread = 1,
    /// It waits for something else, or for its first step.
    Waits = 2,
    /// It waits for mail, its timers and its sources.
    Listens = 3,
    /// It has found itself paused, and waits to be resumed.
    Held = 4,
}

impl Control {
    /// What its code does now.
    pub(crate) fn stance(&self) -> Stance {
        match self.stance.load(Ordering::Relaxed) {
            0 => Stance::Rests,
            1 => Stance::OnThread,
            3 => Stance::Listens,
            4 => Stance::Held,
            _ => Stance::Waits,
        }
    }

    pub(crate) fn set_stance(&self, stance: Stance) {
        self.stance.store(stance as u8, Ordering::Relaxed);
    }
}
