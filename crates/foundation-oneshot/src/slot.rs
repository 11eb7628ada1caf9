//! The protocol: six states, and what each side may touch in them.
//!
//! | state | the waker's place | the value's place | the block is freed by |
//! |---|---|---|---|
//! | `EMPTY` | the receiver's, empty | the sender's | |
//! | `WAITING` | nobody's, holds one | the sender's | |
//! | `TAKING` | the sender's, holds one | the sender's | |
//! | `DONE` | the receiver's, empty | the receiver's, holds one | the receiver |
//! | `DEAD` | the receiver's, empty | the receiver's, empty | the receiver |
//! | `GONE` | the sender's, empty | the sender's | the sender |
//!
//! The receiver goes from `EMPTY` to `WAITING` and back (to change its waker) and from `EMPTY` to `GONE`; the sender
//! from `EMPTY` to `DONE` or `DEAD`, or from `WAITING` over `TAKING`. Where the receiver meets `TAKING` it waits for
//! the few instructions until that is over; so the sender ends it with a plain store, which is what saves the third
//! read-modify-write operation.
#![expect(unsafe_code, reason = "the protocol decides whose the places of the block are; the table says how")]

mod block;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Poll, Waker};

use crate::platform::{is_model_over, relax};
use block::Shared;

const EMPTY: u8 = 0;
const WAITING: u8 = 1;
const TAKING: u8 = 2;
const DONE: u8 = 3;
const DEAD: u8 = 4;
const GONE: u8 = 5;

/// Whether that bug is planted; never without the feature.
macro_rules! planted {
    ($bug:ident) => {{
        #[cfg(feature = "planted-bugs")]
        let is_planted = crate::planted::is(crate::planted::Bug::$bug);
        #[cfg(not(feature = "planted-bugs"))]
        let is_planted = false;
        is_planted
    }};
}

/// An ordering; with the feature `planted-bugs`, `Relaxed` where that bug is planted.
macro_rules! ordering {
    ($ordering:ident, $bug:ident) => {{
        #[cfg(feature = "planted-bugs")]
        let ordering = if planted!($bug) { Relaxed } else { $ordering };
        #[cfg(not(feature = "planted-bugs"))]
        let ordering = $ordering;
        ordering
    }};
}

/// Makes a slot.
pub fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let block = Shared::new(EMPTY);
    (Sender { block }, Receiver { block: Some(block) })
}

/// The side that answers. Dropped, it leaves the call unanswered and wakes who waits.
pub struct Sender<T> {
    block: Shared<T>,
}

/// The side that waits: a future of the answer. Dropped, it gives up the answer.
///
/// # Cancel safety
/// Nothing is lost by polling it late, from another task, or never; an answer that came before it is dropped is dropped
/// with it.
#[must_use = "the answer goes to whoever polls it"]
pub struct Receiver<T> {
    /// Nothing once the end was told.
    block: Option<Shared<T>>,
}

/// The sender was dropped without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the other side went away without an answer")
    }
}

impl Error for Unanswered {}

impl<T> Sender<T> {
    /// Answers, and wakes who waits.
    ///
    /// # Errors
    /// The value, where nobody waits any more. Whoever goes away at the same moment may also take it along: `Ok` says
    /// that the value is out of this side's hands, not that it was read.
    pub fn send(self, value: T) -> Result<(), T> {
        let block = ManuallyDrop::new(self).block;
        // SAFETY: the value's place is the sender's until `end`, and empty because this is the first send.
        unsafe { block.put_value(value) };
        if end(block, DONE) {
            return Ok(());
        }
        // SAFETY: nothing ended, so the receiver is gone and all of the block is the sender's; the value went in above.
        let value = unsafe { block.take_value() };
        // SAFETY: as above.
        unsafe { block.free() };
        Err(value)
    }

    /// Whether the receiver is still there. It may go away right after it was.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        // SAFETY: while there is a sender, only the sender frees the block.
        // Relaxed: nothing else is read because of it.
        unsafe { self.block.state() }.load(Relaxed) != GONE
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if is_model_over() {
            return;
        }
        if !end(self.block, DEAD) {
            // SAFETY: nothing ended, so the receiver is gone and all of the block is the sender's.
            unsafe { self.block.free() };
        }
    }
}

/// Gives the block to the receiver, `DONE` or `DEAD`, and wakes it. `false`, and the block is the sender's, where the
/// receiver is gone. To be called once, by the sender; after `true` it must not touch the block.
fn end<T>(block: Shared<T>, how: u8) -> bool {
    // SAFETY: only the sender frees the block until it publishes an end, and afterwards nothing here touches it.
    let state = unsafe { block.state() };
    // Acquire, here and where an exchange fails: pairs with the Release of the receiver's `GONE`, so that its last
    // touch of the block comes before it is freed.
    let mut found = state.load(ordering!(Acquire, LeftSeenRelaxed));
    loop {
        match found {
            EMPTY => {
                // Release: publishes the value, and that the sender is done with the block; pairs with the receiver's
                // Acquire when it looks.
                let release = ordering!(Release, EndPublishedRelaxed);
                match state.compare_exchange(EMPTY, how, release, ordering!(Acquire, LeftSeenRelaxed)) {
                    Ok(_) => return true,
                    Err(other) => found = other,
                }
            }
            WAITING => {
                let acquire = ordering!(Acquire, WakerTakenRelaxed);
                if !planted!(WakerNotClaimed) {
                    // Acquire: pairs with the Release that published the waker.
                    let claimed = state.compare_exchange(WAITING, TAKING, acquire, ordering!(Acquire, LeftSeenRelaxed));
                    if let Err(other) = claimed {
                        found = other;
                        continue;
                    }
                }
                wake(block, how);
                return true;
            }
            _ => return false,
        }
    }
}

/// The second half of `end`, in the state `TAKING`.
fn wake<T>(block: Shared<T>, how: u8) {
    // SAFETY: the waker's place is the sender's in this state, and holds one, because the receiver was `WAITING`.
    let take = || unsafe { block.take_waker() };
    // Release: publishes the value, and that the sender is done with waker and block; pairs with the receiver's Acquire
    // when it looks. A store is enough, since nobody else changes `TAKING`.
    // SAFETY: the receiver frees the block after this store at the earliest.
    let publish = || unsafe { block.state() }.store(how, ordering!(Release, EndAfterWaitPublishedRelaxed));
    let waker = if planted!(WakerTakenAfterEnd) {
        publish();
        take()
    } else {
        let waker = take();
        publish();
        waker
    };
    if how == DEAD && planted!(DeadIsSilent) {
        return;
    }
    waker.wake();
}

impl<T> Receiver<T> {
    /// The answer, if it is there; else `cx` is woken when it comes. After the answer it says [`Unanswered`].
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, Unanswered>> {
        let Some(block) = self.block else { return Poll::Ready(Err(Unanswered)) };
        // Dropped when the block is no longer touched: dropping a waker runs code of others.
        let mut former: Option<Waker> = None;
        let mut round = 0;
        // SAFETY: while the receiver has the block, only the receiver frees it.
        let state = unsafe { block.state() };
        loop {
            // Acquire: pairs with the Release of the sender's end, so that its value is there and it is done with the
            // block.
            match state.load(ordering!(Acquire, EndSeenRelaxed)) {
                EMPTY => {
                    let waker = match former.take() {
                        Some(waker) if waker.will_wake(cx.waker()) => waker,
                        _ => cx.waker().clone(),
                    };
                    // SAFETY: the waker's place is the receiver's in this state and, since the waker is taken out
                    // wherever the state becomes `EMPTY`, empty.
                    unsafe { block.put_waker(waker) };
                    if planted!(SleepsWithoutLooking) {
                        state.store(WAITING, Release);
                        return Poll::Pending;
                    }
                    // Release: publishes the waker; pairs with the Acquire of the sender that claims it.
                    // Relaxed where it fails: the state is looked at again.
                    let release = ordering!(Release, WakerPublishedRelaxed);
                    if state.compare_exchange(EMPTY, WAITING, release, Relaxed).is_ok() {
                        return Poll::Pending;
                    }
                    // SAFETY: the sender ended it, which leaves the waker's place to the receiver; it went in above.
                    former = Some(unsafe { block.take_waker() });
                }
                WAITING if planted!(WakerChangedInPlace) => {
                    // SAFETY: none; that is the bug.
                    unsafe { block.put_waker(cx.waker().clone()) };
                    return Poll::Pending;
                }
                WAITING => former = take_back(block).or(former),
                TAKING => {
                    relax(round);
                    round += 1;
                }
                end => {
                    self.block = None;
                    // SAFETY: it is `DONE` or `DEAD`: the block is the receiver's, which has just let go of it.
                    return Poll::Ready(unsafe { receive(block, end) }.ok_or(Unanswered));
                }
            }
        }
    }
}

/// Makes the waker's place the receiver's again, and the state `EMPTY`; nothing where the sender was quicker.
fn take_back<T>(block: Shared<T>) -> Option<Waker> {
    // SAFETY: the receiver calls this, while it has the block.
    let state = unsafe { block.state() };
    // Relaxed: the waker is one that the receiver put there itself, and nobody has touched it since.
    state.compare_exchange(WAITING, EMPTY, Relaxed, Relaxed).ok()?;
    // SAFETY: the waker's place is the receiver's now. The sender may end it at any moment, which leaves it so.
    Some(unsafe { block.take_waker() })
}

/// Takes the value, if there is one, and frees the block.
///
/// # Safety
/// The receiver has seen the end, with Acquire, and touches the block no more.
unsafe fn receive<T>(block: Shared<T>, end: u8) -> Option<T> {
    // SAFETY: as the caller says, the value's place is the receiver's; it holds one where the end is `DONE`.
    let value = (end == DONE).then(|| unsafe { block.take_value() });
    // SAFETY: the sender does not touch the block after its end.
    unsafe { block.free() };
    value
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, Unanswered>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut().poll(cx)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let Some(block) = self.block.take() else { return };
        if is_model_over() {
            return;
        }
        // Dropped last, with whatever code that runs.
        let mut former = None;
        let mut round = 0;
        // SAFETY: while the receiver has the block, only the receiver frees it.
        let state = unsafe { block.state() };
        loop {
            // Acquire: as in `poll`.
            match state.load(Acquire) {
                EMPTY => {
                    // Release: the receiver's last touch of the block comes before the sender frees it; pairs with the
                    // Acquire of the sender that finds it.
                    let release = ordering!(Release, LeftRelaxed);
                    if state.compare_exchange(EMPTY, GONE, release, Relaxed).is_ok() {
                        return;
                    }
                }
                WAITING => former = take_back(block).or(former),
                TAKING => {
                    relax(round);
                    round += 1;
                }
                end => {
                    if planted!(BlockForgotten) {
                        return;
                    }
                    // SAFETY: it is `DONE` or `DEAD`: the block is the receiver's, which has let go of it above.
                    drop(unsafe { receive(block, end) });
                    return;
                }
            }
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("is_awaited", &self.is_awaited()).finish()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("has_ended", &self.block.is_none()).finish()
    }
}
