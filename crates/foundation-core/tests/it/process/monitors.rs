//! Monitors: exactly one notice each, with reason and incarnation.

use foundation_core::{ChildSpec, Exit, Supervisor};

use crate::support::{Diary, Do, SECOND, Worker, each_seed};

#[test]
fn each_monitor_hears_exactly_once() {
    each_seed(50, |world, runtime| {
        let diary = Diary::default();
        let target = runtime.spawn("target", Worker::new("t", &Diary::default()));
        let watcher = runtime.spawn("watcher", Worker::new("w", &diary));
        for _ in 0..3 {
            let target = target.clone();
            watcher
                .try_cast(Do::with(move |ctx| {
                    ctx.monitor(&target);
                }))
                .unwrap();
        }
        world.run_until_idle();
        diary.take();
        target.kill();
        target.stop(Exit::Normal);
        world.run_until_idle();
        assert_eq!(diary.take(), vec!["w down 1.1: killed"; 3]);
    });
}

#[test]
fn a_monitor_on_what_does_not_run_hears_at_once() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let ended = runtime.spawn("ended", Worker::new("e", &Diary::default()));
        ended.kill();
        world.run_until_idle();
        let never = ChildSpec::new("never", || Worker::new("n", &Diary::default())).address();
        let watcher = runtime.spawn("watcher", Worker::new("w", &diary));
        watcher
            .try_cast(Do::with(move |ctx| {
                ctx.monitor(&ended);
                ctx.monitor(&never);
            }))
            .unwrap();
        world.run_until_idle();
        assert_eq!(
            diary.take(),
            ["w init", "w down 1.1: no such process is running", "w down 0.0: no such process is running"]
        );
    });
}

#[test]
fn a_monitor_that_was_taken_back_is_never_heard() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let target = runtime.spawn("target", Worker::new("t", &Diary::default()));
        let watcher = runtime.spawn("watcher", Worker::new("w", &diary));
        let before = target.clone();
        watcher
            .try_cast(Do::with(move |ctx| {
                let monitor = ctx.monitor(&before);
                ctx.demonitor(monitor);
            }))
            .unwrap();
        world.run_until_idle();
        target.kill();
        world.run_until_idle();
        // The notice waits already when this one is taken back.
        watcher
            .try_cast(Do::with(move |ctx| {
                let monitor = ctx.monitor(&target);
                ctx.demonitor(monitor);
            }))
            .unwrap();
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init"]);
    });
}

#[test]
fn a_notice_names_the_life_that_ended_and_comes_before_mail() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let spec = ChildSpec::new("target", || Worker::new("t", &Diary::default()));
        let target = spec.address();
        let tree = Supervisor::one_for_one().intensity(10, SECOND).child(spec);
        world.block_on(runtime.supervise("tree", tree)).unwrap();
        let watcher = runtime.spawn("watcher", Worker::new("w", &diary));
        world.run_until_idle();
        diary.take();
        for life in 1..=3 {
            let watched = target.clone();
            watcher
                .try_cast(Do::with(move |ctx| {
                    ctx.monitor(&watched);
                }))
                .unwrap();
            watcher.try_cast(Do::Sleep(SECOND)).unwrap();
            world.run_until_idle();
            watcher.try_cast(Do::Note(0)).unwrap();
            target.kill();
            world.advance(SECOND);
            assert_eq!(diary.take(), ["w slept".to_owned(), format!("w down 2.{life}: killed"), "w 0".to_owned()]);
        }
        assert_eq!(target.process_ref().incarnation, 4);
    });
}

#[test]
fn watchers_that_are_gone_are_not_kept() {
    each_seed(5, |world, runtime| {
        let target = runtime.spawn("target", Worker::new("t", &Diary::default()));
        // Nothing to see from outside but that it goes on working: many watchers of both kinds come and go.
        for _ in 0..200 {
            let watched = target.clone();
            let watcher = runtime.spawn("watcher", Worker::new("w", &Diary::default()));
            watcher
                .try_cast(Do::with(move |ctx| {
                    ctx.monitor(&watched);
                }))
                .unwrap();
            watcher.stop(Exit::Normal);
            world.run_until_idle();
            let waiting = Box::pin(target.exited());
            let ready = futures_util::future::FutureExt::now_or_never(waiting);
            assert!(ready.is_none());
        }
        target.kill();
        assert!(matches!(world.block_on(target.exited()), Exit::Killed));
    });
}
