//! Links: processes that end together.

use foundation_core::{Address, Exit, Runtime};
use foundation_memory::Simulation;

use crate::support::{Diary, Do, Fault, SECOND, Worker, each_seed, failure};

/// Two linked workers, `a` and `b`, with an empty diary.
fn linked(world: &Simulation, runtime: &Runtime, diary: &Diary) -> (Address<Do>, Address<Do>) {
    let a = runtime.spawn("a", Worker::new("a", diary));
    let b = runtime.spawn("b", Worker::new("b", diary));
    let other = b.clone();
    a.try_cast(Do::with(move |ctx| ctx.link(&other))).unwrap();
    world.run_until_idle();
    diary.take();
    (a, b)
}

#[test]
fn an_abnormal_end_ends_the_linked_process_in_both_directions() {
    for first in [0, 1] {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let (a, b) = linked(world, runtime, &diary);
            let (dying, other) = if first == 0 { (a, b) } else { (b, a) };
            // In the middle of a wait, which the link interrupts.
            other.try_cast(Do::Sleep(1_000 * SECOND)).unwrap();
            world.run_until_idle();
            dying.try_cast(Do::run(|_, _| Err(failure("planned")))).unwrap();
            let exit = world.block_on(other.exited());
            let Exit::Linked { process, reason } = exit else { panic!("{exit}") };
            assert_eq!(process, dying.process_ref());
            assert!(matches!(&*reason, Exit::Failed(_)));
            assert_eq!(runtime.clock().now().0, 0);
            assert!(!diary.take().iter().any(|entry| entry.starts_with(&format!("{} terminate", other.name()))));
        });
    }
}

#[test]
fn a_normal_end_leaves_the_linked_process_alone_and_a_stop_does_not() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let (a, b) = linked(world, runtime, &diary);
        a.stop(Exit::Normal);
        world.run_until_idle();
        assert!(b.is_alive());
        let (a, b) = linked(world, runtime, &diary);
        a.stop(Exit::Shutdown);
        world.run_until_idle();
        assert!(!b.is_alive());
    });
}

#[test]
fn a_process_that_traps_exits_hears_of_every_end_and_lives() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        for end in [Exit::Normal, Exit::Shutdown, failure("planned")] {
            let (a, b) = linked(world, runtime, &diary);
            b.try_cast(Do::with(|ctx| ctx.trap_exits(true))).unwrap();
            world.run_until_idle();
            a.stop(end.clone());
            world.run_until_idle();
            assert!(b.is_alive());
            let told = format!("b exit {}.1: {end}", a.process_ref().process);
            assert_eq!(diary.take().iter().filter(|entry| **entry == told).count(), 1, "{told}");
        }
    });
}

#[test]
fn a_kill_cannot_be_trapped() {
    each_seed(10, |world, runtime| {
        let worker = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        worker.try_cast(Do::with(|ctx| ctx.trap_exits(true))).unwrap();
        world.run_until_idle();
        worker.kill();
        assert!(matches!(world.block_on(worker.exited()), Exit::Killed));
    });
}

#[test]
fn an_unlinked_process_is_left_alone() {
    each_seed(20, |world, runtime| {
        let (a, b) = linked(world, runtime, &Diary::default());
        let other = a.clone();
        b.try_cast(Do::with(move |ctx| ctx.unlink(&other))).unwrap();
        world.run_until_idle();
        a.kill();
        world.run_until_idle();
        assert!(b.is_alive());
    });
}

#[test]
fn a_link_to_what_does_not_run_breaks_at_once() {
    each_seed(20, |world, runtime| {
        let a = runtime.spawn("a", Worker::new("a", &Diary::default()));
        let b = runtime.spawn("b", Worker::new("b", &Diary::default()));
        a.kill();
        world.run_until_idle();
        let other = a.clone();
        b.try_cast(Do::with(move |ctx| ctx.link(&other))).unwrap();
        let exit = world.block_on(b.exited());
        assert!(matches!(&exit, Exit::Linked { reason, .. } if matches!(&**reason, Exit::NoProcess)), "{exit}");
    });
}

#[test]
fn ends_run_along_a_chain_and_name_the_first() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let (a, b) = linked(world, runtime, &diary);
        let c = runtime.spawn("c", Worker::new("c", &diary));
        let middle = b.clone();
        c.try_cast(Do::with(move |ctx| ctx.link(&middle))).unwrap();
        world.run_until_idle();
        a.kill();
        let exit = world.block_on(c.exited());
        assert!(matches!(&exit, Exit::Linked { process, reason }
            if *process == a.process_ref() && matches!(&**reason, Exit::Killed)));
    });
}

#[test]
fn a_child_started_with_a_link_takes_its_starter_along_even_from_init() {
    for fault in [Fault::FailInit, Fault::PanicInInit, Fault::PanicInSettings] {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let parent = runtime.spawn("parent", Worker::new("p", &diary));
            let of_child = diary.clone();
            parent
                .try_cast(Do::with(move |ctx| {
                    ctx.spawn_link("child", Worker::new("c", &of_child).fault(fault));
                }))
                .unwrap();
            let exit = world.block_on(parent.exited());
            assert!(matches!(exit, Exit::Linked { .. }), "{exit}");
        });
    }
}
