//! The one module of the domain that names tokio: tasks on its runtime, and threads beside it.

use crate::port::spawner::NoRuntime;

/// A tokio runtime to start tasks on.
#[derive(Clone, Debug)]
pub struct TokioHandle(tokio::runtime::Handle);

impl TokioHandle {
    /// The runtime that this is called from.
    ///
    /// # Errors
    /// Where none is running on this thread.
    pub fn current() -> Result<Self, NoRuntime> {
        tokio::runtime::Handle::try_current().map(Self).map_err(|_| NoRuntime)
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.0.spawn(task));
    }

    pub(crate) fn spawn_blocking(&self, work: impl FnOnce() + Send + 'static) {
        drop(self.0.spawn_blocking(work));
    }
}

/// Starts a thread that belongs to nobody. A name that no thread can have is shortened.
pub(crate) fn spawn_thread(name: &str, work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let name = name.split('\0').next().unwrap_or_default().to_owned();
    std::thread::Builder::new().name(name).spawn(work).map(drop)
}

impl From<tokio::runtime::Handle> for TokioHandle {
    fn from(handle: tokio::runtime::Handle) -> Self {
        Self(handle)
    }
}
