//! User mail: a bounded queue with a stated overflow policy, and the count of what became of each message.
//!
//! A queue belongs to one incarnation: it opens when a process starts and closes when it ends, and what is left in
//! it then is undelivered.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use parking_lot::Mutex;

/// What happens to a message that finds the mailbox full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overflow {
    /// `cast` and `call` wait for room, first come first served; `try_cast` is refused.
    #[default]
    Wait,
    /// The sender gets it back.
    Reject,
    /// The oldest message in the mailbox makes room; that one counts as undelivered.
    DropOldest,
    /// It is dropped and counts as undelivered; the sender is not told.
    DropNewest,
}

/// How much mail a process takes, and what happens beyond that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailboxSettings {
    /// The most messages that wait; 1,024 by default, and at least 1.
    pub capacity: usize,
    /// What happens when they do; [`Overflow::Wait`] by default.
    pub overflow: Overflow,
}

impl Default for MailboxSettings {
    fn default() -> Self {
        Self { capacity: 1_024, overflow: Overflow::Wait }
    }
}

/// What became of the messages of one process, over all its incarnations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) handled: u64,
    pub(crate) rejected: u64,
    pub(crate) undelivered: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.handled += other.handled;
        self.rejected += other.rejected;
        self.undelivered += other.undelivered;
    }
}

/// How an attempt to put a message in ended.
pub(crate) enum Put<M> {
    /// It is in, or was dropped by [`Overflow::DropNewest`].
    Done {
        /// The incarnation that has it.
        incarnation: u64,
        /// What was dropped for it; the caller drops it outside the lock.
        dropped: Option<M>,
        /// The process sleeps and has to be woken.
        wake: bool,
    },
    /// There is no room.
    Full(M),
    /// The mailbox is closed.
    Closed(M),
}

struct Mail<M> {
    queue: VecDeque<M>,
    settings: MailboxSettings,
    /// The incarnation that reads it, while one does.
    open: Option<u64>,
    /// The reader found nothing and went to sleep.
    asleep: bool,
    /// Senders that wait for room, in the order they came.
    waiting: VecDeque<(u64, Waker)>,
    next_ticket: u64,
    tally: Tally,
}

impl<M> Mail<M> {
    fn has_room(&self) -> bool {
        self.queue.len() < self.settings.capacity.max(1)
    }

    fn accept(&mut self, incarnation: u64, message: M) -> Put<M> {
        let mut dropped = None;
        self.tally.sent += 1;
        if self.has_room() {
            self.queue.push_back(message);
        } else if self.settings.overflow == Overflow::DropNewest {
            self.tally.undelivered += 1;
            dropped = Some(message);
        } else {
            self.tally.undelivered += 1;
            dropped = self.queue.pop_front();
            self.queue.push_back(message);
        }
        Put::Done { incarnation, dropped, wake: std::mem::take(&mut self.asleep) }
    }

    fn reject(&mut self) {
        self.tally.sent += 1;
        self.tally.rejected += 1;
    }

    /// The sender that is next in line, if there is room for it.
    fn next_sender(&self) -> Option<Waker> {
        if self.has_room() { self.waiting.front().map(|(_, waker)| waker.clone()) } else { None }
    }
}

pub(crate) struct Mailbox<M>(Mutex<Mail<M>>);

impl<M> Mailbox<M> {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Mail {
            queue: VecDeque::new(),
            settings: MailboxSettings::default(),
            open: None,
            asleep: false,
            waiting: VecDeque::new(),
            next_ticket: 0,
            tally: Tally::default(),
        }))
    }

    pub(crate) fn open(&self, incarnation: u64, settings: MailboxSettings) {
        let mut mail = self.0.lock();
        mail.settings = settings;
        mail.open = Some(incarnation);
        mail.asleep = false;
    }

    /// Closes it. The caller drops what nobody will read, and wakes who waited for room, outside all locks.
    pub(crate) fn close(&self) -> (VecDeque<M>, Vec<Waker>) {
        let mut mail = self.0.lock();
        mail.open = None;
        let left = std::mem::take(&mut mail.queue);
        mail.tally.undelivered += left.len() as u64;
        (left, mail.waiting.drain(..).map(|(_, waker)| waker).collect())
    }

    /// Puts a message in, without waiting.
    pub(crate) fn put(&self, message: M) -> Put<M> {
        let mut mail = self.0.lock();
        let Some(incarnation) = mail.open else {
            mail.reject();
            return Put::Closed(message);
        };
        let policy = mail.settings.overflow;
        let must_wait = policy == Overflow::Wait && !(mail.waiting.is_empty() && mail.has_room());
        let refused = policy == Overflow::Reject && !mail.has_room();
        if must_wait || refused {
            mail.reject();
            return Put::Full(message);
        }
        mail.accept(incarnation, message)
    }

    /// Puts a message in, waiting for room where that is the policy.
    ///
    /// Dropping the future before it is ready means that the message was never sent.
    pub(crate) async fn put_waiting(&self, message: M) -> Put<M> {
        let mut place = Place { mailbox: self, ticket: None };
        let mut message = Some(message);
        std::future::poll_fn(|cx| match message.take() {
            None => Poll::Pending,
            Some(unsent) => match self.poll_put(unsent, &mut place.ticket, cx) {
                Ok(put) => Poll::Ready(put),
                Err(unsent) => {
                    message = Some(unsent);
                    Poll::Pending
                }
            },
        })
        .await
    }

    fn poll_put(&self, message: M, ticket: &mut Option<u64>, cx: &Context<'_>) -> Result<Put<M>, M> {
        let mut mail = self.0.lock();
        let Some(incarnation) = mail.open else {
            mail.reject();
            return Ok(Put::Closed(message));
        };
        if mail.settings.overflow != Overflow::Wait {
            drop(mail);
            return Ok(self.put(message));
        }
        // A place is lost when the process ended meanwhile: then this is a new sender to the new incarnation.
        let place = ticket.and_then(|own| mail.waiting.iter().position(|(other, _)| *other == own));
        let in_front = place.map_or(mail.waiting.is_empty(), |index| index == 0);
        if in_front && mail.has_room() {
            if place.is_some() {
                mail.waiting.pop_front();
            }
            *ticket = None;
            let put = mail.accept(incarnation, message);
            let next = mail.next_sender();
            drop(mail);
            if let Some(next) = next {
                next.wake();
            }
            return Ok(put);
        }
        match place.and_then(|index| mail.waiting.get_mut(index)) {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => {
                mail.next_ticket += 1;
                let own = mail.next_ticket;
                mail.waiting.push_back((own, cx.waker().clone()));
                *ticket = Some(own);
            }
        }
        Err(message)
    }

    /// Takes the next message, which counts as handled from here. `None` marks the reader as asleep.
    pub(crate) fn take(&self) -> Option<M> {
        let (message, next) = {
            let mut mail = self.0.lock();
            let message = mail.queue.pop_front();
            match message {
                Some(_) => mail.tally.handled += 1,
                None => mail.asleep = true,
            }
            (message, mail.next_sender())
        };
        if let Some(next) = next {
            next.wake();
        }
        message
    }

    /// Counts a message that reached its process past the queue: one of its own timers.
    pub(crate) fn count_direct(&self) {
        let mut mail = self.0.lock();
        mail.tally.sent += 1;
        mail.tally.handled += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().queue.len()
    }

    /// The counts, and how many messages wait.
    pub(crate) fn tally(&self) -> (Tally, u64) {
        let mail = self.0.lock();
        (mail.tally, mail.queue.len() as u64)
    }
}

/// A sender's place in the line; given up when the sender is dropped.
struct Place<'a, M> {
    mailbox: &'a Mailbox<M>,
    ticket: Option<u64>,
}

impl<M> Drop for Place<'_, M> {
    fn drop(&mut self) {
        let Some(own) = self.ticket else { return };
        let next = {
            let mut mail = self.mailbox.0.lock();
            mail.waiting.retain(|(other, _)| *other != own);
            mail.next_sender()
        };
        if let Some(next) = next {
            next.wake();
        }
    }
}

#[cfg(test)]
mod tests;
