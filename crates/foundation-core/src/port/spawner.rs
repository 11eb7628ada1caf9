//! Tasks: every one starts through a [`Spawner`], so that none is without a parent.
//!
//! The spawner is an enum and no trait object, so that on tokio a future can be spawned without a box; a custom
//! scheduler (seeded runs, simulation) asks for one. Processes come in a box of their own, which either takes as it is.

use std::fmt;
use std::io;
use std::sync::Arc;

use futures_channel::oneshot;

use super::BoxFuture;
use crate::spawner_tokio::{self, TokioHandle};

/// A scheduler other than tokio: a seeded one, or a simulation.
///
/// # Guarantees
/// - Each future and each closure that is handed over runs, as long as the scheduler does.
/// - A panic of one of them harms no other.
pub trait CustomSpawner: Send + Sync + fmt::Debug {
    /// Starts a task.
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>);

    /// Runs work that blocks or computes long, where it does not hold up tasks. A simulation may run it in place.
    fn spawn_blocking(&self, name: &'static str, work: Box<dyn FnOnce() + Send>);

    /// Runs work on a thread of its own, where it may stay as long as it likes. A simulation may run it in place.
    ///
    /// # Errors
    /// Where there is no thread for it; the work is dropped.
    fn spawn_thread(&self, name: &'static str, work: Box<dyn FnOnce() + Send>) -> io::Result<()>;
}

/// Starts tasks.
#[derive(Clone, Debug)]
pub enum Spawner {
    /// On a tokio runtime.
    Tokio(TokioHandle),
    /// On something else.
    Custom(Arc<dyn CustomSpawner>),
}

/// Blocking work ended without a result: it panicked, or its runtime was shut down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{task} ended without a result: {reason}")]
pub struct Aborted {
    /// The name the work was started with.
    pub task: &'static str,
    /// The panic's message, or why the work did not run.
    pub reason: String,
}

impl Spawner {
    /// A spawner on the tokio runtime that this is called from.
    ///
    /// # Errors
    /// Where no tokio runtime is running on this thread.
    pub fn current() -> Result<Self, NoRuntime> {
        TokioHandle::current().map(Self::Tokio)
    }

    /// Starts a task. `name` says whose it is in traces; it is the same for every task of a kind.
    ///
    /// A panic in `task` ends that task only. Whoever needs to hear of it wraps the task, as processes do.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        match self {
            Self::Tokio(handle) => handle.spawn(task),
            Self::Custom(custom) => custom.spawn(name, Box::pin(task)),
        }
    }

    /// Starts a task that is in a box already, which no spawner puts into a second one.
    pub fn spawn_boxed(&self, name: &'static str, task: BoxFuture<'static, ()>) {
        match self {
            Self::Tokio(handle) => handle.spawn(task),
            Self::Custom(custom) => custom.spawn(name, task),
        }
    }

    /// Runs work that blocks or computes long, off the threads that tasks run on, and answers its result.
    ///
    /// # Errors
    /// [`Aborted`] when the work panicked or could not run.
    ///
    /// # Cancel safety
    /// Dropping the future lets the work run to its end; the result is dropped.
    pub fn spawn_blocking<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, Aborted>> + Send + 'static {
        let (sender, receiver) = oneshot::channel();
        let guarded = move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            // The receiver may be gone: nobody waits any more, and the result has no other use.
            let _ = sender.send(result.map_err(|panic| panic_message(panic.as_ref())));
        };
        match self {
            Self::Tokio(handle) => handle.spawn_blocking(guarded),
            Self::Custom(custom) => custom.spawn_blocking(name, Box::new(guarded)),
        }
        async move {
            match receiver.await {
                Ok(Ok(value)) => Ok(value),
                Ok(Err(reason)) => Err(Aborted { task: name, reason }),
                Err(oneshot::Canceled) => {
                    Err(Aborted { task: name, reason: "the runtime was shut down before it ran".to_owned() })
                }
            }
        }
    }
}

impl Spawner {
    /// Runs work on a thread of its own, named as the work, where it may stay as long as it likes: it takes nothing
    /// from the threads of tasks and of [blocking work](Self::spawn_blocking), which are limited in number.
    ///
    /// A panic in it ends that thread only. Nobody is told: the work says itself how it went.
    ///
    /// # Errors
    /// Where the operating system has no thread for it; the work is dropped.
    pub fn spawn_thread(&self, name: &'static str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        match self {
            Self::Tokio(_) => spawner_tokio::spawn_thread(name, work),
            Self::Custom(custom) => custom.spawn_thread(name, Box::new(work)),
        }
    }
}

/// No tokio runtime is running on this thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no tokio runtime is running on this thread; call this from inside one")]
pub struct NoRuntime;

/// The text of a panic, where it has one.
#[must_use]
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&'static str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
