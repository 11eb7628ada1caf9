//! Ends: whatever goes wrong in a process's own code ends that process, is told with its reason, and harms no other.

use foundation_core::{Exit, Refusal, SendError};

use crate::support::{Diary, Do, Fault, SECOND, Worker, each_seed, failure};

#[test]
fn a_panic_anywhere_is_the_processs_end_and_is_told() {
    let faults = [
        (Fault::PanicInInit, "planned in init", vec!["w init", "w dropped"]),
        (Fault::PanicInSettings, "planned in settings", vec!["w dropped"]),
        (Fault::PanicInTerminate, "planned in terminate", vec!["w init", "w terminate: stopped", "w dropped"]),
        (Fault::PanicInDrop, "planned in drop", vec!["w init", "w terminate: stopped", "w dropped"]),
    ];
    for (fault, text, entries) in faults {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let bystander = runtime.spawn("bystander", Worker::new("b", &Diary::default()));
            let worker = runtime.spawn("worker", Worker::new("w", &diary).fault(fault));
            let _ = worker.try_cast(Do::with(|ctx| ctx.stop(Exit::Shutdown)));
            let exit = world.block_on(worker.exited());
            assert!(matches!(&exit, Exit::Panicked(told) if &**told == text), "{fault:?}: {exit}");
            assert_eq!(diary.take(), entries, "{fault:?}");
            assert!(!worker.is_alive());
            assert!(world.block_on(bystander.call(|reply| Do::Ask(1, reply), SECOND)).is_ok());
        });
    }
}

#[test]
fn a_panic_in_a_notice_ends_the_process() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let other = runtime.spawn("other", Worker::new("o", &diary));
        let worker = runtime.spawn("worker", Worker::new("w", &diary).fault(Fault::PanicInNotice));
        let watched = other.clone();
        worker
            .try_cast(Do::with(move |ctx| {
                ctx.monitor(&watched);
            }))
            .unwrap();
        world.run_until_idle();
        other.stop(Exit::Normal);
        let exit = world.block_on(worker.exited());
        assert!(matches!(&exit, Exit::Panicked(text) if &**text == "planned in notice"), "{exit}");
    });
}

#[test]
fn a_message_that_panics_when_it_is_dropped_harms_nobody() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("planned in a message");
        }
    }
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker.try_cast(Do::Sleep(SECOND)).unwrap();
        world.run_until_idle();
        let bomb = Bomb;
        worker
            .try_cast(Do::run(move |_, _| {
                let _held = &bomb;
                Ok(())
            }))
            .unwrap();
        worker.try_cast(Do::Note(1)).unwrap();
        worker.kill();
        assert!(matches!(world.block_on(worker.exited()), Exit::Killed));
        assert_eq!(runtime.ledger().undelivered, 2);
    });
}

#[test]
fn a_kill_ends_a_process_at_its_next_await_without_terminate() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        worker.try_cast(Do::Sleep(1_000 * SECOND)).unwrap();
        world.run_until_idle();
        worker.kill();
        assert!(worker.is_alive(), "it has not been polled yet");
        assert!(matches!(world.block_on(worker.exited()), Exit::Killed));
        assert_eq!(diary.take(), ["w init", "w dropped"]);
        assert_eq!(runtime.clock().now().0, 0, "at once");
    });
}

#[test]
fn a_kill_ends_a_process_between_two_messages_that_never_wait() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary));
        let own = worker.clone();
        worker
            .try_cast(Do::run(move |_, _| {
                own.kill();
                Ok(())
            }))
            .unwrap();
        worker.try_cast(Do::Note(1)).unwrap();
        assert!(matches!(world.block_on(worker.exited()), Exit::Killed));
        assert_eq!(diary.take(), ["w init", "w dropped"]);
    });
}

#[test]
fn a_kill_ends_init_and_terminate_too() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let starting = runtime.spawn("worker", Worker::new("s", &diary).fault(Fault::EndlessInit));
        world.run_until_idle();
        starting.stop(Exit::Shutdown);
        world.run_until_idle();
        assert!(starting.is_alive(), "a stop waits for the init");
        starting.kill();
        assert!(matches!(world.block_on(starting.exited()), Exit::Killed));

        let ending = runtime.spawn("worker", Worker::new("e", &diary).fault(Fault::EndlessTerminate));
        ending.stop(Exit::Shutdown);
        world.run_until_idle();
        assert!(ending.is_alive());
        ending.kill();
        assert!(matches!(world.block_on(ending.exited()), Exit::Killed));
        assert_eq!(diary.take(), ["s init", "s dropped", "e init", "e terminate: stopped", "e dropped"]);
    });
}

#[test]
fn terminate_runs_at_every_orderly_end_with_its_reason() {
    type End = (fn() -> Do, &'static str);
    let ends: [End; 3] = [
        (|| Do::with(|ctx| ctx.stop(Exit::Normal)), "w terminate: done"),
        (|| Do::run(|_, _| Err(Exit::Shutdown)), "w terminate: stopped"),
        (|| Do::run(|_, _| Err(failure("planned"))), "w terminate: failed: [2401] planned"),
    ];
    for (message, entry) in ends {
        each_seed(10, |world, runtime| {
            let diary = Diary::default();
            let worker = runtime.spawn("worker", Worker::new("w", &diary));
            worker.try_cast(message()).unwrap();
            worker.try_cast(Do::Note(1)).unwrap();
            world.block_on(worker.exited());
            let entries = diary.take();
            assert!(entries[1].starts_with(entry), "{entries:?}");
            assert_eq!(entries.len(), 3, "the message after the end is not handled: {entries:?}");
        });
    }
}

#[test]
fn no_terminate_after_a_failed_init() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let worker = runtime.spawn("worker", Worker::new("w", &diary).fault(Fault::FailInit));
        assert!(matches!(world.block_on(worker.exited()), Exit::Failed(_)));
        assert_eq!(diary.take(), ["w init", "w dropped"]);
    });
}

#[test]
fn sending_to_what_has_ended_gives_the_message_and_the_reason_back() {
    each_seed(10, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        worker.stop(Exit::Shutdown);
        world.run_until_idle();
        let error = worker.try_cast(Do::Note(5)).unwrap_err();
        assert!(matches!(error, SendError { message: Do::Note(5), reason: Refusal::Stopped(Exit::Shutdown) }));
        assert_eq!(error.to_string(), "send to a process: it has ended: stopped");
    });
}

#[test]
fn the_end_of_the_scheduler_is_told_as_a_kill() {
    let diary = Diary::default();
    let world = foundation_memory::Simulation::new(1);
    let runtime = crate::support::runtime_on(&world, foundation_core::Telemetry::none());
    let worker = runtime.spawn("worker", Worker::new("w", &diary));
    worker.try_cast(Do::Sleep(SECOND)).unwrap();
    world.run_until_idle();
    worker.try_cast(Do::Note(1)).unwrap();
    drop(world);
    assert!(matches!(worker.try_cast(Do::Note(2)), Err(SendError { reason: Refusal::Stopped(Exit::Killed), .. })));
    assert!(runtime.ledger().is_balanced());
    let late = runtime.spawn("late", Worker::new("l", &diary));
    assert!(!late.is_alive(), "a task that is never run is an ended process");
}
