//! Too many restarts: the supervisor gives up, and the one above judges that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use foundation_core::{ChildSpec, ChildState, Exit, Refusal, Restart, SendError, Supervisor};

use crate::support::{Diary, Do, Fault, MILLISECOND, SECOND, Worker, each_seed};

#[test]
fn one_restart_too_many_stops_the_children_in_reverse_order_and_ends_the_supervisor() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let mut tree = Supervisor::one_for_one().intensity(2, 10 * SECOND);
        let mut addresses = Vec::new();
        for name in ["a", "b", "c"] {
            let diary = diary.clone();
            let spec = ChildSpec::new(name, move || Worker::new(name, &diary));
            addresses.push(spec.address());
            tree = tree.child(spec);
        }
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        for restart in 1..=2 {
            addresses[1].kill();
            world.run_until_idle();
            assert_eq!(world.block_on(tree.children())[1].restarts, restart);
        }
        diary.take();
        addresses[1].kill();
        let exit = world.block_on(tree.exited());
        assert!(matches!(&exit, Exit::GaveUp(at) if at.child == "b" && matches!(at.reason, Exit::Killed)), "{exit}");
        assert_eq!(
            diary.take(),
            ["b dropped", "c terminate: stopped", "c dropped", "a terminate: stopped", "a dropped"]
        );
        for address in addresses {
            assert!(matches!(address.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::Stopped(_), .. })));
        }
    });
}

#[test]
fn restarts_older_than_the_period_do_not_count() {
    each_seed(10, |world, runtime| {
        let spec = ChildSpec::new("child", || Worker::new("w", &Diary::default()));
        let address = spec.address();
        // OTP's default: one in five seconds.
        let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        for _ in 0..10 {
            address.kill();
            world.advance(5 * SECOND + MILLISECOND);
            assert!(address.is_alive());
        }
        assert_eq!(world.block_on(tree.children())[0].restarts, 10);
        address.kill();
        world.run_until_idle();
        address.kill();
        assert!(matches!(world.block_on(tree.exited()), Exit::GaveUp { .. }));
    });
}

#[test]
fn giving_up_escalates_and_a_permanent_subtree_starts_anew_under_the_same_addresses() {
    for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let own = diary.clone();
            let spec = ChildSpec::new("leaf", move || Worker::new("leaf", &own));
            let leaf = spec.address();
            let sibling = ChildSpec::new("sibling", || Worker::new("sibling", &Diary::default()));
            let unharmed = sibling.address();
            let inner = Supervisor::one_for_one().intensity(1, SECOND).child(spec);
            let inner = ChildSpec::supervisor("inner", inner).restart(restart);
            let supervisor = inner.address();
            let tree = Supervisor::one_for_one().child(sibling).child(inner);
            let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
            leaf.kill();
            world.run_until_idle();
            leaf.kill();
            world.run_until_idle();
            assert_eq!(unharmed.process_ref().incarnation, 1);
            if restart != Restart::Permanent {
                // As in OTP: to give up is to shut down.
                assert!(!supervisor.is_alive() && tree.address().is_alive());
                assert!(matches!(leaf.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::Stopped(_), .. })));
                return;
            }
            assert_eq!(leaf.process_ref().incarnation, 3);
            assert_eq!(supervisor.process_ref().incarnation, 2);
            leaf.try_cast(Do::Note(1)).unwrap();
            world.run_until_idle();
            assert_eq!(diary.take().last().unwrap(), "leaf 1");
            let children = world.block_on(tree.children());
            assert_eq!((children[1].restarts, children[1].state), (1, ChildState::Running));
        });
    }
}

#[test]
fn a_restart_that_fails_counts_and_a_stop_comes_in_between() {
    each_seed(10, |world, runtime| {
        let lives = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&lives);
        let factory = move || {
            let first = count.fetch_add(1, Ordering::Relaxed) == 0;
            Worker::new("w", &Diary::default()).fault(if first { Fault::None } else { Fault::FailInit })
        };
        let spec = ChildSpec::new("child", factory);
        let address = spec.address();
        let tree = Supervisor::one_for_one().intensity(4, SECOND).child(spec);
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        address.kill();
        let exit = world.block_on(tree.exited());
        assert!(
            matches!(&exit, Exit::GaveUp(at) if at.child == "child" && matches!(at.reason, Exit::Failed(_))),
            "{exit}"
        );
        assert_eq!(lives.load(Ordering::Relaxed), 1 + 4, "the first life and four attempts");
    });
    each_seed(20, |world, runtime| {
        let first = std::sync::atomic::AtomicBool::new(true);
        let factory = move || {
            let first = first.swap(false, Ordering::Relaxed);
            Worker::new("w", &Diary::default()).fault(if first { Fault::None } else { Fault::FailInit })
        };
        let spec = ChildSpec::new("child", factory);
        let address = spec.address();
        let tree = Supervisor::one_for_one().intensity(u32::MAX, SECOND).child(spec);
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        address.kill();
        let stopper = tree.clone();
        world.spawner().spawn("stopper", async move {
            stopper.shutdown().await;
        });
        assert!(matches!(world.block_on(tree.exited()), Exit::Shutdown));
    });
}
