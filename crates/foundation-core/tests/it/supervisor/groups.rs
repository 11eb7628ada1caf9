//! The strategies that concern more than the child that ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foundation_core::{Address, Backoff, ChildSpec, ChildState, Exit, Restart, Runtime, Supervisor, SupervisorHandle};
use foundation_memory::Simulation;

use crate::support::{Diary, Do, Fault, MILLISECOND, SECOND, Worker, each_seed};

fn child(name: &'static str, diary: &Diary) -> ChildSpec<Do> {
    let diary = diary.clone();
    ChildSpec::new(name, move || Worker::new(name, &diary))
}

/// Four children `a`, `t` (temporary), `b`, `c`; answers their addresses.
fn started(
    world: &Simulation,
    runtime: &Runtime,
    supervisor: Supervisor,
    diary: &Diary,
) -> ([Address<Do>; 4], SupervisorHandle) {
    let specs = ["a", "t", "b", "c"].map(|name| {
        let restart = if name == "t" { Restart::Temporary } else { Restart::Permanent };
        child(name, diary).restart(restart)
    });
    let addresses = specs.each_ref().map(ChildSpec::address);
    let tree = specs.into_iter().fold(supervisor, Supervisor::child);
    let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
    diary.take();
    (addresses, tree)
}

fn names(world: &Simulation, tree: &SupervisorHandle) -> Vec<String> {
    world.block_on(tree.children()).iter().map(|child| child.name.to_string()).collect()
}

#[test]
fn one_for_all_stops_all_in_reverse_order_and_starts_them_in_order() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let ([.., b, _], tree) = started(world, runtime, Supervisor::one_for_all(), &diary);
        b.kill();
        world.run_until_idle();
        let stopped = ["c", "t", "a"].map(|name| [format!("{name} terminate: stopped"), format!("{name} dropped")]);
        let mut expected = vec!["b dropped".to_owned()];
        expected.extend(stopped.into_iter().flatten());
        expected.extend(["a", "b", "c"].map(|name| format!("{name} init")));
        assert_eq!(diary.take(), expected);
        assert_eq!(names(world, &tree), ["a", "b", "c"], "a temporary bystander is forgotten");
    });
}

#[test]
fn rest_for_one_leaves_those_before_alone() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let ([a, t, b, c], tree) = started(world, runtime, Supervisor::rest_for_one(), &diary);
        b.kill();
        world.run_until_idle();
        assert_eq!(diary.take(), ["b dropped", "c terminate: stopped", "c dropped", "b init", "c init"]);
        assert_eq!([&a, &t, &b, &c].map(|address| address.process_ref().incarnation), [1, 1, 2, 2]);
        assert_eq!(names(world, &tree), ["a", "t", "b", "c"]);
    });
}

#[test]
fn a_restart_of_a_group_counts_once() {
    each_seed(10, |world, runtime| {
        let ([a, ..], tree) =
            started(world, runtime, Supervisor::one_for_all().intensity(2, 10 * SECOND), &Diary::default());
        for _ in 0..2 {
            a.kill();
            world.run_until_idle();
        }
        assert!(a.is_alive());
        a.kill();
        assert!(matches!(world.block_on(tree.exited()), Exit::GaveUp(at) if at.child == "a"));
    });
}

#[test]
fn a_subtree_in_a_group_is_stopped_with_everything_below() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let first = child("first", &diary);
        let address = first.address();
        let inner = Supervisor::one_for_one().child(child("x", &diary)).child(child("y", &diary));
        let tree = Supervisor::rest_for_one().child(first).child(ChildSpec::supervisor("inner", inner));
        world.block_on(runtime.supervise("tree", tree)).unwrap();
        diary.take();
        address.kill();
        world.run_until_idle();
        let seen: Vec<_> = diary.take().into_iter().filter(|entry| !entry.ends_with("dropped")).collect();
        assert_eq!(seen, ["y terminate: stopped", "x terminate: stopped", "first init", "x init", "y init"]);
    });
}

/// A child whose second start fails, and which then starts again.
fn unlucky(diary: &Diary) -> ChildSpec<Do> {
    let (diary, lives) = (diary.clone(), Arc::new(AtomicU64::new(0)));
    ChildSpec::new("b", move || {
        let second = lives.fetch_add(1, Ordering::Relaxed) == 1;
        Worker::new("b", &diary).fault(if second { Fault::FailInit } else { Fault::None })
    })
}

#[test]
fn a_start_that_fails_in_a_group_counts_and_the_group_is_tried_again() {
    for (tolerated, survives) in [(2, true), (1, false)] {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let a = child("a", &diary);
            let address = a.address();
            let tree = Supervisor::one_for_all().intensity(tolerated, SECOND);
            let tree = tree.child(a).child(unlucky(&diary)).child(child("c", &diary));
            let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
            diary.take();
            address.kill();
            world.run_until_idle();
            let seen: Vec<_> = diary.take().into_iter().filter(|entry| entry.ends_with("init")).collect();
            let expected: &[&str] =
                if survives { &["a init", "b init", "a init", "b init", "c init"] } else { &["a init", "b init"] };
            assert_eq!(seen, expected);
            assert_eq!(tree.address().is_alive(), survives);
        });
    }
}

#[test]
fn a_wait_stops_the_group_at_once_and_starts_it_when_it_is_over() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let backoff = Backoff { initial: 100 * MILLISECOND, jitter: 0.0, ..Backoff::default() };
        let [a, b, c] = ["a", "b", "c"].map(|name| child(name, &diary));
        let (first, address, last) = (a.address(), b.address(), c.address());
        let tree = Supervisor::rest_for_one().intensity(10, SECOND).child(a).child(b.backoff(backoff)).child(c);
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        address.kill();
        world.advance(50 * MILLISECOND);
        assert!(first.is_alive() && !address.is_alive() && !last.is_alive());
        assert_eq!(world.block_on(tree.children())[2].state, ChildState::Restarting);
        first.kill();
        world.advance(40 * MILLISECOND);
        assert!(first.is_alive() && !address.is_alive() && !last.is_alive(), "its wait is not cut short");
        world.advance(10 * MILLISECOND);
        assert!(address.is_alive() && last.is_alive());
    });
}
