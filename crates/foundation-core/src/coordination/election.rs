//! Leaders: one at a time by lease, told to whoever looks.

use futures_util::{StreamExt as _, stream};

use super::follow::Pauses;
use super::lease::{Lease, Loss};
use super::{Sat, Seat, Sitting, Token};
use crate::error::Result;
use crate::event::NodeId;
use crate::port::BoxStream;
use crate::port::clock::Monotonic;
use crate::port::storage::{Change, WatchFrom};

/// An election: of those who campaign one leads at a time, in an epoch that rises from leader to leader.
///
/// What holds for a [`Lock`](super::Lock) holds here: an earlier leader that was stopped for a while may act after the
/// next one began, and only what looks at the epoch can refuse it.
#[derive(Clone, Debug)]
pub struct Election {
    pub(super) seat: Seat,
}

/// The one who leads, as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// Its node.
    pub node: NodeId,
    /// Rises from leader to leader; its fencing token.
    pub epoch: Token,
    /// What it says about itself, such as where it can be reached.
    pub words: String,
}

/// The right to lead for a while. Dropping it resigns without waiting for the store.
#[derive(Debug)]
pub struct Leadership {
    lease: Lease,
}

impl Election {
    /// Leads, if nobody else does; otherwise answers who does, where that could be seen.
    ///
    /// # Errors
    /// `InvalidInput` where `words` has more than [`WORDS_BYTES`](super::WORDS_BYTES); those of the store; `Timeout`
    /// where it did not say within a time to live who leads.
    ///
    /// # Cancel safety
    /// Dropping the future resigns, also where it was elected.
    pub async fn try_lead(&self, words: &str) -> Result<Result<Leadership, Option<Leader>>> {
        Ok(match self.seat.try_take(words).await? {
            Sat::Taken(lease) => Ok(Leadership { lease }),
            Sat::Refused(sitting) => Err(sitting.map(Leader::of)),
        })
    }

    /// Waits until `until` to lead. It is tried once however early that is.
    ///
    /// # Errors
    /// `Held` where others led all the time; else as [`try_lead`](Self::try_lead), where trying again cannot help or
    /// `until` has come.
    ///
    /// # Cancel safety
    /// As [`try_lead`](Self::try_lead).
    pub async fn campaign(&self, words: &str, until: Monotonic) -> Result<Leadership> {
        Ok(Leadership { lease: self.seat.take(words, until).await? })
    }

    /// Who leads. It may have stopped acting already, or have been followed by another when this answers.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn leader(&self) -> Result<Option<Leader>> {
        Ok(self.seat.look().await?.map(Leader::of))
    }

    /// Tells who leads, then each change; `None` while nobody does. Between two leaders `None` may be left out.
    ///
    /// The stream never ends: what goes wrong is told once, and then the store is watched anew, after pauses that grow
    /// up to 30 seconds. Dropping it ends the watch.
    #[must_use]
    pub fn observe(&self) -> BoxStream<'static, Result<Option<Leader>>> {
        let pauses = Pauses::new(self.seat.coordination.ground.settings.pause());
        let seat = self.seat.clone();
        let observer = Observer { seat, changes: None, told: None, standing: None, has_watched: false, pauses };
        stream::unfold(observer, |mut observer| async move {
            let news = observer.next().await;
            Some((news, observer))
        })
        .boxed()
    }
}

impl Leader {
    fn of(sitting: Sitting) -> Self {
        let epoch = sitting.token();
        Self { node: sitting.record.node, epoch, words: sitting.record.words }
    }
}

impl Leadership {
    /// The epoch, while the leader may act.
    ///
    /// # Errors
    /// `LeaseLost` from the lease's deadline on, and after it was taken over.
    pub fn epoch(&self) -> Result<Token> {
        self.lease.token()
    }

    /// The lease it stands on.
    #[must_use]
    pub fn lease(&self) -> &Lease {
        &self.lease
    }

    /// Waits until it is lost, and answers why. Cancel safe.
    pub async fn lost(&self) -> Loss {
        self.lease.lost().await
    }

    /// Stops leading, and waits until the store has let go of it.
    ///
    /// # Errors
    /// As [`Lease::release`].
    ///
    /// # Cancel safety
    /// Dropping the future resigns all the same.
    pub async fn resign(self) -> Result<()> {
        self.lease.release().await
    }
}

/// Follows the record of an election.
struct Observer {
    seat: Seat,
    changes: Option<BoxStream<'static, Result<Change>>>,
    /// What was told last; `None` before the first time and after an error.
    told: Option<Option<Leader>>,
    standing: Option<Leader>,
    has_watched: bool,
    pauses: Pauses,
}

impl Observer {
    async fn next(&mut self) -> Result<Option<Leader>> {
        loop {
            let Some(changes) = &mut self.changes else {
                if let Err(error) = self.watch().await {
                    self.told = None;
                    return Err(error);
                }
                continue;
            };
            let news = match changes.next().await {
                Some(Ok(change)) => self.take(&change),
                Some(Err(error)) => Err(error),
                None => {
                    self.changes = None;
                    continue;
                }
            };
            match news {
                Ok(false) => {}
                Ok(true) => {
                    self.pauses.reset();
                    if self.told.as_ref() != Some(&self.standing) {
                        self.told = Some(self.standing.clone());
                        return Ok(self.standing.clone());
                    }
                }
                Err(error) => {
                    (self.changes, self.told) = (None, None);
                    return Err(error);
                }
            }
        }
    }

    async fn watch(&mut self) -> Result<()> {
        let Seat { coordination, bucket, .. } = &self.seat;
        let ground = &coordination.ground;
        if self.has_watched {
            ground.clock.sleep(self.pauses.next()).await;
        }
        (self.has_watched, self.standing) = (true, None);
        self.changes = Some(ground.store.watch(bucket, self.seat.range(), WatchFrom::Snapshot).await?);
        Ok(())
    }

    /// Takes a change; answers whether what stands is known after it.
    fn take(&mut self, change: &Change) -> Result<bool> {
        match change {
            Change::Compacted => {
                self.standing = None;
                Ok(false)
            }
            Change::Put(entry) => {
                self.standing = Some(Leader::of(Sitting::read(entry)?));
                Ok(true)
            }
            Change::Removed { .. } => {
                self.standing = None;
                Ok(true)
            }
            Change::Current(_) => Ok(true),
        }
    }
}
