use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::Entropy;
use parking_lot::Mutex;

use super::Simulation;

/// Ten tasks that each take five steps; answers who stepped when, and the fingerprint.
fn run(seed: u64) -> (Vec<(u32, u64)>, u64) {
    let world = Simulation::new(seed);
    let trace = Arc::new(Mutex::new(Vec::new()));
    for number in 0..10 {
        let (trace, clock, entropy) = (Arc::clone(&trace), world.clock(), world.entropy());
        world.spawner().spawn("stepper", async move {
            for _ in 0..5 {
                trace.lock().push((number, clock.now().0));
                clock.sleep(Duration::from_nanos(entropy.next_u64() % 4)).await;
            }
        });
    }
    world.block_on(world.clock().sleep(Duration::from_secs(1)));
    assert_eq!(world.tasks(), Vec::<&str>::new());
    let trace = trace.lock().clone();
    (trace, world.fingerprint())
}

#[test]
fn a_seed_names_a_run() {
    assert_eq!(run(1), run(1));
    let orders: std::collections::BTreeSet<_> = (0..20).map(run).collect();
    assert_eq!(orders.len(), 20, "every seed has an order of its own");
    assert_eq!(run(7).0.len(), 50);
}

#[test]
fn time_jumps_only_when_nothing_can_run() {
    let world = Simulation::new(3);
    let clock = world.clock();
    let seen = world.block_on(async {
        let start = clock.now();
        clock.sleep(Duration::from_secs(3_600)).await;
        clock.now() - start
    });
    assert_eq!(seen, Duration::from_secs(3_600));
}

#[test]
fn advance_runs_each_timer_at_its_time() {
    let world = Simulation::new(4);
    let seen = Arc::new(Mutex::new(Vec::new()));
    for millis in [30_u64, 10, 20, 40] {
        let (clock, seen) = (world.clock(), Arc::clone(&seen));
        world.spawner().spawn("sleeper", async move {
            clock.sleep(Duration::from_millis(millis)).await;
            // A second sleep that starts on the way still belongs to the same advance.
            clock.sleep(Duration::from_millis(1)).await;
            seen.lock().push(clock.now().0 / 1_000_000);
        });
    }
    world.advance(Duration::from_millis(31));
    assert_eq!(*seen.lock(), [11, 21, 31]);
    assert_eq!(world.tasks(), ["sleeper"]);
    world.run_until_idle();
    assert_eq!(seen.lock().len(), 3, "running until idle moves no time");
}

#[test]
fn a_panic_ends_one_task() {
    let world = Simulation::new(5);
    world.spawner().spawn("bad", async { panic!("on purpose") });
    let (sender, receiver) = futures_channel::oneshot::channel();
    world.spawner().spawn("good", async move {
        let _ = sender.send(7);
    });
    assert_eq!(world.block_on(receiver), Ok(7));
    world.run_until_idle();
    assert_eq!(world.panics(), [("bad", "on purpose".to_owned())]);
}

#[test]
fn blocking_work_answers_and_its_panic_is_told() {
    let world = Simulation::new(6);
    let spawner = world.spawner();
    assert_eq!(world.block_on(spawner.spawn_blocking("sum", || 2 + 2)), Ok(4));
    let failed = world.block_on(spawner.spawn_blocking("fail", || panic!("no"))).map(|()| 0);
    assert_eq!(failed.unwrap_err().reason, "no");
}

#[test]
fn a_world_that_would_wait_for_ever_says_who_waits() {
    let panic = std::panic::catch_unwind(|| {
        let world = Simulation::new(42);
        world.spawner().spawn("waits for nothing", std::future::pending());
        world.block_on(std::future::pending::<()>());
    });
    let message = foundation_core::port::spawner::panic_message(panic.unwrap_err().as_ref());
    assert!(message.contains("seed 42") && message.contains("waits for nothing"), "{message}");
}

#[test]
fn a_task_that_wakes_itself_for_ever_is_found() {
    let panic = std::panic::catch_unwind(|| {
        let world = Simulation::new(43).with_step_limit(1_000);
        world.spawner().spawn("spins", async {
            std::future::poll_fn(|cx| {
                cx.waker().wake_by_ref();
                std::task::Poll::<()>::Pending
            })
            .await;
        });
        world.block_on(world.clock().sleep(Duration::from_secs(1)));
    });
    let message = foundation_core::port::spawner::panic_message(panic.unwrap_err().as_ref());
    assert!(message.contains("seed 43") && message.contains("spins"), "{message}");
}

#[test]
fn blocking_inside_a_task_is_refused() {
    let world = Arc::new(Simulation::new(8));
    let inner = Arc::clone(&world);
    world.spawner().spawn("nested", async move { inner.run_until_idle() });
    world.run_until_idle();
    assert!(world.panics()[0].1.contains("runs already"), "{:?}", world.panics());
}

#[test]
fn dropping_the_world_drops_its_tasks() {
    let world = Simulation::new(9);
    let token = Arc::new(());
    let (held, spawner) = (Arc::clone(&token), world.spawner());
    world.spawner().spawn("holder", async move {
        std::future::pending::<()>().await;
        drop((held, spawner));
    });
    world.run_until_idle();
    assert_eq!(Arc::strong_count(&token), 2);
    drop(world);
    assert_eq!(Arc::strong_count(&token), 1);
}
