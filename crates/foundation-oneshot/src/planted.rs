//! Bugs that the model-checked tests plant, to show that they are caught: each takes away what one line of the slot
//! claims to need. Only builds with the feature `planted-bugs` have them, and even there none is active outside
//! [`here`].

use std::cell::Cell;

/// A bug that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Bug {
    /// The receiver's waker is published without `Release`.
    WakerPublishedRelaxed,
    /// The sender takes the waker without `Acquire`.
    WakerTakenRelaxed,
    /// The sender takes the waker without having made it its own.
    WakerNotClaimed,
    /// The sender takes the waker after it has published the end, when the block is the receiver's.
    WakerTakenAfterEnd,
    /// The receiver changes the waker while the sender may take it.
    WakerChangedInPlace,
    /// The receiver goes to sleep without looking whether an end came in between.
    SleepsWithoutLooking,
    /// The end is published without `Release`, where nobody waited.
    EndPublishedRelaxed,
    /// The end is published without `Release`, where somebody waited.
    EndAfterWaitPublishedRelaxed,
    /// The receiver looks for the end without `Acquire`.
    EndSeenRelaxed,
    /// The receiver leaves without `Release`.
    LeftRelaxed,
    /// The sender sees that the receiver has left without `Acquire`.
    LeftSeenRelaxed,
    /// A receiver that leaves after the answer does not give the block back.
    BlockForgotten,
    /// A sender that goes away wakes nobody.
    DeadIsSilent,
}

thread_local! {
    // The threads of a model are coroutines of the one that runs it.
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Plants a bug for what `work` does on this thread.
pub fn here<T>(bug: Bug, work: impl FnOnce() -> T) -> T {
    struct Remove;
    impl Drop for Remove {
        fn drop(&mut self) {
            PLANTED.set(None);
        }
    }
    PLANTED.set(Some(bug));
    let _remove = Remove;
    work()
}

pub(crate) fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}
