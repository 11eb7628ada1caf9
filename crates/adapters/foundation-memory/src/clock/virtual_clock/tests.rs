use std::time::Duration;

use foundation_core::port::clock::{Clock, Monotonic, WallTime};
use futures_util::FutureExt as _;

use super::VirtualClock;

#[test]
fn the_next_deadline_is_that_of_a_sleep_under_way() {
    let clock = VirtualClock::new();
    let (mut one, mut two) = (clock.sleep(Duration::from_nanos(10)), clock.sleep(Duration::from_nanos(20)));
    assert_eq!(clock.next_deadline(), None, "a sleep is under way once it was polled");
    assert!((&mut one).now_or_never().is_none() && (&mut two).now_or_never().is_none());
    assert_eq!(clock.next_deadline(), Some(Monotonic(10)));
    drop(one);
    assert_eq!(clock.next_deadline(), Some(Monotonic(20)), "time has no reason to stop at a sleep that was dropped");
    clock.advance(Duration::from_nanos(20));
    assert_eq!(clock.next_deadline(), None);
    assert!(two.now_or_never().is_some());
}

#[test]
fn time_moves_forwards_only_and_ends_where_it_was_told() {
    let clock = VirtualClock::new();
    clock.advance_to(Monotonic(50));
    clock.advance_to(Monotonic(40));
    assert_eq!(clock.now(), Monotonic(50));
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Monotonic(u64::MAX));
}

#[test]
fn the_wall_clock_can_be_set_back() {
    let clock = VirtualClock::starting_at(WallTime(1_000));
    clock.advance(Duration::from_nanos(5));
    assert_eq!(clock.wall(), WallTime(1_005));
    clock.set_wall(WallTime(3));
    assert_eq!((clock.wall(), clock.now()), (WallTime(3), Monotonic(5)));
    clock.advance(Duration::from_nanos(5));
    assert_eq!((clock.wall(), clock.now()), (WallTime(8), Monotonic(10)));
}
