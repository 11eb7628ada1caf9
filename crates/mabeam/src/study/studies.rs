//! Many studies behind one door: what a server of studies asks of this crate.

mod described;
mod local;

use std::fmt;
use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;
use foundation_core::Result;

use super::ask::{Answer, Course, LeaseId, Next, Recorded};
use super::config::StudyConfig;
use super::space::Params;
use super::state::StudySummary;
pub use local::LocalStudies;

/// What became of a study that was to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// It was begun.
    Begun,
    /// It was there, with this description, and goes on.
    Resumed,
}

/// Studies by name, for workers that ask and tell. A port: whoever serves studies is handed one.
///
/// # Guarantees
/// Those of [`AskTell`](crate::AskTell), each for the study of that name. A study that is not open but in the log, unfinished or not, is
/// opened when it is first spoken of.
///
/// # Errors
/// `NotFound` from every function that names a study where there is none; `InvalidStudy` for a name that no study can
/// have; those of the storage.
///
/// # Cancel safety
/// Dropping a future loses the answer, not what was done; [`ask`](Self::ask) is as cancel safe as
/// [`AskTell::ask`](crate::AskTell::ask).
#[async_trait]
pub trait Studies: Send + Sync + fmt::Debug {
    /// Begins a study, or goes on with the one of that name. A study that begins tries the configurations in
    /// `enqueued` before its samplers are asked; one that goes on has them already.
    ///
    /// # Errors
    /// `InvalidStudy` and `UnknownName` for a description that is not possible; `StudyMismatch` where the study of that
    /// name is described otherwise; `Held` for a name that is kept for others; `ResourceExhausted` where 256 unfinished
    /// studies are open.
    async fn open(&self, config: StudyConfig, enqueued: Vec<Params>) -> Result<Opened>;

    /// The names of all studies, in order.
    async fn names(&self) -> Result<Vec<String>>;

    /// How a study stands, with the trials of the numbers in `page`, as far as there are such. Does not open it. Costs
    /// what the page costs, and once what the log has of a study that is not open.
    async fn summary(&self, study: &str, page: Range<usize>) -> Result<StudySummary>;

    /// As [`AskTell::ask_within`](crate::AskTell::ask_within).
    async fn ask(&self, study: &str, worker: &str, length: Duration, patience: Duration) -> Result<Next>;

    /// As [`AskTell::renew`](crate::AskTell::renew).
    async fn renew(&self, study: &str, lease: LeaseId) -> Result<Course>;

    /// As [`AskTell::report`](crate::AskTell::report).
    async fn report(&self, study: &str, lease: LeaseId, step: u32, value: f64) -> Result<Course>;

    /// As [`AskTell::answer`](crate::AskTell::answer).
    async fn tell(&self, study: &str, lease: LeaseId, answer: Answer) -> Result<Recorded>;

    /// As [`AskTell::release`](crate::AskTell::release).
    async fn release(&self, study: &str, lease: LeaseId) -> Result<bool>;

    /// As [`AskTell::enqueue`](crate::AskTell::enqueue).
    async fn enqueue(&self, study: &str, params: &Params) -> Result<Recorded>;
}
