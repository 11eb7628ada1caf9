//! Calls that run the process called where they are made, and the task of a process that may be called so.
//!
//! Such a process lies at rest whenever it waits for mail: a call that finds it there takes its life out, takes the
//! next step of it on the caller's thread, and lays it to rest again. Anything else that comes gives it a task, which
//! ends when the process waits for mail again.
//!
//! Whoever has the life out is the only one to run it. Wakes that come meanwhile leave a mark, and a life with a mark is
//! not laid to rest ([`Control::lay_to_rest`]).

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::cell::Cell;
use super::control::Control;
use super::current;
use super::run::{BoxLife, Step};

/// After so many steps in a row that something came during, it goes on in a task, or its task lets others run.
const STEPS_IN_A_ROW: u32 = 4;

impl Control {
    /// Has it handle a call that was put into its mailbox while it slept: here and now where that may be, and else in a
    /// task. Whether it is time for the caller to let others run.
    #[inline]
    pub(super) fn wake_for_call(&self) -> bool {
        if self.is_in_place() {
            return self.visit();
        }
        self.wake();
        false
    }

    fn visit(&self) -> bool {
        let Some(_level) = current::descend() else {
            self.wake();
            return false;
        };
        let Some(mut life) = self.take_from_rest() else {
            // Whoever has it out laid it to rest since, or finds the mark.
            self.wake();
            return false;
        };
        let mut is_spent = false;
        for _ in 0..STEPS_IN_A_ROW {
            is_spent |= current::spend_call();
            match life.as_mut().step_here() {
                Step::Ended => return is_spent,
                Step::Waits => break,
                Step::Rests => match self.lay_to_rest(life) {
                    Ok(()) => return is_spent,
                    Err(awake) => life = awake,
                },
            }
        }
        life.run();
        is_spent
    }
}

/// The task of a life that calls may run in place: over, and its memory free again, when the life goes to rest.
pub(super) struct Errand<M: Send + 'static> {
    cell: Arc<Cell<M>>,
    life: Option<BoxLife>,
}

impl<M: Send + 'static> Errand<M> {
    pub(super) fn new(cell: Arc<Cell<M>>, life: BoxLife) -> Self {
        Self { cell, life: Some(life) }
    }
}

impl<M: Send + 'static> Future for Errand<M> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> Poll<()> {
        let Some(mut life) = self.life.take() else { return Poll::Ready(()) };
        self.cell.control.forget_wake();
        for _ in 0..STEPS_IN_A_ROW {
            match life.as_mut().step_in_task(cx) {
                Step::Ended => return Poll::Ready(()),
                Step::Waits => {
                    self.life = Some(life);
                    return Poll::Pending;
                }
                Step::Rests => match self.cell.control.lay_to_rest(life) {
                    Ok(()) => return Poll::Ready(()),
                    Err(awake) => life = awake,
                },
            }
        }
        cx.waker().wake_by_ref();
        self.life = Some(life);
        Poll::Pending
    }
}
