//! Looking for a commit whose answer was lost.

use super::Commit;
use crate::failure::Trouble;
use crate::kv::plan::Life;
use crate::kv::stored::Stored;

/// Where a commit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Its first write has this sequence.
    At(u64),
    /// Nowhere, and what is kept reaches back to before it was sent.
    Nowhere,
    /// Not in what is kept; it may have been there.
    Unclear,
}

impl Commit<'_> {
    /// Looks through the messages of the commit's first key that came after it was sent. An error says that it has to be
    /// looked for again.
    pub(super) async fn find(&self) -> Result<Found, Trouble> {
        let bucket = self.bucket;
        let Some(first) = self.plan.first_write() else { return Ok(Found::Nowhere) };
        let subject = &first.subject;
        let last = bucket.latest(subject).await?;
        if last.as_ref().is_some_and(|last| last.id.as_deref() == Some(&self.id)) {
            return Ok(last.map_or(Found::Unclear, |last| Found::At(last.seq)));
        }
        let mut later = Vec::new();
        let mut from = self.floor + 1;
        while let Some(stored) = bucket.next(subject, from).await? {
            if stored.id.as_deref() == Some(&self.id) {
                return Ok(Found::At(stored.seq));
            }
            from = stored.seq + 1;
            later.push(stored);
        }
        // A leader that was replaced may not have what was acknowledged since.
        let end = later.last().or(last.as_ref()).map_or(0, |stored| stored.seq);
        if !bucket.is_alone && !bucket.stands(subject, end).await? {
            return Err(Trouble::Lost("the key changed while the commit was looked for".to_owned()));
        }
        let is_whole = match bucket.next(subject, 1).await? {
            Some(oldest) if oldest.seq <= self.floor => true,
            _ => (later.len() as u64) < bucket.history,
        };
        Ok(absent(&later, is_whole, matches!(first.life, Life::Seconds(_))))
    }
}

/// What it means that a commit is not among the `later` messages of its first key, all that are kept since it was sent.
/// `is_whole`: none were dropped because there are too many.
fn absent(later: &[Stored], is_whole: bool, expires: bool) -> Found {
    if !is_whole || later.iter().any(|stored| stored.rolled_up) {
        return Found::Unclear;
    }
    // It may have been there and expired since, and so may the trace of that.
    if expires && later.is_empty() {
        return Found::Unclear;
    }
    Found::Nowhere
}

#[cfg(test)]
mod tests;
