//! Studies that others write, read as their logs grow: a look costs what is new, not the whole log.

use foundation_core::Result;
use foundation_core::port::storage::{EventLog, StreamName};

use super::config::stream_of;
use super::journal::{Told, read_on};
use super::state::StudyState;

/// A study's log as far as it was read.
#[derive(Debug)]
pub(super) struct Followed {
    stream: StreamName,
    told: Option<Told>,
}

impl Followed {
    /// Nothing of the study of that name was read so far.
    pub(super) fn new(study: &str) -> Result<Self> {
        Ok(Self { stream: stream_of(study)?, told: None })
    }

    /// Reads what is new; answers the study, and `None` where it was never begun.
    ///
    /// # Errors
    /// As [`read_study`](super::journal::read_study).
    ///
    /// # Cancel safety
    /// What was read before the future is dropped is kept, and the next call goes on from there.
    pub(crate) async fn catch_up(&mut self, log: &dyn EventLog) -> Result<Option<&StudyState>> {
        if log.head(&self.stream).await? > self.told.as_ref().map(|told| told.head) {
            read_on(log, &self.stream, &mut self.told).await?;
        }
        Ok(self.told.as_ref().map(|told| &told.state))
    }
}

#[cfg(test)]
mod tests;
