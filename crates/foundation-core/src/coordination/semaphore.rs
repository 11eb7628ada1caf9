//! Permits for a number of holders at a time.

use std::collections::BTreeSet;
use std::fmt;

use futures_util::TryStreamExt as _;

use super::lease::{Lease, Loss};
use super::{Coordination, CoordinationName, Sat, Seat, Token};
use crate::error::{Code, Error, Result};
use crate::port::clock::Monotonic;
use crate::port::storage::{Key, KeyRange, Read};

/// A number of permits, each of which one holder has at a time.
///
/// A permit is a lease, so that of a holder that died comes back when its time to live is over. What holds for a
/// [`Lock`](super::Lock) holds for each permit: a holder that was stopped for a while may act after another has its
/// permit, and only what looks at the token can refuse it. Tokens rise for each permit's place, and over all of them.
///
/// Everybody who uses a semaphore should name the same number of permits. One that names fewer leaves the others'
/// places alone, so a number can be changed program by program; meanwhile the larger number holds.
#[derive(Clone, Debug)]
pub struct Semaphore {
    seats: Vec<Seat>,
    /// The range of the places.
    range: KeyRange,
}

/// A place in a semaphore. Dropping it gives it back without waiting for the store.
pub struct Permit {
    lease: Lease,
    place: u32,
}

impl Semaphore {
    /// The most permits.
    pub const MOST_PERMITS: u32 = 1_024;

    pub(super) fn new(coordination: &Coordination, name: &CoordinationName, permits: u32) -> Result<Self> {
        if permits == 0 || permits > Self::MOST_PERMITS {
            let what = format!("semaphore `{name}`: {permits} permits; there may be 1 to {}", Self::MOST_PERMITS);
            return Err(Error::new(Code::InvalidConfiguration, what));
        }
        let bucket = coordination.bucket()?;
        let seats = (0..permits).map(|place| {
            let key = Key::new(format!("semaphore/{name}/{place:04}"))?;
            Ok(Seat { coordination: coordination.clone(), bucket: bucket.clone(), key })
        });
        Ok(Self { seats: seats.collect::<Result<_>>()?, range: KeyRange::prefix(format!("semaphore/{name}/")) })
    }

    /// Takes a permit, if there is one.
    ///
    /// # Errors
    /// Those of the store, and `Timeout` where it did not say within a time to live whether a permit was taken.
    ///
    /// # Cancel safety
    /// Dropping the future gives the permit back, also where one was taken.
    pub async fn try_take(&self) -> Result<Option<Permit>> {
        Ok(self.attempt().await?.ok())
    }

    /// Takes a permit, and waits for one until `until`. It is tried once however early that is. Nobody stands in line,
    /// as with a [`Lock`](super::Lock).
    ///
    /// # Errors
    /// `Held` where there was none all the time; else as [`try_take`](Self::try_take), where trying again cannot help or
    /// `until` has come.
    ///
    /// # Cancel safety
    /// As [`try_take`](Self::try_take).
    pub async fn take(&self, until: Monotonic) -> Result<Permit> {
        loop {
            let Some(first) = self.seats.first() else { return Err(self.none_free()) };
            let ground = &first.coordination.ground;
            let taken = match self.attempt().await {
                Ok(Ok(permit)) => return Ok(permit),
                Ok(Err(taken)) => taken,
                Err(error) => {
                    ground.ride_out(error, until).await?;
                    continue;
                }
            };
            if ground.until_free(&first.bucket, self.range.clone(), &taken, until).await.is_err() {
                return Err(self.none_free());
            }
        }
    }

    /// How many permits are taken.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn taken(&self) -> Result<usize> {
        Ok(self.standing().await?.len())
    }

    /// Tries every place that looks free, from one on that chance names, so that those who come together seldom meet.
    /// Otherwise answers the places that are taken.
    async fn attempt(&self) -> Result<Result<Permit, BTreeSet<Key>>> {
        let mut taken = self.standing().await?;
        let Some(first) = self.seats.first() else { return Ok(Err(taken)) };
        let count = self.seats.len();
        let start = (first.coordination.entropy.next_u64() % count as u64) as usize;
        for offset in 0..count {
            let place = (start + offset) % count;
            let Some(seat) = self.seats.get(place).filter(|seat| !taken.contains(&seat.key)) else { continue };
            match seat.try_take("").await? {
                Sat::Taken(lease) => return Ok(Ok(Permit { lease, place: u32::try_from(place).unwrap_or(u32::MAX) })),
                Sat::Refused(_) => drop(taken.insert(seat.key.clone())),
            }
        }
        Ok(Err(taken))
    }

    /// The places that are taken.
    async fn standing(&self) -> Result<BTreeSet<Key>> {
        let Some(Seat { coordination, bucket, .. }) = self.seats.first() else { return Ok(BTreeSet::new()) };
        let entries = coordination.ground.store.scan(bucket, self.range.clone(), Read::Strict).await?;
        let mut taken: BTreeSet<Key> = entries.map_ok(|entry| entry.key).try_collect().await?;
        // Others may use more places than this one.
        taken.retain(|key| self.seats.iter().any(|seat| seat.key == *key));
        Ok(taken)
    }

    fn none_free(&self) -> Error {
        let at = self.seats.first().map_or("", |seat| seat.key.as_str());
        let what = format!("take one of {} permits at `{at}`: none came free in time", self.seats.len());
        Error::new(Code::Held, what).advise("wait longer, or see what their holders are doing")
    }
}

impl Permit {
    /// The place in the semaphore, from 0 on: a name for a part of what is shared.
    #[must_use]
    pub fn place(&self) -> u32 {
        self.place
    }

    /// The token, while the permit may be acted on.
    ///
    /// # Errors
    /// `LeaseLost` from the lease's deadline on, and after it was taken over.
    pub fn token(&self) -> Result<Token> {
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

    /// Gives the permit back, and waits until the store has let go of it.
    ///
    /// # Errors
    /// As [`Lease::release`].
    ///
    /// # Cancel safety
    /// Dropping the future gives it back all the same.
    pub async fn release(self) -> Result<()> {
        self.lease.release().await
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("place", &self.place).field("lease", &self.lease).finish()
    }
}
