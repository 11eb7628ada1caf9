//! Leases: a key that expires, kept by renewals, and a deadline by which its holder stops.

mod hold;
mod keeper;
pub(crate) mod record;
mod settings;
mod tenure;

use std::fmt;
use std::sync::Arc;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use futures_util::future::{Either, Shared, select};

use super::token::Token;
use crate::error::{Code, Error, Result};
use crate::port::clock::{Clock, Monotonic};
use crate::port::spawner::Spawner;
use crate::port::storage::{Bucket, Condition, Entry, Key, KeyValue};
use hold::Hold;
use keeper::{Ends, Keeper, Taken};
use record::Claim;

pub use settings::LeaseSettings;
pub use tenure::Loss;

/// What a lease stands on.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(crate) store: Arc<dyn KeyValue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) spawner: Spawner,
    pub(crate) settings: LeaseSettings,
}

/// How an attempt went.
#[derive(Debug)]
pub(crate) enum Attempt {
    Taken(Lease),
    /// Somebody else has it; what stands, where it was read.
    Refused(Option<Entry>),
}

/// The right to act for a while, which a task renews until it is released, dropped or lost.
///
/// # Guarantees
/// - **The holder stops first.** [`token`](Self::token) answers a token only before the lease's deadline: the time
///   before its last acknowledged write was sent, plus the time to live, minus a margin. The store lets go of the lease
///   later than that, as long as its clock runs no faster against this one than the margin allows.
/// - **What is lost stays lost**, whatever the store answers later.
/// - **Tokens rise** from holder to holder.
///
/// What it does not give is exclusion: between a check of the token and what is done with it any amount of time may
/// pass. So what must not be done by two is done through something that looks at the token:
/// [`Guarded`](super::Guarded) or [`FencedStore`](super::FencedStore).
///
/// Dropping a lease releases it without waiting for the store.
pub struct Lease {
    token: Token,
    hold: Arc<Hold>,
    key: Key,
    lost: Shared<oneshot::Receiver<Loss>>,
    over: Shared<oneshot::Receiver<bool>>,
    /// Dropped with the lease, which its keeper hears.
    give_up: Option<oneshot::Sender<()>>,
}

impl Ground {
    /// Tries to take the lease on a key, whose first write expects `first`.
    ///
    /// # Errors
    /// Those of the store, and `Timeout` where it did not say within a time to live whether the lease was taken. If it
    /// was after all, it ends by itself.
    ///
    /// # Cancel safety
    /// Dropping the future gives the lease up, also where it was taken.
    pub(crate) async fn take(
        &self,
        bucket: &Bucket,
        key: Key,
        claim: Arc<dyn Claim>,
        first: Condition,
    ) -> Result<Attempt> {
        let (taken, was_taken) = oneshot::channel();
        let (lost, was_lost) = oneshot::channel();
        let (over, was_over) = oneshot::channel();
        let (give_up, given_up) = oneshot::channel();
        let hold = Arc::new(Hold::new(Arc::clone(&self.clock)));
        let keeper = Keeper {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            bucket: bucket.clone(),
            key: key.clone(),
            claim,
            first,
            ttl: self.settings.ttl(),
            terms: self.settings.terms(),
        };
        let ends = Ends { taken, lost, over, given_up };
        self.spawner.spawn("lease keeper", keeper.run(Arc::clone(&hold), ends));
        match was_taken.await {
            Ok(Ok(Taken::Held { token })) => Ok(Attempt::Taken(Lease {
                token: Token::of(token),
                hold,
                key,
                lost: was_lost.shared(),
                over: was_over.shared(),
                give_up: Some(give_up),
            })),
            Ok(Ok(Taken::Refused(found))) => Ok(Attempt::Refused(found)),
            Ok(Err(error)) => Err(error),
            Err(oneshot::Canceled) => Err(Error::new(
                Code::ServiceUnavailable,
                format!("take `{key}`: the scheduler that renews the lease was shut down"),
            )),
        }
    }
}

impl Lease {
    /// The token, while the lease may be acted on.
    ///
    /// # Errors
    /// `LeaseLost` from the deadline on, and after the lease was taken over or released.
    pub fn token(&self) -> Result<Token> {
        if self.hold.is_held() {
            return Ok(self.token);
        }
        let what = format!("use the lease on `{}` with {}: it is over", self.key, self.token);
        Err(Error::new(Code::LeaseLost, what))
    }

    /// Whether the lease may be acted on at this moment.
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.hold.is_held()
    }

    /// The point from which on the lease may not be acted on, unless it is renewed before. Moves with each renewal.
    #[must_use]
    pub fn deadline(&self) -> Monotonic {
        self.hold.deadline()
    }

    /// Waits until the lease is lost, and answers why. Ready at the deadline at the latest, also where the store
    /// answers nothing.
    ///
    /// # Cancel safety
    /// Dropping the future harms nothing.
    pub async fn lost(&self) -> Loss {
        loop {
            let deadline = self.hold.deadline();
            match select(self.lost.clone(), self.hold.sleep_until(deadline)).await {
                Either::Left((loss, _)) => return loss.unwrap_or(Loss::Expired),
                // The keeper has ended it and is about to say why.
                Either::Right(_) if deadline == Hold::OVER => return self.lost.clone().await.unwrap_or(Loss::Expired),
                Either::Right(_) if self.hold.is_held() => {}
                Either::Right(_) => return Loss::Expired,
            }
        }
    }

    /// Gives the lease up, and waits until the store has let go of it. The right to act ends at once.
    ///
    /// # Errors
    /// `OutcomeUnknown` where the store did not say so within a time to live; it lets go by itself then.
    ///
    /// # Cancel safety
    /// Dropping the future gives the lease up all the same.
    pub async fn release(mut self) -> Result<()> {
        self.hold.end();
        drop(self.give_up.take());
        match self.over.clone().await {
            Ok(true) => Ok(()),
            Ok(false) | Err(oneshot::Canceled) => {
                let what = format!("release `{}`: the store did not confirm it", self.key);
                Err(Error::new(Code::OutcomeUnknown, what).advise("nothing: the lease expires by itself"))
            }
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.hold.end();
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("key", &self.key)
            .field("token", &self.token)
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}
