//! Senders that wait for room, first come first served.
//!
//! A sender leaves its message in the line. Whoever makes room puts it into the mailbox and wakes its sender, so a
//! sender that is slow to wake holds up nobody behind it.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use super::{Accepted, Letter, Mail, Mailbox, Overflow, Put, Rare};

pub(super) struct Line<M> {
    waiting: VecDeque<Waiter<M>>,
    /// What became of those that do not wait any more, until their senders look.
    settled: Vec<(u64, Settled<M>)>,
    /// Tickets are not used twice: a former place must not be taken for a later one.
    next_ticket: u64,
}

struct Waiter<M> {
    ticket: u64,
    letter: Letter<M>,
    sender: Waker,
}

enum Settled<M> {
    /// The message is in the mailbox of that incarnation.
    In(u64),
    /// The mailbox was closed.
    Back(Letter<M>),
}

impl<M> Default for Line<M> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), settled: Vec::new(), next_ticket: 0 }
    }
}

impl<M> Mail<M> {
    pub(super) fn is_waited_for(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| !rare.line.waiting.is_empty())
    }

    /// Lets in who waits, as far as there is room; answers whom to wake, outside the lock.
    ///
    /// Whoever makes room is the reader; one that took the last message looks again.
    pub(super) fn admit(&mut self, asleep: &AtomicBool) -> Vec<Waker> {
        let mut woken = Vec::new();
        while self.is_waited_for() && self.has_room() {
            let Some(Rare { line, .. }) = self.rare.as_deref_mut() else { break };
            let Some(Waiter { ticket, letter, sender }) = line.waiting.pop_front() else { break };
            line.settled.push((ticket, Settled::In(self.incarnation)));
            self.queue.push_back(letter);
            asleep.store(false, Ordering::Relaxed);
            woken.push(sender);
        }
        woken
    }

    /// Sends everybody away with their messages; answers whom to wake, outside the lock.
    pub(super) fn dismiss(&mut self) -> Vec<Waker> {
        let Some(Rare { line, rejected, .. }) = self.rare.as_deref_mut() else { return Vec::new() };
        let mut woken = Vec::new();
        for Waiter { ticket, letter, sender } in line.waiting.drain(..) {
            *rejected += 1;
            line.settled.push((ticket, Settled::Back(letter)));
            woken.push(sender);
        }
        woken
    }
}

/// A sender's place in the line. It waits for nothing until it is polled; dropping it before it is ready takes the
/// message back, unless that has found room already.
pub(crate) struct Place<'a, M> {
    mailbox: &'a Mailbox<M>,
    /// Before the first poll.
    letter: Option<Letter<M>>,
    ticket: Option<u64>,
}

// Nothing in it is pinned: the message lies in it as a value.
impl<M> Unpin for Place<'_, M> {}

impl<M> Mailbox<M> {
    /// Puts a message in, waiting for room where that is the policy.
    pub(crate) fn put_waiting(&self, letter: Letter<M>) -> Place<'_, M> {
        Place { mailbox: self, letter: Some(letter), ticket: None }
    }
}

impl<M> Future for Place<'_, M> {
    type Output = Put<M>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Put<M>> {
        if let Some(letter) = self.letter.take() {
            let mailbox = self.mailbox;
            let letter = match mailbox.put(letter) {
                Put::Wait(letter) => letter,
                put => return Poll::Ready(put),
            };
            let mut mail = mailbox.mail.lock();
            // Between the two locks room may have come, or the end.
            if !mail.open || mail.overflow != Overflow::Wait || (mail.has_room() && !mail.is_waited_for()) {
                drop(mail);
                self.letter = Some(letter);
                return self.poll(cx);
            }
            let line = &mut mail.rare().line;
            line.next_ticket += 1;
            let ticket = line.next_ticket;
            line.waiting.push_back(Waiter { ticket, letter, sender: cx.waker().clone() });
            self.ticket = Some(ticket);
            return Poll::Pending;
        }
        let Some(own) = self.ticket else { return Poll::Pending };
        let mut mail = self.mailbox.mail.lock();
        let Some(Rare { line, .. }) = mail.rare.as_deref_mut() else { return Poll::Pending };
        if let Some(waiter) = line.waiting.iter_mut().find(|waiter| waiter.ticket == own) {
            waiter.sender.clone_from(cx.waker());
            return Poll::Pending;
        }
        let Some(settled) = line.take_settled(own) else { return Poll::Pending };
        drop(mail);
        self.ticket = None;
        Poll::Ready(settled.into_put())
    }
}

impl<M> Line<M> {
    fn take_settled(&mut self, own: u64) -> Option<Settled<M>> {
        let index = self.settled.iter().position(|(ticket, _)| *ticket == own)?;
        Some(self.settled.swap_remove(index).1)
    }
}

impl<M> Settled<M> {
    fn into_put(self) -> Put<M> {
        match self {
            // Whoever let it in was the reader, which does not sleep.
            Self::In(incarnation) => Put::Done { accepted: Accepted { incarnation, wake: false }, dropped: None },
            Self::Back(letter) => Put::Closed(letter.message),
        }
    }
}

impl<M> Place<'_, M> {
    /// Leaves the line; answers how it had been settled, if it was meanwhile.
    pub(crate) fn withdraw(&mut self) -> Option<Put<M>> {
        let own = self.ticket.take()?;
        let (letter, settled) = {
            let mut mail = self.mailbox.mail.lock();
            let line = &mut mail.rare.as_mut()?.line;
            let place = line.waiting.iter().position(|waiter| waiter.ticket == own);
            let letter = place.and_then(|index| line.waiting.remove(index));
            (letter, line.take_settled(own))
        };
        // Outside the lock: the message's own `Drop` may send.
        drop(letter);
        settled.map(Settled::into_put)
    }
}

impl<M> Drop for Place<'_, M> {
    fn drop(&mut self) {
        drop(self.withdraw());
    }
}
