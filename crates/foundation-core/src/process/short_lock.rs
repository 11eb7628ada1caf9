//! The lock around a mailbox and around a control lane: held for tens of nanoseconds, and taken for every message.
//!
//! A lock whose waiters sleep in the kernel has to look for them when it is let go, which is a second atomic operation
//! and half of what it costs; this one is let go by a plain store. What it is held for never waits and never runs code
//! of a user, so whoever finds it taken looks again: at once, then after the others on its core, and then, where the
//! holder has lost its core for longer, at short intervals, so that the holder gets it back whatever the priorities of
//! the two are.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use spin::mutex::{SpinMutex, SpinMutexGuard};

/// The look from which on others on the core are let run in between; those before are twice as far apart each time,
/// about a microsecond together.
const YIELDS_FROM: u32 = 7;

/// The look from which on it naps in between.
const NAPS_FROM: u32 = 32;

/// How long it naps: about what it takes to bring a thread back to a core.
const NAP: Duration = Duration::from_micros(50);

/// A value behind a lock that is held for a short time. It is not poisoned: nothing that can panic runs under it but
/// an allocation, which ends the program.
pub(crate) struct ShortLock<T>(SpinMutex<T>);

/// Holds the lock until it is dropped; not over an await, nor while anything of a user's runs.
pub(crate) struct Held<'a, T>(SpinMutexGuard<'a, T>);

impl<T> ShortLock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(SpinMutex::new(value))
    }

    #[inline]
    pub(crate) fn lock(&self) -> Held<'_, T> {
        match self.0.try_lock() {
            Some(guard) => Held(guard),
            None => self.lock_later(),
        }
    }

    #[cold]
    fn lock_later(&self) -> Held<'_, T> {
        let mut tried = 0;
        loop {
            match tried {
                0..YIELDS_FROM => (0..1 << tried).for_each(|_| std::hint::spin_loop()),
                YIELDS_FROM..NAPS_FROM => std::thread::yield_now(),
                // A wake-up that was meant for somebody else on this thread only makes this look sooner.
                _ => std::thread::park_timeout(NAP),
            }
            tried = tried.saturating_add(1);
            // A look is a read, which leaves the holder's cache line alone.
            if !self.0.is_locked()
                && let Some(guard) = self.0.try_lock()
            {
                return Held(guard);
            }
        }
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Held<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

#[cfg(test)]
mod tests;
