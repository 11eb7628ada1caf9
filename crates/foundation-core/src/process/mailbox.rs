//! User mail: a bounded queue with a stated overflow policy, and the count of what became of each message.
//!
//! A queue belongs to one incarnation: it opens when a process starts and closes when it ends, and what is left in
//! it then is undelivered.
//!
//! Sender and reader meet under one short lock. A sender that finds the reader asleep wakes it, so there is no wake-up
//! to lose; the reader takes what waits as a whole (see `inbox`), so that under load the lock is taken once for many
//! messages.

mod drain;

pub(super) mod inbox;

mod line;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use super::short_lock::{Held, ShortLock};

pub(crate) use drain::DrainCount;
use inbox::Taken;
use line::Line;
pub(crate) use line::Place;

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
    /// The most messages that wait; 1,024 by default, and at least 1. [`usize::MAX`] for no bound.
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

/// A message and the word that goes with it.
#[derive(Debug)]
pub(crate) struct Letter<M> {
    pub(crate) word: u64,
    pub(crate) message: M,
}

/// A message is in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Accepted {
    /// The incarnation that has it.
    pub(crate) incarnation: u64,
    /// The reader sleeps and has to be woken; outside the lock, because it may run before the wake returns.
    pub(crate) wake: bool,
}

/// How an attempt to put a message in ended.
pub(crate) enum Put<M> {
    /// It is in, or was dropped by [`Overflow::DropNewest`].
    Done {
        accepted: Accepted,
        /// What was dropped for it; the caller drops it outside the lock.
        dropped: Option<Letter<M>>,
    },
    /// There is no room, and the sender may wait for it. Not counted yet.
    Wait(Letter<M>),
    /// There is no room.
    Full(M),
    /// The mailbox is closed.
    Closed(M),
}

struct Mail<M> {
    queue: VecDeque<Letter<M>>,
    /// The incarnation that reads it, or that read it last.
    incarnation: u64,
    /// What most mailboxes never have.
    rare: Option<Box<Rare<M>>>,
    /// How many messages were handled.
    handled: u64,
    /// The most that waits. A mailbox that holds four thousand million messages is without a bound for any purpose.
    capacity: u32,
    /// How many messages the reader has taken and not handled yet, as it last said.
    taken: u32,
    overflow: Overflow,
    open: bool,
}

/// What most mailboxes never have: senders that wait for room, and messages that nobody handled.
struct Rare<M> {
    line: Line<M>,
    rejected: u64,
    undelivered: u64,
    /// While it is drained.
    drain: Option<Arc<DrainCount>>,
}

impl<M> Default for Rare<M> {
    fn default() -> Self {
        Self { line: Line::default(), rejected: 0, undelivered: 0, drain: None }
    }
}

impl<M> Mail<M> {
    fn rare(&mut self) -> &mut Rare<M> {
        self.rare.get_or_insert_default()
    }

    #[inline]
    fn len(&self) -> usize {
        self.queue.len() + self.taken as usize
    }

    #[inline]
    fn has_room(&self) -> bool {
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::MailboxUnbounded) {
            return true;
        }
        self.len() < self.capacity as usize
    }

    /// Whether a message goes straight in.
    #[inline]
    fn takes_at_once(&self) -> bool {
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::OrderSwapped) {
            return false;
        }
        self.open && self.has_room() && !self.is_waited_for()
    }

    /// Puts a message in, over an older one where there is no room and the policy says so.
    fn accept(&mut self, letter: Letter<M>, asleep: &AtomicBool) -> Put<M> {
        let mut dropped = None;
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::OrderSwapped) && self.handled.is_multiple_of(1_000) {
            self.queue.push_front(letter);
            return Put::Done { accepted: self.accepted(asleep), dropped };
        }
        if self.has_room() {
            self.queue.push_back(letter);
        } else {
            self.rare().undelivered += 1;
            dropped = match self.overflow {
                Overflow::DropNewest => Some(letter),
                _ => {
                    let oldest = self.queue.pop_front();
                    self.queue.push_back(letter);
                    oldest
                }
            };
        }
        Put::Done { accepted: self.accepted(asleep), dropped }
    }

    /// Notes that something is in.
    #[inline]
    fn accepted(&self, asleep: &AtomicBool) -> Accepted {
        let wake = asleep.load(Ordering::Relaxed);
        if wake {
            asleep.store(false, Ordering::Relaxed);
        }
        Accepted { incarnation: self.incarnation, wake }
    }

    fn reject(&mut self) {
        self.rare().rejected += 1;
    }

    /// The most that the reader takes at once. The other half of a bounded mailbox stays for senders to fill
    /// meanwhile; where the oldest message may be dropped, all but the one at hand stay within reach.
    fn batch_limit(&self) -> usize {
        if self.overflow == Overflow::DropOldest { 1 } else { (self.capacity as usize / 2).max(1) }
    }
}

pub(crate) struct Mailbox<M> {
    mail: ShortLock<Mail<M>>,
    /// The reader will look again only when it is woken: it found nothing, or took the last message. Written under the
    /// lock; the reader may look at it without.
    asleep: AtomicBool,
}

impl<M> Mailbox<M> {
    pub(crate) fn new() -> Self {
        let mail = ShortLock::new(Mail {
            queue: VecDeque::new(),
            incarnation: 0,
            rare: None,
            handled: 0,
            capacity: 1,
            taken: 0,
            overflow: Overflow::default(),
            open: false,
        });
        Self { mail, asleep: AtomicBool::new(false) }
    }

    pub(crate) fn open(&self, incarnation: u64, settings: MailboxSettings) {
        let mut mail = self.mail.lock();
        mail.capacity = u32::try_from(settings.capacity).unwrap_or(u32::MAX).max(1);
        mail.overflow = settings.overflow;
        mail.incarnation = incarnation;
        mail.open = true;
        self.asleep.store(false, Ordering::Relaxed);
    }

    /// Closes it. The caller drops what nobody will read, and wakes who waited for room, outside all locks.
    pub(crate) fn close(&self) -> (VecDeque<Letter<M>>, Vec<Waker>) {
        let mut mail = self.mail.lock();
        mail.open = false;
        self.asleep.store(false, Ordering::Relaxed);
        mail.taken = 0;
        let left = std::mem::take(&mut mail.queue);
        if !left.is_empty() {
            mail.rare().undelivered += left.len() as u64;
        }
        if let Some(drain) = mail.rare.as_mut().and_then(|rare| rare.drain.take()) {
            drain.set_undelivered(left.len() as u64);
        }
        let waiting = mail.dismiss();
        (left, waiting)
    }

    /// Puts a message in where there is room and nobody waits for some; else what [`put`](Self::put) says.
    ///
    /// Compiled into the place that sends, so that the message goes from registers to its place in the queue: through
    /// memory in between it would be written in parts and read as a whole, for which a processor waits longer than for
    /// the lock.
    #[inline(always)]
    pub(crate) fn put_at_once(&self, letter: Letter<M>) -> Result<Accepted, Put<M>> {
        let mut mail = self.mail.lock();
        if mail.takes_at_once() {
            mail.queue.push_back(letter);
            return Ok(mail.accepted(&self.asleep));
        }
        Err(self.put_otherwise(mail, letter))
    }

    /// Puts a message in, without waiting.
    pub(crate) fn put(&self, letter: Letter<M>) -> Put<M> {
        self.put_otherwise(self.mail.lock(), letter)
    }

    #[cold]
    #[inline(never)]
    fn put_otherwise(&self, mut mail: Held<'_, Mail<M>>, letter: Letter<M>) -> Put<M> {
        if !mail.open {
            mail.reject();
            return Put::Closed(letter.message);
        }
        match mail.overflow {
            Overflow::Wait if mail.is_waited_for() || !mail.has_room() => Put::Wait(letter),
            Overflow::Reject if !mail.has_room() => {
                mail.reject();
                Put::Full(letter.message)
            }
            _ => mail.accept(letter, &self.asleep),
        }
    }

    /// Counts a message that was not put in because there was no room.
    pub(crate) fn count_rejected(&self) {
        self.mail.lock().reject();
    }

    /// Counts a message that reached its process past the queue: one of its own timers.
    pub(crate) fn count_direct(&self) {
        let mut mail = self.mail.lock();
        mail.handled += 1;
    }

    /// Takes the next message, and into `taken` what else may be taken at once. `None` marks the reader as asleep, and so
    /// does the last message: a reader that finds nothing new after it need not look.
    fn take(&self, taken: &mut Taken<M>) -> Option<Letter<M>> {
        let mut mail = self.mail.lock();
        mail.handled += taken.unpublished();
        mail.taken = 0;
        let letter = mail.queue.pop_front();
        if letter.is_some() {
            mail.handled += 1;
            let more = mail.queue.len().min(mail.batch_limit() - 1);
            if more > 0 {
                taken.fill(&mut mail.queue, more);
                mail.taken = taken.len() as u32;
            }
        }
        let is_last = mail.queue.is_empty() && mail.taken == 0;
        self.asleep.store(is_last, Ordering::Relaxed);
        taken.took_last(is_last && letter.is_some());
        if mail.rare.is_none() {
            return letter;
        }
        let admitted = mail.admit(&self.asleep);
        drop(mail);
        wake_all(admitted);
        letter
    }

    /// Whether nothing was put in since the reader took the last message.
    fn is_untouched(&self) -> bool {
        self.asleep.load(Ordering::Relaxed)
    }

    /// Takes over how far the reader has come, and wakes who waited for the room.
    fn publish(&self, taken: &mut Taken<M>) {
        let admitted = {
            let mut mail = self.mail.lock();
            mail.handled += taken.unpublished();
            mail.taken = taken.len() as u32;
            mail.admit(&self.asleep)
        };
        wake_all(admitted);
    }

    /// Takes back, as the oldest, what a reader that ends has taken and not handled.
    fn put_back(&self, taken: &mut Taken<M>) {
        let mut mail = self.mail.lock();
        mail.handled += taken.unpublished();
        mail.taken = 0;
        taken.drain_into(&mut mail.queue);
    }

    pub(crate) fn len(&self) -> usize {
        self.mail.lock().len()
    }

    /// The counts, and how many messages wait.
    pub(crate) fn tally(&self) -> (Tally, u64) {
        let mail = self.mail.lock();
        let queued = mail.len() as u64;
        let handled = mail.handled;
        let (rejected, undelivered) = mail.rare.as_ref().map_or((0, 0), |rare| (rare.rejected, rare.undelivered));
        // Every message is in one of these at any moment, so what was sent need not be counted.
        (Tally { sent: handled + rejected + undelivered + queued, handled, rejected, undelivered }, queued)
    }
}

pub(super) fn wake_all(senders: Vec<Waker>) {
    senders.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests;
