use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use super::ShortLock;

#[test]
fn several_threads_lose_no_step_of_a_count() {
    let count = ShortLock::new(0_u64);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50_000 {
                    *count.lock() += 1;
                }
            });
        }
    });
    assert_eq!(*count.lock(), 200_000);
}

#[test]
fn whoever_waits_through_every_kind_of_wait_gets_it_and_sees_what_was_written() {
    let (lock, waiting, taken) = (ShortLock::new(1), AtomicU32::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let mut held = lock.lock();
        for _ in 0..3 {
            scope.spawn(|| {
                waiting.fetch_add(1, Ordering::SeqCst);
                assert_eq!(*lock.lock(), 2, "it was let go before the write");
                taken.store(true, Ordering::SeqCst);
            });
        }
        while waiting.load(Ordering::SeqCst) < 3 {
            thread::yield_now();
        }
        // Long enough for them to have come to their naps.
        for _ in 0..2_000 {
            thread::yield_now();
        }
        assert!(!taken.load(Ordering::SeqCst), "two hold it at once");
        *held = 2;
        drop(held);
    });
    assert!(taken.load(Ordering::SeqCst));
}
