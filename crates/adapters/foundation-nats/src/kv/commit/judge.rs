//! Whether conditions hold: before a commit is sent, as far as only the client can tell, and after it was refused.

use foundation_core::{Code, Error};

use super::{Commit, Ended};
use crate::failure::{Refusal, Trouble};
use crate::kv::plan::{Needed, Wants};
use crate::kv::stored::{Kind, Stored};

/// What a refusal comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// A condition does not hold, and this is which.
    Conflict(String),
    /// They hold, or may hold: send the commit again.
    Again,
    /// It took effect: its first write has this sequence.
    Done(u64),
}

/// What one condition comes to, against the last message of its subject.
#[derive(Debug, PartialEq, Eq)]
enum Holds {
    /// It holds where the subject's last sequence is this one.
    At(u64),
    /// It does not and never will again.
    Never,
    /// It does not hold in this state.
    Not,
}

/// Judges a condition against `last`, the last message of its subject.
fn judge(needed: &Needed, last: Option<&Stored>) -> Holds {
    let seq = last.map_or(0, |stored| stored.seq);
    match needed.wants {
        Wants::Value if seq == needed.expected => Holds::At(seq),
        // Sequences only rise: a key that has moved past a revision does not come back to it.
        Wants::Value if seq > needed.expected => Holds::Never,
        Wants::Value => Holds::Not,
        Wants::NoValue if last.is_none_or(|stored| stored.kind != Kind::Value) => Holds::At(seq),
        Wants::NoValue => Holds::Not,
    }
}

/// What it means that `next` stands behind the revision that the commit `id` names. `None`: that another commit took
/// the place.
fn succeeded_by(next: Option<&Stored>, id: &str) -> Option<Result<Verdict, Trouble>> {
    match next {
        Some(next) if next.id.as_deref() == Some(id) => Some(Ok(Verdict::Done(next.seq))),
        Some(_) => None,
        None => Some(Err(Trouble::Lost("whoever was asked knows less than whoever refused".to_owned()))),
    }
}

impl Commit<'_> {
    /// Whether every revision that a condition names is known to be a value.
    pub(super) fn has_known_revisions(&self) -> bool {
        let mut needed = self.plan.conditions.iter().filter(|needed| needed.wants == Wants::Value);
        needed.all(|needed| self.bucket.values.contains(needed.expected))
    }

    /// Refuses conditions on revisions that are no values: revision 0, and those of deletions. The server would not tell
    /// them from values.
    pub(super) async fn check_revisions(&self) -> Result<(), Ended> {
        for needed in &self.plan.conditions {
            if needed.wants != Wants::Value {
                continue;
            }
            let is_value = self.is_value(needed).await;
            // Nothing was sent yet, so this is the error of a read.
            let is_value = is_value.map_err(|trouble| Ended::Error(trouble.of_read(&self.doing())))?;
            if !is_value {
                let what = format!("{}: {}", self.doing(), self.said(needed));
                return Err(Ended::Error(Error::new(Code::Conflict, what)));
            }
        }
        Ok(())
    }

    async fn is_value(&self, needed: &Needed) -> Result<bool, Trouble> {
        let bucket = self.bucket;
        if needed.expected == 0 {
            return Ok(false);
        }
        if bucket.values.contains(needed.expected) {
            return Ok(true);
        }
        loop {
            if let Some(stored) = bucket.at(needed.expected).await? {
                let is_value = stored.kind == Kind::Value && stored.subject == needed.subject;
                if is_value {
                    bucket.values.insert(needed.expected);
                }
                return Ok(is_value);
            }
            // It is gone, or whoever answered does not have it yet.
            if bucket.is_alone || !bucket.stands(&needed.subject, needed.expected).await? {
                return Ok(false);
            }
        }
    }

    /// What a refusal comes to. Corrects what the conditions expect.
    pub(super) async fn judge(&mut self, refusal: &Refusal) -> Result<Verdict, Trouble> {
        if let ([needed], Some(last)) = (self.plan.conditions.as_slice(), refusal.last_sequence())
            && needed.wants == Wants::Value
        {
            if last > needed.expected {
                return self.overtaken(&needed.clone()).await;
            }
            // Whoever refused knows an earlier state than the one that the caller read.
            self.is_doubtful = true;
        }
        for index in 0..self.plan.conditions.len() {
            let Some(needed) = self.plan.conditions.get(index).cloned() else { continue };
            let last = self.bucket.latest(&needed.subject).await?;
            if let Some(last) = last.as_ref().filter(|last| last.id.as_deref() == Some(&self.id)) {
                return Ok(Verdict::Done(last.seq));
            }
            let conflict = match judge(&needed, last.as_ref()) {
                Holds::At(seq) => {
                    if let Some(needed) = self.plan.conditions.get_mut(index) {
                        needed.expected = seq;
                    }
                    continue;
                }
                Holds::Never => true,
                Holds::Not => {
                    let seq = last.as_ref().map_or(0, |stored| stored.seq);
                    self.bucket.is_alone || self.bucket.stands(&needed.subject, seq).await?
                }
            };
            if conflict {
                return Ok(Verdict::Conflict(self.said(&needed)));
            }
            break;
        }
        self.is_doubtful = true;
        Ok(Verdict::Again)
    }

    /// What it means that a key has moved past the revision that a condition names.
    ///
    /// With one replica that another write was quicker. With several it may have been this one: in the moment of a change
    /// two servers get the commit, one takes it, and the other, which follows by then, refuses it for what the first has
    /// made. A commit that took effect stands right behind the revision that it names.
    async fn overtaken(&mut self, needed: &Needed) -> Result<Verdict, Trouble> {
        let conflict = Verdict::Conflict(self.said(needed));
        if self.bucket.is_alone {
            return Ok(conflict);
        }
        if self.plan.first_write().is_none_or(|first| first.subject != needed.subject) {
            // The condition is on another key than those written, so the place behind it tells nothing: look for it.
            self.is_doubtful = true;
            return Ok(conflict);
        }
        let next = self.bucket.next(&needed.subject, needed.expected + 1).await?;
        succeeded_by(next.as_ref(), &self.id).unwrap_or(Ok(conflict))
    }

    /// What a condition that does not hold says, for whoever reads the error.
    fn said(&self, needed: &Needed) -> String {
        let key = needed.subject.strip_prefix(&self.bucket.prefix).unwrap_or(&needed.subject);
        match needed.wants {
            Wants::NoValue => format!("key `{key}` has a value"),
            Wants::Value => format!("key `{key}` has no value of revision {}", needed.expected),
        }
    }
}

#[cfg(test)]
mod tests;
