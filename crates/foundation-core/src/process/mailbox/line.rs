//! Senders that wait for room, first come first served.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};

use super::{Letter, Mailbox, Overflow, Put};

/// The senders in the order they came.
#[derive(Default)]
pub(super) struct Line {
    places: VecDeque<(u64, Waker)>,
    next_ticket: u64,
}

impl Line {
    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn first(&self) -> Option<Waker> {
        self.places.front().map(|(_, waker)| waker.clone())
    }

    /// Sends everybody away. Tickets are not used again: a former place must not be taken for a later one.
    pub(super) fn leave(&mut self) -> Vec<Waker> {
        self.places.drain(..).map(|(_, waker)| waker).collect()
    }

    fn position(&self, ticket: u64) -> Option<usize> {
        self.places.iter().position(|(other, _)| *other == ticket)
    }
}

impl<M> Mailbox<M> {
    /// Puts a message in, waiting for room where that is the policy.
    ///
    /// Dropping the future before it is ready means that the message was never sent.
    pub(crate) async fn put_waiting(&self, letter: Letter<M>) -> Put<M> {
        let mut place = Place { mailbox: self, ticket: None };
        let mut letter = Some(letter);
        std::future::poll_fn(|cx| match letter.take() {
            None => Poll::Pending,
            Some(unsent) => match self.poll_put(unsent, &mut place.ticket, cx) {
                Ok(put) => Poll::Ready(put),
                Err(unsent) => {
                    letter = Some(unsent);
                    Poll::Pending
                }
            },
        })
        .await
    }

    fn poll_put(&self, letter: Letter<M>, ticket: &mut Option<u64>, cx: &Context<'_>) -> Result<Put<M>, Letter<M>> {
        let mut mail = self.0.lock();
        if !mail.open {
            mail.reject();
            return Ok(Put::Closed(letter.message));
        }
        if mail.overflow != Overflow::Wait {
            drop(mail);
            return Ok(self.put(letter));
        }
        // A place is lost when the process ended meanwhile: then this is a new sender to the new incarnation.
        let place = ticket.and_then(|own| mail.waiting.as_ref()?.position(own));
        let in_front = place.map_or(!mail.is_waited_for(), |index| index == 0);
        if in_front && mail.has_room() {
            if place.is_some()
                && let Some(line) = &mut mail.waiting
            {
                line.places.pop_front();
            }
            *ticket = None;
            let put = mail.accept(letter);
            let next = mail.next_sender();
            drop(mail);
            if let Some(next) = next {
                next.wake();
            }
            return Ok(put);
        }
        let line = mail.waiting.get_or_insert_default();
        match place.and_then(|index| line.places.get_mut(index)) {
            Some((_, waker)) => waker.clone_from(cx.waker()),
            None => {
                line.next_ticket += 1;
                let own = line.next_ticket;
                line.places.push_back((own, cx.waker().clone()));
                *ticket = Some(own);
            }
        }
        Err(letter)
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
            if let Some(line) = &mut mail.waiting {
                line.places.retain(|(other, _)| *other != own);
            }
            mail.next_sender()
        };
        if let Some(next) = next {
            next.wake();
        }
    }
}
