//! Barriers: a number of parties that go on together.

mod roll;

use std::fmt;

use futures_util::future::{Either, select};

use super::lease::Lease;
use super::lease::record::{decode, encode};
use super::{Coordination, CoordinationName, Sat, Seat};
use crate::error::{Code, Error, Result};
use crate::port::clock::{Elapsed, Monotonic};
use crate::port::storage::{Bucket, Condition, Key, KeyRange, Read, Revision, Write};
use roll::{Place, Roll};

/// How often a change of the roll is tried again after another party's.
const ATTEMPTS: usize = 1_000;

/// A barrier: each party waits until all of them do, then all go on, and the barrier is closed for the next round.
///
/// # Guarantees
/// - A round opens only if there was a moment at which as many parties as it needs were waiting, each with a lease that
///   was not over.
/// - A party that dies, gives up or loses its lease while the round is closed is not counted, or no longer.
/// - A party that is answered was counted in that round, once.
///
/// A party may die after it was counted, as a thread may after a barrier: the others go on without knowing.
#[derive(Clone, Debug)]
pub struct Barrier {
    coordination: Coordination,
    bucket: Bucket,
    /// Where the roll stands; the parties' leases lie below it.
    key: Key,
    parties: u32,
}

/// What a party is told when the barrier opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Which opening of the barrier it was, from 0 on.
    pub generation: u64,
    /// Whether this party was the last to come. One of each generation is, unless it died with the answer.
    pub was_last: bool,
}

/// One party's attempt to pass.
struct Party<'a> {
    barrier: &'a Barrier,
    nonce: u128,
    lease: Lease,
    /// The round that it was seen to be waiting in.
    joined: Option<u64>,
    /// A write without an answer by which it may have joined.
    doubt: Option<Doubt>,
}

/// A write without an answer: the round that it would join, and the revision that it would replace.
#[derive(Clone, Copy)]
struct Doubt {
    generation: u64,
    over: Option<Revision>,
}

/// What a look at the roll led to.
enum Look {
    Passed(Passage),
    /// It waits, and the roll has this revision.
    Waits(Revision),
}

/// What became of a write of the roll.
#[derive(PartialEq, Eq)]
enum Written {
    Done,
    /// Somebody else changed it before.
    Overtaken,
    InDoubt,
}

impl Barrier {
    /// The most parties.
    pub const MOST_PARTIES: u32 = 512;

    pub(super) fn new(coordination: &Coordination, name: &CoordinationName, parties: u32) -> Result<Self> {
        if parties == 0 || parties > Self::MOST_PARTIES {
            let what = format!("barrier `{name}`: {parties} parties; there may be 1 to {}", Self::MOST_PARTIES);
            return Err(Error::new(Code::InvalidConfiguration, what));
        }
        let key = Key::new(format!("barrier/{name}"))?;
        Ok(Self { coordination: coordination.clone(), bucket: coordination.bucket()?, key, parties })
    }

    /// Waits until so many parties wait, at most until `until`.
    ///
    /// # Errors
    /// - `Timeout` where the others had not come by then; this party is no longer counted.
    /// - `LeaseLost` where the store could not be reached for so long that this party was no longer counted for certain.
    /// - `InvalidConfiguration` where parties wait that name another number.
    /// - `OutcomeUnknown` where an answer of the store was lost and two rounds have opened since.
    /// - Those of the store, where trying again cannot help or `until` has come.
    ///
    /// # Cancel safety
    /// Dropping the future takes the party out, unless the barrier opens at that moment.
    pub async fn wait(&self, until: Monotonic) -> Result<Passage> {
        let nonce = self.coordination.entropy.next_u128();
        let seat = Seat { coordination: self.coordination.clone(), bucket: self.bucket.clone(), key: self.of(nonce)? };
        let lease = match seat.try_take("").await? {
            Sat::Taken(lease) => lease,
            Sat::Refused(_) => {
                let what = format!("wait at `{}`: another party drew the same number of 128 bits", self.key);
                return Err(Error::new(Code::Internal, what));
            }
        };
        let mut party = Party { barrier: self, nonce, lease, joined: None, doubt: None };
        loop {
            let ground = &self.coordination.ground;
            let seen = match party.look().await {
                Ok(Look::Passed(passage)) => return Ok(passage),
                Ok(Look::Waits(seen)) => seen,
                Err(error) if error.code() == Code::OutcomeUnknown => return Err(error),
                Err(error) => {
                    ground.ride_out(error, until).await?;
                    continue;
                }
            };
            let first = {
                let change = std::pin::pin!(ground.until_changed(&self.bucket, self.range(), seen, until));
                let lost = std::pin::pin!(party.lease.lost());
                match select(change, lost).await {
                    Either::Left((change, _)) => Some(change),
                    Either::Right(_) => None,
                }
            };
            match first {
                Some(Ok(())) => {}
                Some(Err(Elapsed)) => return party.leave().await,
                None => return party.last_look().await,
            }
        }
    }

    fn of(&self, nonce: u128) -> Result<Key> {
        Key::new(format!("{}/{nonce:032x}", self.key))
    }

    /// The range of the roll alone; the parties' keys go on with a slash.
    fn range(&self) -> KeyRange {
        KeyRange::between(self.key.as_str(), format!("{}-", self.key))
    }

    async fn read(&self) -> Result<(Roll, Option<Revision>)> {
        match self.coordination.ground.store.get(&self.bucket, &self.key, Read::Strict).await? {
            None => Ok((Roll::new(self.parties), None)),
            Some(entry) => Ok((decode(&entry)?, Some(entry.revision))),
        }
    }

    /// Writes a roll over the one of that revision.
    async fn write(&self, roll: &Roll, revision: Option<Revision>) -> Result<Written> {
        let condition = revision.map_or(Condition::Absent, Condition::At);
        let write = Write::put(self.key.clone(), encode(roll)?).when(condition);
        match self.coordination.ground.store.write(&self.bucket, write).await {
            Ok(_) => Ok(Written::Done),
            Err(error) if error.code() == Code::Conflict => Ok(Written::Overtaken),
            Err(error) if error.code() == Code::OutcomeUnknown => Ok(Written::InDoubt),
            Err(error) => Err(error.during(format_args!("wait at `{}`", self.key))),
        }
    }

    /// Those of `waiting` whose leases stand.
    async fn living(&self, waiting: &[u128]) -> Result<Vec<u128>> {
        let mut living = Vec::with_capacity(waiting.len());
        for &nonce in waiting {
            let lease = self.coordination.ground.store.get(&self.bucket, &self.of(nonce)?, Read::Strict).await?;
            if lease.is_some() {
                living.push(nonce);
            }
        }
        Ok(living)
    }

    fn unsettled(&self) -> Error {
        Error::new(Code::Conflict, format!("wait at `{}`: its roll changed {ATTEMPTS} times meanwhile", self.key))
    }
}

impl Party<'_> {
    fn place(&self, roll: &Roll) -> Place {
        roll.place(self.nonce, self.joined, self.doubt.map(|doubt| doubt.generation))
    }

    /// Looks at the roll, and joins it where it has not.
    async fn look(&mut self) -> Result<Look> {
        for _ in 0..ATTEMPTS {
            let (roll, revision) = self.barrier.read().await?;
            match self.place(&roll) {
                Place::Passed { generation } => {
                    return Ok(Look::Passed(Passage { generation, was_last: roll.was_last(self.nonce) }));
                }
                // Nobody takes a party out while its lease stands, and ours did all the time.
                Place::PassedIfHeld { generation } if self.lease.is_held() => {
                    return Ok(Look::Passed(Passage { generation, was_last: false }));
                }
                Place::PassedIfHeld { .. } | Place::Dropped => return Err(self.lost()),
                Place::Unknown => {
                    let what =
                        format!("wait at `{}`: an answer was lost, and two rounds opened since", self.barrier.key);
                    return Err(Error::new(Code::OutcomeUnknown, what));
                }
                Place::Waiting => {
                    self.joined = Some(roll.generation());
                    return Ok(Look::Waits(revision.unwrap_or_default()));
                }
                // What would have replaced a revision that is gone, and did not, never will.
                Place::Outside => self.doubt = self.doubt.filter(|doubt| doubt.over == revision),
            }
            let doubt = Doubt { generation: roll.generation(), over: revision };
            let next = self.joining(roll).await?;
            // Not before the roll was read: who is counted has to stand at that time.
            self.lease.token()?;
            match self.barrier.write(&next, revision).await {
                Ok(Written::Done | Written::Overtaken) => {}
                Ok(Written::InDoubt) => {
                    self.doubt.get_or_insert(doubt);
                    let ground = &self.barrier.coordination.ground;
                    ground.clock.sleep(ground.settings.pause()).await;
                }
                Err(error) => {
                    // It promises only that nothing was acknowledged.
                    self.doubt.get_or_insert(doubt);
                    return Err(error);
                }
            }
        }
        Err(self.barrier.unsettled())
    }

    /// The roll with this party. Whether the others are alive matters only to the last one.
    async fn joining(&self, roll: Roll) -> Result<Roll> {
        let parties = self.barrier.parties;
        if roll.would_open(parties) || roll.parties() != parties {
            let living = self.barrier.living(roll.waiting()).await?;
            if roll.parties() != parties && !living.is_empty() {
                let what = format!(
                    "wait at `{}` for {parties} parties: {} wait there for {}",
                    self.barrier.key,
                    living.len(),
                    roll.parties()
                );
                return Err(Error::new(Code::InvalidConfiguration, what));
            }
            return Ok(roll.with(living, self.nonce, parties));
        }
        let waiting = roll.waiting().to_vec();
        Ok(roll.with(waiting, self.nonce, parties))
    }

    /// Takes this party out, unless it has passed by now.
    async fn leave(mut self) -> Result<Passage> {
        for _ in 0..ATTEMPTS {
            let (roll, revision) = self.barrier.read().await?;
            match self.place(&roll) {
                Place::Waiting => {
                    self.joined = Some(roll.generation());
                    if self.barrier.write(&roll.without(self.nonce), revision).await? == Written::Done {
                        return Err(self.alone(&roll));
                    }
                }
                Place::Outside => return Err(self.alone(&roll)),
                _ => match self.look().await? {
                    Look::Passed(passage) => return Ok(passage),
                    Look::Waits(_) => {}
                },
            }
        }
        Err(self.barrier.unsettled())
    }

    /// Looks whether this party was counted before it lost its lease.
    async fn last_look(self) -> Result<Passage> {
        let (roll, _) = self.barrier.read().await?;
        match self.place(&roll) {
            Place::Passed { generation } => Ok(Passage { generation, was_last: roll.was_last(self.nonce) }),
            _ => Err(self.lost()),
        }
    }

    fn lost(&self) -> Error {
        let what = format!("wait at `{}`: the lease of this party was lost while it waited", self.barrier.key);
        Error::new(Code::LeaseLost, what).advise("wait again, once the store can be reached")
    }

    fn alone(&self, roll: &Roll) -> Error {
        let others = roll.waiting().iter().filter(|nonce| **nonce != self.nonce).count();
        let what = format!(
            "wait at `{}`: with {others} others in time, {} parties are needed",
            self.barrier.key, self.barrier.parties
        );
        Error::new(Code::Timeout, what)
    }
}

impl fmt::Debug for Party<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Party")
            .field("barrier", &self.barrier.key)
            .field("joined", &self.joined)
            .finish_non_exhaustive()
    }
}
