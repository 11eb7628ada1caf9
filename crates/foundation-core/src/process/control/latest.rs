//! How a life ended, kept for those who ask later.

use super::{Exit, State};

/// Which kind of reason it was. It stands beside the box for the others, so that the common reasons need none and a
/// process keeps nine bytes rather than sixteen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Latest {
    /// No life has ended.
    #[default]
    None,
    Normal,
    Shutdown,
    Killed,
    /// It stands in the box.
    Other,
}

impl State {
    pub(super) fn set_latest_exit(&mut self, exit: &Exit) {
        self.other_exit = None;
        self.latest = match exit {
            Exit::Normal => Latest::Normal,
            Exit::Shutdown => Latest::Shutdown,
            Exit::Killed => Latest::Killed,
            other => {
                self.other_exit = Some(Box::new(other.clone()));
                Latest::Other
            }
        };
    }

    /// The reason; [`Exit::NoProcess`] where no life has ended.
    pub(super) fn latest_exit(&self) -> Exit {
        match self.latest {
            Latest::None => Exit::NoProcess,
            Latest::Normal => Exit::Normal,
            Latest::Shutdown => Exit::Shutdown,
            Latest::Killed => Exit::Killed,
            Latest::Other => self.other_exit.as_deref().cloned().unwrap_or(Exit::NoProcess),
        }
    }
}
