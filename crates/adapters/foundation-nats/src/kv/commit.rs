//! Writing: one publish where all goes well, and what to find out where it does not.
//!
//! # An answer that is lost
//! The first write of a commit carries an id, which the server remembers for a while unless the condition alone sees to
//! it that the commit takes effect once. So a commit whose answer was lost is looked for in what the stream keeps of the
//! key; where it is not found it is sent again under the same id, which takes effect once whatever became of the first
//! sending. Only where neither gives an answer in time, or the trace of
//! the commit may have been overwritten, is the outcome called unknown.
//!
//! # A condition that is refused
//! The server compares sequences. `Absent` over the trace of a deletion has to name that trace, so it is read and the
//! commit sent again. And with several replicas the one that refused may have been a leader that was replaced and does
//! not know it yet: what it says about a key is an earlier state of the truth. It settles the question where it cannot
//! change any more (the key has moved past the revision), and is proven by a majority otherwise. As both leaders get the
//! commit in that moment, the new one may have taken what the old one refuses, even because it has heard of that already;
//! so what stands behind the revision is looked at, and where the two states differ the commit is looked for, before it is
//! called refused.

mod find;
mod judge;

use std::time::Duration;

use foundation_core::port::clock::Monotonic;
use foundation_core::port::storage::{Revision, Write};
use foundation_core::{Code, Error, Result};

use super::bucket::OpenBucket;
use super::plan::{Life, Plan, Planned};
use crate::connection::Ack;
use crate::failure::{Refusal, Trouble, number};
use find::Found;
use judge::Verdict;

/// The waits between tries double from the first to the second of these.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// Commits `writes`, which keep to the limits. Also answers whether nobody answered for the stream.
pub(super) async fn commit(bucket: &OpenBucket, writes: Vec<Write>) -> (Result<Vec<Revision>>, bool) {
    let trace = bucket.connection.settings().marker_life.as_secs();
    let plan = Plan::new(&bucket.prefix, || bucket.barrier(), writes, trace);
    let commit =
        Commit { bucket, plan, id: bucket.connection.unique(), floor: bucket.met(), lost: None, is_doubtful: false };
    match commit.run().await {
        Ok(revisions) => (Ok(revisions), false),
        Err(Ended::Error(error)) => (Err(error), false),
        Err(Ended::Trouble(trouble)) => {
            (Err(trouble.of_write(&doing(bucket))), matches!(trouble, Trouble::NoResponders))
        }
    }
}

fn doing(bucket: &OpenBucket) -> String {
    format!("write to bucket `{}`", bucket.name)
}

struct Commit<'a> {
    bucket: &'a OpenBucket,
    plan: Plan,
    id: String,
    /// No message of this commit has this sequence or a lower one.
    floor: u64,
    /// The first answer that was lost; from then on the commit may have taken effect.
    lost: Option<Trouble>,
    /// Whether it was refused by a state that was not the latest, so that another server may have taken it.
    is_doubtful: bool,
}

/// Why a commit did not come to an end that can be acknowledged.
enum Ended {
    Error(Error),
    Trouble(Trouble),
}

impl From<Trouble> for Ended {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl Commit<'_> {
    async fn run(mut self) -> Result<Vec<Revision>, Ended> {
        if !self.has_known_revisions() {
            Box::pin(self.check_revisions()).await?;
        }
        let clock = self.bucket.connection.clock();
        let mut until: Option<Monotonic> = None;
        let mut pause = FIRST_PAUSE;
        loop {
            let trouble = match self.send().await {
                Ok(ack) => return Ok(self.done(ack.seq)),
                Err(trouble) => trouble,
            };
            // In a box, so that a commit which is acknowledged at once carries none of what follows.
            match Box::pin(self.learn(&trouble)).await {
                Ok(Step::Done(revisions)) => return Ok(revisions),
                Ok(Step::AtOnce) => {}
                Ok(Step::Later) => {
                    let until = *until.get_or_insert(clock.now() + self.bucket.connection.settings().resolve_timeout);
                    if clock.now() >= until {
                        return Err(self.gave_up(trouble));
                    }
                    clock.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    if let Some(revisions) = Box::pin(self.look()).await {
                        return Ok(revisions);
                    }
                }
                Err(ended) => return Err(ended),
            }
        }
    }

    /// Sends the commit and waits for its acknowledgement.
    async fn send(&self) -> Result<Ack, Trouble> {
        let connection = &self.bucket.connection;
        let Some((last, earlier)) = self.plan.messages.split_last() else { return Ok(Ack::default()) };
        if earlier.is_empty() {
            let headers = self.plan.headers(0, &self.id, None);
            return connection.publish(last.subject.clone(), headers, last.payload.clone()).await;
        }
        Box::pin(self.send_batch(last, earlier)).await
    }

    /// Sends the commit as an atomic batch.
    async fn send_batch(&self, last: &Planned, earlier: &[Planned]) -> Result<Ack, Trouble> {
        let connection = &self.bucket.connection;
        connection.check_link()?;
        // Each attempt is a batch of its own: the server may still hold a part of the one before.
        let batch = connection.unique();
        for (index, message) in earlier.iter().enumerate() {
            let headers = self.plan.headers(index, &self.id, Some(&batch));
            let sent =
                connection.client().publish_with_headers(message.subject.clone(), headers, message.payload.clone());
            // Without its last message a batch is nothing.
            sent.await.map_err(|cause| Trouble::Unsendable(cause.to_string()))?;
        }
        let headers = self.plan.headers(earlier.len(), &self.id, Some(&batch));
        connection.publish(last.subject.clone(), headers, last.payload.clone()).await
    }

    /// What follows from a try that was not acknowledged.
    async fn learn(&mut self, trouble: &Trouble) -> Result<Step, Ended> {
        match trouble {
            Trouble::Lost(_) | Trouble::Garbled(_) => {
                self.lost.get_or_insert_with(|| trouble.clone());
                Ok(Step::Later)
            }
            Trouble::Refused(refusal) if refusal.err_code == number::WRONG_LAST_SEQUENCE => self.refused(refusal).await,
            // Another write to a key of this commit is under way, or an earlier sending of this one.
            Trouble::Refused(refusal) if refusal.is_conflict() => Ok(Step::Later),
            Trouble::Refused(refusal) if refusal.err_code == number::BATCH_HAS_DUPLICATE => {
                self.lost.get_or_insert_with(|| Trouble::Lost("it took effect, but not where is known".to_owned()));
                Ok(Step::Later)
            }
            // Parts of the batch were lost on the way, or too many batches are under way. Nothing was written.
            Trouble::Refused(refusal)
                if matches!(refusal.err_code, number::BATCH_INCOMPLETE | number::BATCHES_TOO_MANY) =>
            {
                Ok(Step::Later)
            }
            Trouble::NoResponders | Trouble::NotConnected(_) if self.lost.is_some() => Ok(Step::Later),
            Trouble::Refused(refusal) if self.lost.is_some() && refusal.meaning() == Code::ServiceUnavailable => {
                Ok(Step::Later)
            }
            // One of several servers has no leader or is not ready; another may have got it as well, and taken it.
            Trouble::Refused(refusal) if !self.bucket.is_alone && refusal.meaning() == Code::ServiceUnavailable => {
                self.lost =
                    Some(Trouble::Lost(format!("a server that is not ready answered: {}", refusal.description)));
                Ok(Step::Later)
            }
            _ => Err(self.gave_up(trouble.clone())),
        }
    }

    /// What follows from a condition that the server says does not hold.
    async fn refused(&mut self, refusal: &Refusal) -> Result<Step, Ended> {
        let what = match self.judge(refusal).await {
            Ok(Verdict::Again) => return Ok(Step::AtOnce),
            Ok(Verdict::Done(seq)) => return Ok(Step::Done(self.done_from(seq))),
            Ok(Verdict::Conflict(what)) => what,
            // What the keys are like cannot be found out now, and with several servers the refusal alone proves nothing.
            Err(trouble) => {
                if !self.bucket.is_alone {
                    let why = trouble.of_read("the refusal could not be proven");
                    self.lost.get_or_insert_with(|| Trouble::Lost(why.what().to_owned()));
                }
                return Ok(Step::Later);
            }
        };
        let conflict = Err(Ended::Error(Error::new(Code::Conflict, format!("{}: {what}", self.doing()))));
        let may_be_there = self.lost.is_some() || (self.is_doubtful && !self.bucket.is_alone);
        if !may_be_there {
            return conflict;
        }
        // The condition does not hold, which may be the work of an earlier sending.
        match self.find().await {
            Ok(Found::At(seq)) => Ok(Step::Done(self.done_from(seq))),
            Ok(Found::Unclear) if self.lost.is_some() => Err(self.gave_up(Trouble::Refused(refusal.clone()))),
            Ok(Found::Nowhere | Found::Unclear) => conflict,
            Err(_) => Ok(Step::Later),
        }
    }

    /// Looks whether an earlier sending took effect, if there was one that may have.
    async fn look(&self) -> Option<Vec<Revision>> {
        self.lost.as_ref()?;
        match self.find().await {
            Ok(Found::At(seq)) => Some(self.done_from(seq)),
            _ => None,
        }
    }

    /// The error to end with: once an answer was lost, nothing that comes later says that nothing was written.
    fn gave_up(&self, trouble: Trouble) -> Ended {
        if let Some(lost) = &self.lost {
            return Ended::Trouble(lost.clone());
        }
        match &trouble {
            Trouble::Refused(refusal) if refusal.is_conflict() => Ended::Error(Error::new(
                Code::ServiceUnavailable,
                format!("{}: whether its conditions hold cannot be found out ({})", self.doing(), refusal.description),
            )),
            _ => Ended::Trouble(trouble),
        }
    }

    fn doing(&self) -> String {
        doing(self.bucket)
    }

    /// Acknowledged, where the last message has the sequence `last`.
    fn done(&self, last: u64) -> Vec<Revision> {
        let writes = self.plan.messages.get(self.plan.guards..).unwrap_or_default();
        let revisions: Vec<Revision> = self.plan.revisions(last).map(Revision).collect();
        for (write, revision) in writes.iter().zip(&revisions) {
            if !matches!(write.life, Life::Trace(_)) {
                self.bucket.values.insert(revision.0);
            }
            if !self.bucket.is_alone {
                let key = write.subject.strip_prefix(&self.bucket.prefix).unwrap_or_default();
                self.bucket.own.note(key, revision.0);
            }
        }
        self.bucket.meet(last);
        revisions
    }

    /// Acknowledged, where the first write has the sequence `first`.
    fn done_from(&self, first: u64) -> Vec<Revision> {
        let writes = (self.plan.messages.len() - self.plan.guards) as u64;
        self.done(first + writes.saturating_sub(1))
    }
}

/// What to do next.
enum Step {
    Done(Vec<Revision>),
    /// Something was learned: send it again.
    AtOnce,
    /// Wait, look, send it again.
    Later,
}
