//! The heap block that both sides share, and the accesses to it that the compiler cannot check.
#![expect(unsafe_code, reason = "two sides share one block without a reference count; the states say whose what is")]

use std::mem::MaybeUninit;
use std::ptr::NonNull;
use std::task::Waker;

use crate::platform::{AtomicU8, UnsafeCell};

/// What both sides see.
pub(super) struct Block<T> {
    pub(super) state: AtomicU8,
    waker: UnsafeCell<MaybeUninit<Waker>>,
    value: UnsafeCell<MaybeUninit<T>>,
    #[cfg(feature = "loom")]
    life: Life,
}

/// A block, as one side holds it. It is freed by hand, once.
pub(super) struct Shared<T>(NonNull<Block<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

// SAFETY: what a side reaches through it is the state, an atomic; a waker, which is Send and Sync; and a value, which one
// side writes and the other takes, so that it moves between threads and is never seen by two: `T: Send` is enough.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: `&Shared` gives safe access to the state alone. The unsafe accesses demand that their caller be the only one.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    pub(super) fn new(state: u8) -> Self {
        let block = Block {
            state: AtomicU8::new(state),
            waker: UnsafeCell::new(MaybeUninit::uninit()),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            #[cfg(feature = "loom")]
            life: Life::new(),
        };
        Self(NonNull::from(Box::leak(Box::new(block))))
    }

    /// # Safety
    /// The block is not freed.
    pub(super) unsafe fn state(&self) -> &AtomicU8 {
        // SAFETY: as the caller says.
        &unsafe { self.block() }.state
    }

    /// # Safety
    /// The block is not freed, the place of the waker is the caller's and empty.
    pub(super) unsafe fn put_waker(self, waker: Waker) {
        // SAFETY: as the caller says; `write` drops nothing.
        unsafe { self.block() }.waker.with_mut(|place| unsafe { (*place).write(waker) });
    }

    /// # Safety
    /// The block is not freed, the place of the waker is the caller's and holds one. It is empty afterwards.
    pub(super) unsafe fn take_waker(self) -> Waker {
        // SAFETY: as the caller says.
        unsafe { self.block() }.waker.with(|place| unsafe { (*place).assume_init_read() })
    }

    /// # Safety
    /// The block is not freed, the place of the value is the caller's and empty.
    pub(super) unsafe fn put_value(self, value: T) {
        // SAFETY: as the caller says; `write` drops nothing.
        unsafe { self.block() }.value.with_mut(|place| unsafe { (*place).write(value) });
    }

    /// # Safety
    /// The block is not freed, the place of the value is the caller's and holds one. It is empty afterwards.
    pub(super) unsafe fn take_value(self) -> T {
        // SAFETY: as the caller says.
        unsafe { self.block() }.value.with(|place| unsafe { (*place).assume_init_read() })
    }

    /// Frees the block; drops neither waker nor value.
    ///
    /// # Safety
    /// The block is not freed, and the other side will not touch it any more.
    #[cfg(not(feature = "loom"))]
    pub(super) unsafe fn free(self) {
        // SAFETY: it came from a box, and the caller is the last who has it.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }

    /// # Safety
    /// The block is not freed.
    unsafe fn block(&self) -> &Block<T> {
        // SAFETY: as the caller says; nobody ever makes a `&mut` of it.
        let block = unsafe { self.0.as_ref() };
        #[cfg(feature = "loom")]
        block.life.assert_not_freed();
        block
    }

    /// Frees the block as far as the model is concerned. Its memory stays, so that a touch that comes too late is
    /// noticed and does no harm.
    ///
    /// # Safety
    /// As above; and where that does not hold, this or a later access panics.
    #[cfg(feature = "loom")]
    pub(super) unsafe fn free(self) {
        // SAFETY: as the caller says.
        let block = unsafe { self.block() };
        // Every access of the other side has to have happened before.
        block.waker.with_mut(|_| ());
        block.value.with_mut(|_| ());
        block.life.end();
    }
}

/// Whether a block of a model is still there.
#[cfg(feature = "loom")]
struct Life {
    /// Not loom's: a model's threads take turns, so that this tells of the turns until now.
    is_freed: std::sync::atomic::AtomicBool,
    /// Loom notices if this is never dropped.
    leak: std::sync::Mutex<Option<loom::alloc::Track<()>>>,
}

#[cfg(feature = "loom")]
impl Life {
    fn new() -> Self {
        Self {
            is_freed: std::sync::atomic::AtomicBool::new(false),
            leak: std::sync::Mutex::new(Some(loom::alloc::Track::new(()))),
        }
    }

    fn assert_not_freed(&self) {
        let is_freed = self.is_freed.load(std::sync::atomic::Ordering::Relaxed);
        assert!(!is_freed || std::thread::panicking(), "the block is touched after it was freed");
    }

    fn end(&self) {
        self.is_freed.store(true, std::sync::atomic::Ordering::Relaxed);
        drop(self.leak.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take());
    }
}
