//! Each limit, broken.

use std::time::Duration;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_hangs_is_ended_at_its_time() {
    let mut world = World::new();
    world.settings.limits.wall = Some(Duration::from_millis(300));
    let reason = world.failure(&["hang"]).await;
    assert!(reason.contains("the limit `wall` of 300ms"), "{reason}");
}

/// Of all its processes together: the one that burns is not the program itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processor_time_is_counted_over_all_processes() {
    let mut world = World::new();
    world.settings.limits.cpu = Some(Duration::from_millis(300));
    // Nobody's processor time is looked at as seldom as that.
    world.settings.limits.wall = Some(Duration::from_secs(60));
    for mode in ["burn", "burn-below"] {
        let reason = world.failure(&[mode]).await;
        assert!(reason.contains("the limit `cpu` of 300ms"), "{reason}");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn resident_memory_is_limited() {
    let mut world = World::new();
    world.settings.limits.memory = Some(64 << 20);
    let reason = world.failure(&["eat", "200000000"]).await;
    assert!(reason.contains("the limit `memory` of 64 MiB"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn address_space_is_limited_and_the_crash_hints_at_it() {
    let mut world = World::new();
    world.settings.limits.address_space = Some(256 << 20);
    let reason = world.failure(&["eat", "1000000000"]).await;
    assert!(reason.contains("its address space is limited to 256 MiB"), "{reason}");
    assert_eq!(world.value(&["say", r#"{"value":2}"#]).await, 2.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_is_limited() {
    let mut world = World::new();
    world.settings.limits.output = 1 << 20;
    let reason = world.failure(&["flood", "3000000"]).await;
    assert!(reason.contains("the limit `output` of 1 MiB on standard output"), "{reason}");
}
