//! The task that keeps one lease: it sends what [`Tenure`] decides, and tells it what came.

use std::sync::Arc;

use futures_channel::oneshot;
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};

use super::Hold;
use super::record::Claim;
use super::tenure::{Action, Ended, Event, Loss, Phase, Refusal, Standing, Tenure, Terms};
use crate::error::{Code, Error, Result};
use crate::port::BoxFuture;
use crate::port::clock::{Clock, Monotonic};
use crate::port::storage::{Bucket, Condition, Entry, Key, KeyValue, Read, Revision, Ttl, Write};

/// What a keeper works on.
pub(super) struct Keeper {
    pub(super) store: Arc<dyn KeyValue>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) bucket: Bucket,
    pub(super) key: Key,
    pub(super) claim: Arc<dyn Claim>,
    /// What the first write expects.
    pub(super) first: Condition,
    pub(super) ttl: Ttl,
    pub(super) terms: Terms,
}

/// How an attempt to take a lease went.
pub(super) enum Taken {
    Held {
        token: Revision,
    },
    /// Somebody else has it; what stands, where it was read.
    Refused(Option<Entry>),
}

/// Where a keeper tells what happens.
pub(super) struct Ends {
    /// Told once whether the lease was taken.
    pub(super) taken: oneshot::Sender<Result<Taken>>,
    /// Told once that the lease is lost.
    pub(super) lost: oneshot::Sender<Loss>,
    /// Told once that nothing more is done, and whether nothing of ours stands.
    pub(super) over: oneshot::Sender<bool>,
    /// Resolves when the holder gives it up or is gone.
    pub(super) given_up: oneshot::Receiver<()>,
}

/// What came back, and what is kept of it for messages.
enum Answer {
    Event(Event),
    Found(Event, Option<Entry>),
    Failed(Event, Error),
}

impl Keeper {
    /// Keeps the lease until it is over.
    pub(super) async fn run(self, hold: Arc<Hold>, ends: Ends) {
        let Ends { taken, lost, over, given_up } = ends;
        let (mut taken, mut lost, mut over) = (Some(taken), Some(lost), Some(over));
        let mut given_up = given_up.fuse();
        let mut tenure = Tenure::new(self.terms, self.first == Condition::Absent, self.clock.now());
        let mut operation: Option<BoxFuture<'static, Answer>> = None;
        let mut event = Event::Woke;
        let (mut found, mut error) = (None, None);
        loop {
            if let Some(action) = tenure.step(self.clock.now(), event) {
                operation = Some(self.start(action));
            }
            match tenure.phase() {
                Phase::Taking => {}
                Phase::Held => {
                    if let Some((token, deadline)) = tenure.grant() {
                        let is_in_time = hold.extend(deadline);
                        let has_holder = taken.take().is_none_or(|taken| taken.send(Ok(Taken::Held { token })).is_ok());
                        if !is_in_time || !has_holder {
                            event = Event::GivenUp;
                            continue;
                        }
                    }
                }
                Phase::Ending(how) | Phase::Over { how, .. } => {
                    hold.end();
                    match how {
                        Ended::Lost(loss) => {
                            if let Some(lost) = lost.take() {
                                // Nobody may be left who wants to know.
                                let _ = lost.send(loss);
                            }
                        }
                        Ended::NotTaken(refusal) => {
                            if let Some(taken) = taken.take() {
                                let _ = taken.send(self.refused(refusal, found.take(), error.take()));
                            }
                        }
                    }
                }
            }
            if let Phase::Over { clean, .. } = tenure.phase()
                && let Some(over) = over.take()
            {
                let _ = over.send(clean);
            }
            if tenure.is_done() {
                return;
            }
            event = match self.next(&mut operation, &mut given_up, tenure.wake()).await {
                Answer::Event(event) => event,
                Answer::Found(event, entry) => {
                    found = entry;
                    event
                }
                Answer::Failed(event, why) => {
                    error = Some(why);
                    event
                }
            };
        }
    }

    /// Waits for whatever comes first: the holder, the answer, the time.
    async fn next(
        &self,
        operation: &mut Option<BoxFuture<'static, Answer>>,
        given_up: &mut futures_util::future::Fuse<oneshot::Receiver<()>>,
        wake: Monotonic,
    ) -> Answer {
        let answer = async {
            match operation.as_mut() {
                Some(operation) => operation.await,
                None => std::future::pending().await,
            }
        };
        let first = select(given_up, select(Box::pin(answer), self.clock.sleep_until(wake))).await;
        match first {
            Either::Left(_) => Answer::Event(Event::GivenUp),
            Either::Right((Either::Left((answer, _)), _)) => {
                *operation = None;
                answer
            }
            Either::Right((Either::Right(_), _)) => Answer::Event(Event::Woke),
        }
    }

    /// What is told to whoever asked for the lease and does not get it.
    fn refused(&self, refusal: Refusal, found: Option<Entry>, error: Option<Error>) -> Result<Taken> {
        match (refusal, error) {
            (Refusal::Taken | Refusal::GivenUp, _) => Ok(Taken::Refused(found)),
            (Refusal::Unknown, Some(error)) => Err(error.during(format_args!("take `{}`", self.key))),
            (Refusal::Unknown, None) => {
                let what = format!("take `{}`: the store did not answer within {} s", self.key, self.ttl.as_seconds());
                Err(Error::new(Code::Timeout, what))
            }
        }
    }

    fn start(&self, action: Action) -> BoxFuture<'static, Answer> {
        let (store, bucket, key) = (Arc::clone(&self.store), self.bucket.clone(), self.key.clone());
        match action {
            Action::Take => self.write(None, self.first.clone()),
            Action::Renew { at, token } => self.write(Some(token), Condition::At(at)),
            Action::Delete { at } => {
                let write = Write::delete(key).when(Condition::At(at));
                Box::pin(async move { written(store.write(&bucket, write).await) })
            }
            Action::Read => {
                let claim = Arc::clone(&self.claim);
                Box::pin(async move { read(store.get(&bucket, &key, Read::Strict).await, &*claim) })
            }
        }
    }

    fn write(&self, token: Option<Revision>, condition: Condition) -> BoxFuture<'static, Answer> {
        let (store, bucket) = (Arc::clone(&self.store), self.bucket.clone());
        match self.claim.encode(token) {
            Ok(value) => {
                let write = Write::put(self.key.clone(), value).when(condition).expiring(self.ttl);
                Box::pin(async move { written(store.write(&bucket, write).await) })
            }
            Err(error) => Box::pin(std::future::ready(Answer::Failed(Event::Impossible, error))),
        }
    }
}

fn written(answer: Result<Revision>) -> Answer {
    match answer {
        Ok(revision) => Answer::Event(Event::Written(revision)),
        Err(error) => match error.code() {
            Code::Conflict => Answer::Event(Event::Refused),
            Code::InvalidInput => Answer::Failed(Event::Impossible, error),
            // Also errors that promise only that nothing was acknowledged: the write may have got through.
            _ => Answer::Failed(Event::Doubtful, error),
        },
    }
}

fn read(answer: Result<Option<Entry>>, claim: &dyn Claim) -> Answer {
    let entry = match answer {
        Ok(entry) => entry,
        Err(error) => return Answer::Failed(Event::Unread, error),
    };
    let Some(entry) = entry else { return Answer::Found(Event::Found(Standing::Nothing), None) };
    match claim.read(&entry) {
        Ok(Some(token)) => {
            let standing = Standing::Ours { revision: entry.revision, token };
            Answer::Found(Event::Found(standing), Some(entry))
        }
        Ok(None) => Answer::Found(Event::Found(Standing::Other), Some(entry)),
        // Whoever was refused meets the error when it looks who has the lease.
        Err(_) => Answer::Found(Event::Found(Standing::Other), Some(entry)),
    }
}
