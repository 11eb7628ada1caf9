//! A message on its way into a mailbox.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::SendError;
use super::cell::Cell;
use super::mailbox::{Letter, Place};

/// The end of a [`cast`](super::Address::cast): ready at once where the message did not have to wait for room.
///
/// One word that says "sent" in nearly every case: the message itself is in the mailbox before this exists, so it is
/// not carried about in it.
#[must_use = "a message that has to wait for room is sent only if this is awaited"]
pub struct Cast<'a, M: Send + 'static>(Option<Box<Unsent<'a, M>>>);

enum Unsent<'a, M: Send + 'static> {
    Refused(Option<SendError<M>>),
    Waiting(&'a Cell<M>, Place<'a, M>),
}

impl<'a, M: Send + 'static> Cast<'a, M> {
    #[inline]
    pub(super) fn sent() -> Self {
        Self(None)
    }

    #[cold]
    pub(super) fn refused(refused: SendError<M>) -> Self {
        Self(Some(Box::new(Unsent::Refused(Some(refused)))))
    }

    #[cold]
    pub(super) fn waiting(cell: &'a Cell<M>, letter: Letter<M>) -> Self {
        Self(Some(Box::new(Unsent::Waiting(cell, cell.send_waiting(letter)))))
    }
}

// Nothing in it is pinned.
impl<M: Send + 'static> Unpin for Cast<'_, M> {}

impl<M: Send + 'static> Future for Cast<'_, M> {
    type Output = Result<(), SendError<M>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            None => Poll::Ready(Ok(())),
            Some(unsent) => unsent.poll(cx),
        }
    }
}

impl<M: Send + 'static> Unsent<'_, M> {
    #[cold]
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<M>>> {
        match self {
            // Asked again after its answer it has nothing more to say.
            Self::Refused(refused) => refused.take().map_or(Poll::Pending, |refused| Poll::Ready(Err(refused))),
            Self::Waiting(cell, place) => Pin::new(place).poll(cx).map(|put| cell.settle_put(put).map(drop)),
        }
    }
}

impl<M: Send + 'static> fmt::Debug for Cast<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cast").field("sent", &self.0.is_none()).finish()
    }
}
