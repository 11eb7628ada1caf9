//! Counters that lose nothing and count nothing twice.

mod tally;

use serde::{Deserialize, Serialize};

use super::lease::record::{decode, encode};
use super::{Coordination, CoordinationName};
use crate::error::{Code, Error, Result};
use crate::port::storage::{Bucket, Condition, Key, Read, Revision, Write};
use tally::{Known, Tally};

/// How often an addition is tried again after somebody else's, each of which is somebody's progress.
const ATTEMPTS: usize = 1_000;

/// How often an answer that was lost is asked for before the addition is told as unknown.
const PATIENCE: usize = 5;

/// Names one addition, so that asking for it again does not add again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OperationId(pub u128);

/// A whole number that everybody who names it adds to.
///
/// # Guarantees
/// - **Additions and reads are linearizable**: a read sees every addition that was acknowledged before.
/// - **Each addition counts once**, whatever becomes of answers: the counter remembers the identifiers of its latest
///   [`Counter::REMEMBERED`] additions, and one that was in doubt is looked up there.
/// - **Nothing is guessed**: where an addition in doubt would be forgotten by now, because so many others came after it,
///   it is answered as `OutcomeUnknown`.
///
/// It is one key, so additions wait for each other: as many a second as the store takes conditional writes to one key.
/// Who adds often adds up first.
#[derive(Clone, Debug)]
pub struct Counter {
    coordination: Coordination,
    bucket: Bucket,
    key: Key,
}

impl Counter {
    /// How many of its latest additions a counter remembers.
    pub const REMEMBERED: usize = tally::REMEMBERED;

    pub(super) fn new(coordination: &Coordination, name: &CoordinationName) -> Result<Self> {
        let key = Key::new(format!("counter/{name}"))?;
        Ok(Self { coordination: coordination.clone(), bucket: coordination.bucket()?, key })
    }

    /// The sum of all additions; 0 before the first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn get(&self) -> Result<i64> {
        Ok(self.read().await?.0.sum())
    }

    /// Adds a number, which may be negative; answers the sum with it.
    ///
    /// # Errors
    /// - `InvalidInput` where the sum would leave the range of an `i64`; nothing was added.
    /// - `OutcomeUnknown` where the store did not say what became of it. To ask again without adding twice, use
    ///   [`add_once`](Self::add_once).
    /// - Those of the store.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether it was added.
    pub async fn add(&self, number: i64) -> Result<i64> {
        self.add_once(OperationId(self.coordination.entropy.next_u128()), number).await
    }

    /// Adds a number unless an addition of that name was made among the latest [`Counter::REMEMBERED`]; answers the sum
    /// after it, or now where it had been made.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether it was added: ask again with the same name.
    pub async fn add_once(&self, operation: OperationId, number: i64) -> Result<i64> {
        // How many additions there were before this one was first sent, once an answer was lost.
        let mut doubt: Option<u64> = None;
        let mut lost = 0;
        for _ in 0..ATTEMPTS {
            let (tally, revision) = match self.read().await {
                Ok(found) => found,
                Err(error) if doubt.is_some() => {
                    lost += 1;
                    self.pause_unless(lost, error).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            match tally.knows(operation, doubt.unwrap_or_else(|| tally.count())) {
                Known::Counted => return Ok(tally.sum()),
                Known::Forgotten => {
                    let what = format!("add to `{}`: the answer was lost, and others came since", self.key);
                    return Err(Error::new(Code::OutcomeUnknown, what));
                }
                Known::NotCounted => {}
            }
            let Some(next) = tally.with(operation, number) else {
                let what = format!("add {number} to `{}`: the sum of {} would leave its range", self.key, tally.sum());
                return Err(Error::new(Code::InvalidInput, what));
            };
            let condition = revision.map_or(Condition::Absent, Condition::At);
            let write = Write::put(self.key.clone(), encode(&next)?).when(condition);
            match self.coordination.ground.store.write(&self.bucket, write).await {
                Ok(_) => return Ok(next.sum()),
                Err(error) if error.code() == Code::Conflict => {}
                Err(error) if error.code() == Code::InvalidInput => return Err(error),
                // Perhaps it took effect, and perhaps it still will; both at most once, as it names a revision.
                Err(error) => {
                    doubt.get_or_insert(tally.count());
                    lost += 1;
                    self.pause_unless(lost, error).await?;
                }
            }
        }
        let code = if doubt.is_some() { Code::OutcomeUnknown } else { Code::Conflict };
        Err(Error::new(code, format!("add to `{}`: it changed {ATTEMPTS} times meanwhile", self.key)))
    }

    /// Waits before the store is asked again, or says that it is not.
    async fn pause_unless(&self, lost: usize, error: Error) -> Result<()> {
        if lost > PATIENCE {
            let what = format!("add to `{}`: the store did not say what became of it", self.key);
            return Err(Error::new(Code::OutcomeUnknown, what).caused_by(error));
        }
        let ground = &self.coordination.ground;
        ground.clock.sleep(ground.settings.pause()).await;
        Ok(())
    }

    async fn read(&self) -> Result<(Tally, Option<Revision>)> {
        match self.coordination.ground.store.get(&self.bucket, &self.key, Read::Strict).await? {
            None => Ok((Tally::default(), None)),
            Some(entry) => Ok((decode(&entry)?, Some(entry.revision))),
        }
    }
}
