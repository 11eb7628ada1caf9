//! What the slot is built on: std, or loom's doubles of it, which record every access of a model's run.

#[cfg(feature = "loom")]
pub(crate) use loom::{cell::UnsafeCell, sync::atomic::AtomicU8};
#[cfg(not(feature = "loom"))]
pub(crate) use std::sync::atomic::AtomicU8;

/// A cell with loom's interface.
#[cfg(not(feature = "loom"))]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(feature = "loom"))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn with<R>(&self, use_it: impl FnOnce(*const T) -> R) -> R {
        use_it(self.0.get())
    }

    pub(crate) fn with_mut<R>(&self, use_it: impl FnOnce(*mut T) -> R) -> R {
        use_it(self.0.get())
    }
}

/// Lets the other side go on, which is in the middle of a few instructions; the more often, the longer.
pub(crate) fn relax(round: u32) {
    #[cfg(feature = "loom")]
    {
        let _ = round;
        loom::thread::yield_now();
    }
    #[cfg(not(feature = "loom"))]
    if round < 64 {
        std::hint::spin_loop();
    } else {
        // Its thread lost its core in between, perhaps to this one.
        std::thread::yield_now();
    }
}

/// Whether a model's run has failed already and its threads are only unwound: loom's doubles cannot be used any more.
pub(crate) fn is_model_over() -> bool {
    cfg!(feature = "loom") && std::thread::panicking()
}
