//! What every [`Clock`] owes, a real one or a virtual one.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::{Clock, Elapsed, Monotonic, deadline};
use futures_util::FutureExt as _;

use crate::world::World;

/// `now` never goes back, on any thread.
pub async fn now_never_goes_back(world: &World, clock: &Arc<dyn Clock>) {
    let readers = (0..4).map(|_| {
        let clock = Arc::clone(clock);
        async move {
            let mut last = clock.now();
            for step in 0..500 {
                let now = clock.now();
                assert!(now >= last, "{now:?} after {last:?}");
                last = now;
                if step % 100 == 0 {
                    clock.sleep(Duration::from_micros(50)).await;
                }
            }
        }
    });
    let start = clock.now();
    world.race(readers).await;
    assert!(clock.now() > start, "time stands still");
}

/// A sleep ends at its point or later, and not before.
pub async fn sleeps_last_their_time(_: &World, clock: &Arc<dyn Clock>) {
    for millis in [1, 3, 10] {
        let point = clock.now() + Duration::from_millis(millis);
        clock.sleep_until(point).await;
        assert!(clock.now() >= point);
        let start = clock.now();
        clock.sleep(Duration::from_millis(millis)).await;
        assert!(clock.now() - start >= Duration::from_millis(millis));
    }
}

/// A point that has passed is reached at once.
pub async fn a_point_that_passed_is_reached(_: &World, clock: &Arc<dyn Clock>) {
    clock.sleep(Duration::from_millis(1)).await;
    for point in [Monotonic(0), clock.now()] {
        assert!(clock.sleep_until(point).now_or_never().is_some(), "{point:?}");
    }
    assert!(clock.sleep(Duration::ZERO).now_or_never().is_some());
}

/// On a virtual clock sleeps end in the order of their points, whichever began first; on a real one none ends early.
pub async fn sleeps_end_in_order(world: &World, clock: &Arc<dyn Clock>) {
    let start = clock.now();
    let sleepers = [120_u64, 40, 80, 0].map(|millis| {
        let clock = Arc::clone(clock);
        async move {
            clock.sleep_until(start + Duration::from_millis(millis)).await;
            ((clock.now() - start).as_millis(), u128::from(millis))
        }
    });
    let ended = world.race(sleepers).await;
    assert!(ended.iter().all(|(ended, wanted)| ended >= wanted), "{ended:?}");
    if world.grain.is_zero() {
        assert!(ended.iter().all(|(ended, wanted)| ended == wanted), "{ended:?}");
    }
}

/// Many sleeps at once all end.
pub async fn many_sleeps_end(world: &World, clock: &Arc<dyn Clock>) {
    let sleepers = (0..200_u64).map(|number| {
        let clock = Arc::clone(clock);
        async move { clock.sleep(Duration::from_micros(number * 37 % 5_000)).await }
    });
    assert_eq!(world.race(sleepers).await.len(), 200);
}

/// A sleep that is dropped is forgotten; others end all the same, and one that is far away does not hold them up.
pub async fn dropped_sleeps_are_forgotten(world: &World, clock: &Arc<dyn Clock>) {
    let mut far = clock.sleep_until(Monotonic(u64::MAX));
    let mut dropped = clock.sleep(Duration::from_millis(2));
    assert!((&mut far).now_or_never().is_none());
    // On a real clock its time may be over by now, where this thread was not run meanwhile.
    assert!((&mut dropped).now_or_never().is_none() || !world.grain.is_zero());
    drop(dropped);
    let sleeper = {
        let clock = Arc::clone(clock);
        async move { clock.sleep(Duration::from_millis(5)).await }
    };
    world.race([sleeper]).await;
    assert!((&mut far).now_or_never().is_none());
}

/// The wall clock goes on with time.
pub async fn the_wall_clock_goes_on(_: &World, clock: &Arc<dyn Clock>) {
    let before = clock.wall();
    assert!(before.0 > 0);
    clock.sleep(Duration::from_millis(5)).await;
    assert!(clock.wall() > before);
}

/// Work that is done in time answers; work that is not is dropped at its deadline.
pub async fn deadlines_hold(_: &World, clock: &Arc<dyn Clock>) {
    let soon = || clock.now() + Duration::from_millis(5);
    assert_eq!(deadline(&**clock, soon(), async { 7 }).await, Ok(7));
    assert_eq!(deadline(&**clock, soon(), std::future::pending::<()>()).await, Err(Elapsed));
    assert_eq!(deadline(&**clock, Monotonic(0), async { 7 }).await, Ok(7), "what is ready counts");
    let work = clock.sleep(Duration::from_secs(3_600));
    assert_eq!(deadline(&**clock, soon(), work).await, Err(Elapsed));
}
