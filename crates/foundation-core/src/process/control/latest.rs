//! How a life ended, kept for those who ask later.

use super::Exit;

/// The reason of the latest end; the common ones without a box, because every process keeps one.
#[derive(Debug)]
pub(super) enum Latest {
    /// There was none.
    None,
    Normal,
    Shutdown,
    Killed,
    Other(Box<Exit>),
}

impl Latest {
    pub(super) fn of(exit: &Exit) -> Self {
        match exit {
            Exit::Normal => Self::Normal,
            Exit::Shutdown => Self::Shutdown,
            Exit::Killed => Self::Killed,
            other => Self::Other(Box::new(other.clone())),
        }
    }

    /// The reason; [`Exit::NoProcess`] where no life has ended.
    pub(super) fn get(&self) -> Exit {
        match self {
            Self::None => Exit::NoProcess,
            Self::Normal => Exit::Normal,
            Self::Shutdown => Exit::Shutdown,
            Self::Killed => Exit::Killed,
            Self::Other(exit) => (**exit).clone(),
        }
    }
}
