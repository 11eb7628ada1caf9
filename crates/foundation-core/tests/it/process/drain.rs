//! Processes that are told to finish what they have and end.

use foundation_core::port::entropy::RandomStream;
use foundation_core::process::Missed;
use foundation_core::{
    Address, CallError, ChildSpec, DrainError, Exit, MailboxSettings, Overflow, Refusal, Restart, SendError, Supervisor,
};
use foundation_memory::Simulation;
use futures_channel::oneshot;
use futures_util::future::{join, join3};

use super::threads::{PATIENCE, on_threads};
use crate::support::{Diary, Do, Fault, MILLISECOND, SECOND, Worker, each_seed, failure};

/// Has it busy for a hundredth of a second, so that what is cast now waits.
fn occupy(world: &Simulation, worker: &Address<Do>) {
    worker.try_cast(Do::Sleep(10 * MILLISECOND)).unwrap();
    world.run_until_idle();
}

fn cast_all(worker: &Address<Do>, messages: impl IntoIterator<Item = Do>) {
    for message in messages {
        worker.try_cast(message).unwrap();
    }
}

#[test]
fn what_waits_is_handled_and_what_comes_is_refused() {
    each_seed(50, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        cast_all(&worker, [Do::Sleep(SECOND), Do::Note(1), Do::Note(2), Do::Sleep(SECOND), Do::Note(3)]);
        world.run_until_idle();
        let late = async {
            runtime.clock().sleep(MILLISECOND).await;
            let cast = worker.try_cast(Do::Note(4));
            assert!(matches!(cast, Err(SendError { message: Do::Note(4), reason: Refusal::Draining })), "{cast:?}");
            let call = worker.call(|reply| Do::Ask(1, reply), SECOND).await;
            assert!(matches!(call, Err(CallError::NotSent(Refusal::Draining))), "{call:?}");
        };
        let (drained, ()) = world.block_on(join(worker.drain(10 * SECOND), late));
        let drained = drained.unwrap();
        assert!(matches!(drained.exit, Exit::Shutdown), "{drained:?}");
        assert_eq!((drained.handled, drained.undelivered), (4, 0), "the one at hand is none of them");
        assert_eq!(runtime.clock().now().0, 2_000_000_000, "it ends when it is done");
        let entries = ["init", "slept", "1", "2", "slept", "3", "terminate: stopped", "dropped"];
        assert_eq!(diary.take(), entries.map(|entry| format!("w {entry}")));
        let again = world.block_on(worker.drain(SECOND));
        assert!(matches!(again, Err(DrainError::NotRunning(Refusal::Stopped(Exit::Shutdown)))), "{again:?}");
        let ledger = runtime.ledger();
        assert_eq!((ledger.handled, ledger.rejected, ledger.undelivered), (5, 2, 0));
    });
}

#[test]
fn a_process_that_waits_or_has_not_begun_is_drained_too() {
    each_seed(20, |world, runtime| {
        for has_begun in [false, true] {
            let diary = Diary::default();
            let worker = runtime.spawn("worker", Worker::new("w", &diary));
            if has_begun {
                world.run_until_idle();
            }
            let drained = world.block_on(worker.drain(SECOND)).unwrap();
            assert!(matches!(drained.exit, Exit::Shutdown), "{drained:?}");
            assert_eq!((drained.handled, drained.undelivered), (0, 0));
            assert_eq!(diary.take(), ["w init", "w terminate: stopped", "w dropped"]);
        }
        assert_eq!(runtime.clock().now().0, 0);
        assert_eq!(world.tasks(), [""; 0], "no task is left");
    });
}

#[test]
fn senders_that_wait_for_room_are_sent_away() {
    each_seed(50, |world, runtime| {
        let diary = Diary::default();
        let settings = MailboxSettings { capacity: 2, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(settings));
        cast_all(&worker, [Do::Sleep(SECOND)]);
        world.run_until_idle();
        cast_all(&worker, [Do::Note(1), Do::Note(2)]);
        let (first, second) = (worker.cast(Do::Note(3)), worker.cast(Do::Note(4)));
        let drain = async {
            runtime.clock().sleep(MILLISECOND).await;
            worker.drain(10 * SECOND).await.unwrap()
        };
        let (first, second, drained) = world.block_on(join3(first, second, drain));
        assert!(matches!(first, Err(SendError { message: Do::Note(3), reason: Refusal::Draining })), "{first:?}");
        assert!(matches!(second, Err(SendError { message: Do::Note(4), reason: Refusal::Draining })), "{second:?}");
        assert_eq!((drained.handled, drained.undelivered), (2, 0));
        assert_eq!(diary.take()[..4], ["w init", "w slept", "w 1", "w 2"]);
        assert_eq!(runtime.ledger().rejected, 2);
    });
}

#[test]
fn timers_and_sources_say_nothing_more_and_what_it_sends_itself_is_refused() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        occupy(world, &worker);
        let own = diary.clone();
        cast_all(
            &worker,
            [
                Do::with(|ctx| {
                    ctx.send_after(MILLISECOND, Do::Note(8));
                    ctx.send_interval(MILLISECOND, Missed::Skip, |_| Do::Note(9));
                }),
                Do::Sleep(SECOND),
                Do::with(move |ctx| {
                    let cast = ctx.address().try_cast(Do::Note(7));
                    own.note(format!("own: {}", cast.unwrap_err()));
                }),
                Do::Note(1),
            ],
        );
        let drained = world.block_on(worker.drain(10 * SECOND)).unwrap();
        assert_eq!((drained.handled, drained.undelivered), (4, 0));
        let refused = "own: send to a process: it takes no new mail, because it is being drained";
        assert_eq!(diary.take(), ["w init", "w slept", "w slept", refused, "w 1", "w terminate: stopped", "w dropped"]);
    });
}

#[test]
fn when_its_time_is_over_it_is_stopped_and_the_rest_is_undelivered() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        cast_all(&worker, (0..10).map(|_| Do::Sleep(400 * MILLISECOND)));
        world.run_until_idle();
        let drained = world.block_on(worker.drain(SECOND)).unwrap();
        assert!(matches!(drained.exit, Exit::Shutdown), "{drained:?}");
        // One was at hand when it began, and the third was at hand when its time was over.
        assert_eq!((drained.handled, drained.undelivered), (2, 7));
        assert_eq!(runtime.clock().now().0, 1_200_000_000);
        let entries = ["init", "slept", "slept", "slept", "terminate: stopped", "dropped"];
        assert_eq!(diary.take(), entries.map(|entry| format!("w {entry}")));
        assert_eq!(runtime.ledger().undelivered, 7);
    });
}

#[test]
fn whoever_drains_is_told_when_the_stop_does_not_end_it() {
    each_seed(20, |world, runtime| {
        let slow = runtime.spawn("slow", Worker::new("slow", &Diary::default()));
        occupy(world, &slow);
        cast_all(&slow, [Do::Note(1), Do::Sleep(100 * SECOND), Do::Note(2)]);
        let ends = runtime.spawn("ends", Worker::new("ends", &Diary::default()).fault(Fault::EndlessTerminate));
        let (one, two) = world.block_on(join(slow.drain(SECOND), ends.drain(SECOND)));
        assert!(matches!(one, Err(DrainError::StillRuns { handled: 2, waiting: 1 })), "{one:?}");
        assert!(matches!(two, Err(DrainError::StillRuns { handled: 0, waiting: 0 })), "{two:?}");
        assert_eq!(runtime.clock().now().0, 2_000_000_000);
        slow.kill();
        assert!(matches!(world.block_on(slow.exited()), Exit::Killed));
        assert_eq!(runtime.ledger().undelivered, 1);
        ends.kill();
        world.run_until_idle();
    });
}

#[test]
fn a_paused_process_is_drained_when_it_is_resumed_or_its_time_is_over() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let begin = |mail: u64| {
            let worker = runtime.spawn("worker", Worker::new("w", &diary));
            world.run_until_idle();
            worker.pause();
            cast_all(&worker, (0..mail).map(Do::Note));
            world.run_until_idle();
            diary.take();
            worker
        };
        // Resumed in time.
        let worker = begin(3);
        let resume = async {
            runtime.clock().sleep(SECOND).await;
            assert_eq!(diary.take(), [""; 0], "a pause holds the drain too");
            worker.resume();
        };
        let (drained, ()) = world.block_on(join(worker.drain(10 * SECOND), resume));
        let drained = drained.unwrap();
        assert_eq!((drained.handled, drained.undelivered), (3, 0));
        assert_eq!(diary.take(), ["w 0", "w 1", "w 2", "w terminate: stopped", "w dropped"]);
        assert_eq!(runtime.clock().now().0, 1_000_000_000);
        // Not resumed.
        let drained = world.block_on(begin(3).drain(SECOND)).unwrap();
        assert!(matches!(drained.exit, Exit::Shutdown), "{drained:?}");
        assert_eq!((drained.handled, drained.undelivered), (0, 3));
        assert_eq!(diary.take(), ["w terminate: stopped", "w dropped"]);
        assert_eq!(runtime.clock().now().0, 2_000_000_000);
        // With nothing to handle there is nothing to wait for.
        let drained = world.block_on(begin(0).drain(SECOND)).unwrap();
        assert_eq!((drained.handled, drained.undelivered), (0, 0));
        assert_eq!(runtime.clock().now().0, 2_000_000_000);
    });
}

#[test]
fn other_ends_on_the_way_are_told() {
    each_seed(20, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        occupy(world, &worker);
        let fails = || Do::run(|_, _| Err(failure("planned")));
        cast_all(&worker, [Do::Note(1), fails(), Do::Note(2), Do::Note(3)]);
        let drained = world.block_on(worker.drain(SECOND)).unwrap();
        assert!(matches!(drained.exit, Exit::Failed(_)), "{drained:?}");
        assert_eq!((drained.handled, drained.undelivered), (2, 2));

        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        cast_all(&worker, [Do::Sleep(SECOND), Do::Note(2)]);
        world.run_until_idle();
        // Two drains are one, and a kill ends it.
        let kill = async { worker.kill() };
        let (one, two, ()) = world.block_on(join3(worker.drain(SECOND), worker.drain(2 * SECOND), kill));
        for drained in [one.unwrap(), two.unwrap()] {
            assert!(matches!(drained.exit, Exit::Killed), "{drained:?}");
            assert_eq!((drained.handled, drained.undelivered), (0, 1));
        }
    });
}

#[test]
fn a_supervisor_judges_a_drained_child_as_a_stopped_one() {
    for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let own = diary.clone();
            let spec = ChildSpec::new("child", move || Worker::new("w", &own)).restart(restart);
            let child = spec.address();
            let unborn = world.block_on(child.drain(SECOND));
            assert!(matches!(unborn, Err(DrainError::NotRunning(Refusal::NotRunning))), "{unborn:?}");
            let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
            occupy(world, &child);
            cast_all(&child, [Do::Note(1), Do::Note(2)]);
            let drained = world.block_on(child.drain(SECOND)).unwrap();
            assert!(matches!(drained.exit, Exit::Shutdown), "{drained:?}");
            assert_eq!((drained.handled, drained.undelivered), (2, 0));
            world.run_until_idle();
            assert_eq!(diary.take()[..6], ["w init", "w slept", "w 1", "w 2", "w terminate: stopped", "w dropped"]);
            assert_eq!(child.is_alive(), restart == Restart::Permanent);
            if restart == Restart::Permanent {
                let answer = world.block_on(child.call(|reply| Do::Ask(1, reply), SECOND));
                assert_eq!(answer.unwrap(), 2, "its next life takes mail");
            }
            world.block_on(tree.shutdown());
        });
    }
}

/// Senders, pauses, stops and kills at random around a drain: every message that was accepted is told of once.
#[test]
fn the_counts_add_up_over_drains_at_random() {
    each_seed(200, |world, runtime| {
        let mut random = RandomStream::new(world.seed(), 0);
        let settings = MailboxSettings { capacity: 1 + random.below(6) as usize, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()).mailbox(settings));
        for sender in 1..5 {
            let (worker, clock) = (worker.clone(), runtime.clock().clone());
            let mut random = RandomStream::new(world.seed(), sender);
            world.spawner().spawn("sender", async move {
                for _ in 0..30 {
                    let span = MILLISECOND * random.below(4);
                    let sent = match random.below(3) {
                        0 => worker.cast(Do::Sleep(span)).await.map_err(drop),
                        1 => worker.try_cast(Do::Note(1)).map_err(drop),
                        _ => worker.call(|reply| Do::Ask(1, reply), span).await.map(drop).map_err(drop),
                    };
                    match random.below(60) {
                        0 => worker.pause(),
                        1..10 => worker.resume(),
                        10 => worker.stop(Exit::Normal),
                        11 => worker.kill(),
                        _ if sent.is_err() => clock.sleep(span).await,
                        _ => {}
                    }
                }
            });
        }
        world.advance(MILLISECOND * random.below(30));
        let before = runtime.ledger();
        let result = world.block_on(worker.drain(MILLISECOND * random.below(40)));
        let after = runtime.ledger();
        match result {
            Ok(drained) => {
                assert!(!worker.is_alive() && after.queued == 0, "{after:?}");
                assert_eq!(drained.undelivered, after.undelivered - before.undelivered);
                assert!(drained.handled + drained.undelivered <= settings.capacity as u64, "{drained:?}");
            }
            Err(DrainError::NotRunning(Refusal::Stopped(_))) => {}
            Err(other) => panic!("its longest message takes 3 ms: {other}"),
        }
        world.advance(SECOND);
        let ledger = runtime.ledger();
        assert!(ledger.is_balanced() && ledger.queued == 0, "{ledger:?}");
    });
}

#[test]
fn on_threads_all_that_was_accepted_is_handled_over_pauses_and_a_drain() {
    const SENDERS: u64 = 4;
    on_threads(|runtime| async move {
        let diary = Diary::default();
        let settings = MailboxSettings { capacity: 16, overflow: Overflow::Wait };
        let worker = runtime.spawn("worker", Worker::new("w", &diary).mailbox(settings));
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let worker = worker.clone();
                let (done, accepted) = oneshot::channel();
                runtime.spawner().spawn("sender", async move {
                    let mut number = 0;
                    while worker.cast(Do::Note(number * SENDERS + sender)).await.is_ok() {
                        number += 1;
                    }
                    done.send(number).unwrap();
                });
                accepted
            })
            .collect();
        for _ in 0..2_000 {
            worker.pause();
            worker.resume();
            // The answer shows that a resume was not overlooked.
            assert_eq!(worker.call(|reply| Do::Ask(1, reply), PATIENCE).await.unwrap(), 2);
        }
        worker.pause();
        let resumed = worker.clone();
        runtime.spawner().spawn("resumer", async move { resumed.resume() });
        let drained = worker.drain(PATIENCE).await.unwrap();
        assert!(matches!(drained.exit, Exit::Shutdown), "{drained:?}");
        assert_eq!(drained.undelivered, 0);
        let mut next = [0; SENDERS as usize];
        for entry in diary.take() {
            let Some(number) = entry.strip_prefix("w ").and_then(|text| text.parse::<u64>().ok()) else { continue };
            let sender = (number % SENDERS) as usize;
            assert_eq!(number / SENDERS, next[sender], "out of order");
            next[sender] += 1;
        }
        for (sender, handled) in senders.into_iter().zip(next) {
            assert_eq!(sender.await.unwrap(), handled, "accepted and handled");
        }
        let ledger = runtime.ledger();
        assert!(ledger.is_balanced() && ledger.undelivered == 0 && ledger.rejected == SENDERS, "{ledger:?}");
    });
}
