//! Every message ends as exactly one of handled, rejected, undelivered, or still waits.

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Address, Backoff, ChildSpec, MailboxSettings, Overflow, Supervisor, Telemetry};
use foundation_memory::Simulation;

use crate::support::{Diary, Do, MILLISECOND, SECOND, Worker, each_seed, failure, runtime_on};

/// Some senders, some processes that are killed, stopped and restarted, all at random; then a look at the sums.
#[test]
fn the_counts_add_up_over_kills_and_restarts() {
    each_seed(100, |world, runtime| {
        let policies = [Overflow::Wait, Overflow::Reject, Overflow::DropOldest, Overflow::DropNewest];
        let mut tree = Supervisor::one_for_one().intensity(1_000, SECOND);
        let mut workers: Vec<Address<Do>> = Vec::new();
        for (index, overflow) in policies.into_iter().enumerate() {
            let settings = MailboxSettings { capacity: 4, overflow };
            let mut spec = ChildSpec::new("worker", move || Worker::new("w", &Diary::default()).mailbox(settings))
                .backoff(Backoff { initial: 3 * MILLISECOND, max: 9 * MILLISECOND, ..Backoff::default() });
            workers.push(spec.address());
            if index % 2 == 0 {
                spec = spec.restart(foundation_core::Restart::Transient);
            }
            tree = tree.child(ChildSpec::supervisor(
                ["a", "b", "c", "d"][index],
                Supervisor::one_for_one().intensity(1_000, SECOND).child(spec),
            ));
        }
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        for sender in 0..6 {
            let workers = workers.clone();
            let clock = runtime.clock().clone();
            let mut random = RandomStream::new(world.seed(), sender);
            world.spawner().spawn("sender", async move {
                for _ in 0..100 {
                    let worker = &workers[random.below(4) as usize];
                    let span = MILLISECOND * random.below(5);
                    clock.sleep(MILLISECOND * random.below(3)).await;
                    match random.below(40) {
                        0 => worker.kill(),
                        1 => worker.stop(failure("planned")),
                        2 => clock.sleep(span).await,
                        3 => drop(worker.try_cast(Do::Sleep(span))),
                        4 => drop(worker.call(Do::Keep, span).await),
                        5 => drop(worker.call(Do::PanicWith, span).await),
                        6 => drop(worker.call(|reply| Do::Ask(1, reply), span).await),
                        7 => drop(worker.try_cast(Do::with(move |ctx| {
                            ctx.send_after(span, Do::Note(1));
                        }))),
                        _ => {
                            let until = clock.now() + span;
                            let cast = worker.cast(Do::Note(1));
                            drop(foundation_core::port::clock::deadline(&*clock, until, cast).await);
                        }
                    }
                }
            });
        }
        for _ in 0..20 {
            world.advance(7 * MILLISECOND);
            let ledger = runtime.ledger();
            assert!(ledger.is_balanced(), "{ledger:?}");
        }
        world.advance(100 * SECOND);
        world.block_on(tree.shutdown());
        let ledger = runtime.ledger();
        assert_eq!(ledger.queued, 0, "{ledger:?}");
        assert!(ledger.is_balanced() && ledger.handled > 100, "{ledger:?}");
        drop((workers, tree));
        world.run_until_idle();
        assert_eq!(runtime.ledger(), ledger, "counts outlive the processes");
    });
}

#[test]
fn two_runtimes_know_nothing_of_each_other() {
    let world = Simulation::new(7);
    let (one, two) = (runtime_on(&world, Telemetry::none()), runtime_on(&world, Telemetry::none()));
    let here = one.spawn("worker", Worker::new("w", &Diary::default()));
    let there = two.spawn("worker", Worker::new("w", &Diary::default()));
    assert_eq!((here.process_ref().process, there.process_ref().process), (1, 1));
    here.try_cast(Do::Note(1)).unwrap();
    world.run_until_idle();
    assert_eq!(one.ledger().handled, 1);
    assert_eq!(two.ledger().sent, 0);
    // A monitor across the two works all the same.
    let watched = here.clone();
    let diary = Diary::default();
    let watcher = two.spawn("watcher", Worker::new("w", &diary));
    watcher
        .try_cast(Do::with(move |ctx| {
            ctx.monitor(&watched);
        }))
        .unwrap();
    world.run_until_idle();
    here.kill();
    world.run_until_idle();
    assert_eq!(diary.take(), ["w init", "w down 1.1: killed"]);
}

#[test]
fn one_seed_is_one_run() {
    let run = |seed| {
        let world = Simulation::new(seed);
        let runtime = runtime_on(&world, Telemetry::none());
        let diary = Diary::default();
        let own = diary.clone();
        let spec = ChildSpec::new("worker", move || Worker::new("w", &own)).backoff(Backoff::default());
        let worker = spec.address();
        let tree = Supervisor::one_for_one().intensity(100, SECOND).child(spec);
        world.block_on(runtime.supervise("tree", tree)).unwrap();
        for sender in 0..4_u64 {
            let worker = worker.clone();
            world.spawner().spawn("sender", async move {
                for number in 0..10 {
                    let _ = worker.cast(Do::Note(sender * 10 + number)).await;
                }
                worker.kill();
            });
        }
        world.advance(10 * SECOND);
        (diary.take(), world.fingerprint())
    };
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}
