//! Waits before restarts, in virtual time.

use std::time::Duration;

use foundation_core::{
    Address, Backoff, ChildSpec, ChildState, Refusal, Runtime, SendError, Supervisor, SupervisorHandle,
};
use foundation_memory::Simulation;

use crate::support::{Diary, Do, MILLISECOND, SECOND, Worker, each_seed};

fn started(world: &Simulation, runtime: &Runtime, backoff: Backoff) -> (Address<Do>, SupervisorHandle) {
    let spec = ChildSpec::new("child", || Worker::new("w", &Diary::default())).backoff(backoff);
    let address = spec.address();
    let tree = Supervisor::one_for_one().intensity(1_000, SECOND).child(spec);
    (address, world.block_on(runtime.supervise("tree", tree)).unwrap())
}

/// Kills the child and measures how long it is down.
fn downtime(world: &Simulation, runtime: &Runtime, child: &Address<Do>) -> Duration {
    child.kill();
    world.block_on(child.exited());
    let down = runtime.clock().now();
    world.block_on(child.running()).unwrap();
    runtime.clock().now() - down
}

const STEADY: Backoff = Backoff {
    initial: Duration::from_millis(100),
    max: Duration::from_millis(500),
    factor: 2.0,
    jitter: 0.0,
    reset_after: Duration::from_secs(10),
};

#[test]
fn waits_grow_to_their_limit_and_start_over_after_a_healthy_time() {
    each_seed(10, |world, runtime| {
        let (child, _tree) = started(world, runtime, STEADY);
        for expected in [100, 200, 400, 500, 500] {
            assert_eq!(downtime(world, runtime, &child), expected * MILLISECOND);
        }
        world.advance(9 * SECOND);
        assert_eq!(downtime(world, runtime, &child), 500 * MILLISECOND, "not healthy for long enough");
        world.advance(10 * SECOND);
        assert_eq!(downtime(world, runtime, &child), 100 * MILLISECOND);
    });
}

#[test]
fn jitter_is_drawn_from_the_runtimes_entropy() {
    let waits = |seed| {
        let world = Simulation::new(seed);
        let runtime = crate::support::runtime_on(&world, foundation_core::Telemetry::none());
        let (child, _tree) = started(&world, &runtime, Backoff { jitter: 0.5, ..STEADY });
        let waits: Vec<_> = (0..4).map(|_| downtime(&world, &runtime, &child)).collect();
        assert!(waits[0] <= 100 * MILLISECOND && waits[0] >= 50 * MILLISECOND, "{waits:?}");
        waits
    };
    assert_eq!(waits(1), waits(1));
    assert_ne!(waits(1), waits(2));
}

#[test]
fn mail_to_a_child_that_waits_is_refused_and_a_stop_ends_the_wait() {
    each_seed(10, |world, runtime| {
        let (child, tree) = started(world, runtime, STEADY);
        child.kill();
        world.advance(50 * MILLISECOND);
        assert!(matches!(child.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::NotRunning, .. })));
        assert_eq!(world.block_on(tree.children())[0].state, ChildState::Restarting);
        let begun = runtime.clock().now();
        world.block_on(tree.shutdown());
        assert_eq!(runtime.clock().now(), begun, "at once");
        assert!(matches!(child.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::Stopped(_), .. })));
        world.advance(SECOND);
        assert!(!child.is_alive(), "nothing starts after the end");
    });
}
