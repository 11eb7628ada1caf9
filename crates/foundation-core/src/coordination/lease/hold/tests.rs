use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Hold;
use crate::port::BoxFuture;
use crate::port::clock::{Clock, Monotonic, WallTime};

#[derive(Debug, Default)]
struct Hands(AtomicU64);

impl Clock for Hands {
    fn now(&self) -> Monotonic {
        Monotonic(self.0.load(Ordering::SeqCst))
    }

    fn wall(&self) -> WallTime {
        WallTime(0)
    }

    fn sleep_until(&self, _: Monotonic) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

#[test]
fn what_was_seen_to_be_over_stays_so() {
    let hands = Arc::new(Hands::default());
    let hold = Hold::new(Arc::clone(&hands) as _);
    assert!(hold.extend(Monotonic(100)));
    hands.0.store(99, Ordering::SeqCst);
    assert!(hold.is_held());
    hands.0.store(100, Ordering::SeqCst);
    assert!(hold.extend(Monotonic(200)), "nobody has looked yet");
    assert!(hold.is_held());
    hands.0.store(200, Ordering::SeqCst);
    assert!(!hold.is_held());
    assert!(!hold.extend(Monotonic(300)), "the holder has stopped");
    assert!(!hold.is_held());
}

#[test]
fn an_earlier_deadline_changes_nothing() {
    let hold = Hold::new(Arc::new(Hands::default()));
    assert!(hold.extend(Monotonic(100)));
    assert!(hold.extend(Monotonic(50)));
    assert_eq!(hold.deadline(), Monotonic(100));
    hold.end();
    assert!(!hold.is_held());
}
