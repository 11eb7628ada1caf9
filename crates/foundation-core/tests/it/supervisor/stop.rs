//! Stopping: in reverse order, each child by its own rule, nothing left behind.

use std::time::Duration;

use foundation_core::{
    ChildSpec, ChildState, Context, Exit, Process, Refusal, Restart, SendError, Shutdown, Supervisor,
};

use futures_util::future::join;

use crate::support::{Diary, Do, Fault, SECOND, Worker, each_seed};

fn child(name: &'static str, diary: &Diary, fault: Fault) -> ChildSpec<Do> {
    let diary = diary.clone();
    ChildSpec::new(name, move || Worker::new(name, &diary).fault(fault))
}

#[test]
fn children_stop_in_reverse_order_through_all_levels() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let inner =
            Supervisor::one_for_one().child(child("b", &diary, Fault::None)).child(child("c", &diary, Fault::None));
        let tree = Supervisor::one_for_one()
            .child(child("a", &diary, Fault::None))
            .child(ChildSpec::supervisor("inner", inner))
            .child(child("d", &diary, Fault::None));
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        diary.take();
        assert!(matches!(world.block_on(tree.shutdown()), Exit::Shutdown));
        let stops: Vec<_> = diary.take().into_iter().filter(|entry| entry.ends_with("stopped")).collect();
        assert_eq!(stops, ["d", "c", "b", "a"].map(|name| format!("{name} terminate: stopped")));
        let children = world.block_on(tree.children());
        assert!(children.iter().all(|child| child.state == ChildState::Stopped));
        assert!(matches!(world.block_on(tree.shutdown()), Exit::Shutdown), "a second time is no trouble");
        assert_eq!(world.tasks(), [""; 0], "no task is left");
    });
}

#[test]
fn each_child_is_stopped_by_its_own_rule() {
    let rules = [
        (Shutdown::Timeout(2 * SECOND), Fault::EndlessTerminate, 2 * SECOND, vec!["w terminate: stopped", "w dropped"]),
        (Shutdown::default(), Fault::EndlessTerminate, 5 * SECOND, vec!["w terminate: stopped", "w dropped"]),
        (Shutdown::Timeout(2 * SECOND), Fault::None, Duration::ZERO, vec!["w terminate: stopped", "w dropped"]),
        (Shutdown::BrutalKill, Fault::None, Duration::ZERO, vec!["w dropped"]),
        (Shutdown::Infinity, Fault::EndlessTerminate, 1_000_000 * SECOND, vec!["w terminate: stopped", "w dropped"]),
    ];
    for (rule, fault, expected, entries) in rules {
        each_seed(5, |world, runtime| {
            let diary = Diary::default();
            let own = diary.clone();
            let spec = ChildSpec::new("child", move || Worker::new("w", &own).fault(fault)).shutdown(rule);
            let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
            diary.take();
            let begun = runtime.clock().now();
            world.block_on(tree.shutdown());
            assert_eq!(runtime.clock().now() - begun, expected, "{rule:?}");
            assert_eq!(diary.take(), entries, "{rule:?}");
        });
    }
}

#[test]
fn a_killed_supervisor_takes_everything_below_along() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let (outer, inner) = (child("a", &diary, Fault::None), child("b", &diary, Fault::None));
        let addresses = [outer.address(), inner.address()];
        let tree = Supervisor::one_for_one()
            .child(outer)
            .child(ChildSpec::supervisor("inner", Supervisor::one_for_one().child(inner)));
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        for address in &addresses {
            // A child cannot trap the end of its supervisor.
            address.try_cast(Do::with(|ctx| ctx.trap_exits(true))).unwrap();
        }
        world.run_until_idle();
        tree.address().kill();
        assert!(matches!(world.block_on(tree.exited()), Exit::Killed));
        world.run_until_idle();
        assert_eq!(world.tasks(), [""; 0], "no task is left");
        for address in addresses {
            let Err(SendError { reason: Refusal::Stopped(exit), .. }) = address.try_cast(Do::Note(1)) else {
                panic!("it takes mail")
            };
            let root = tree.address().process_ref();
            assert!(matches!(&exit, Exit::Linked { process, .. } if *process == root), "{exit}");
        }
    });
}

#[test]
fn a_killed_supervisor_takes_everything_along_when_nobody_has_a_handle() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let spec = child("c", &diary, Fault::None);
        let leaf = spec.address();
        let branch = ChildSpec::supervisor("branch", Supervisor::one_for_one().child(spec));
        let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(branch))).unwrap();
        let root = tree.address();
        drop(tree);
        root.kill();
        world.block_on(root.exited());
        world.run_until_idle();
        assert!(!leaf.is_alive());
        assert_eq!(world.tasks(), [""; 0], "no task is left");
    });
}

#[test]
fn a_killed_supervisor_that_is_restarted_finds_its_children_gone_and_starts_them() {
    each_seed(50, |world, runtime| {
        let diary = Diary::default();
        let leaf = child("leaf", &diary, Fault::None);
        let address = leaf.address();
        let inner = ChildSpec::supervisor("inner", Supervisor::one_for_one().child(leaf));
        let supervisor = inner.address();
        let tree = Supervisor::one_for_one().intensity(10, SECOND).child(inner);
        world.block_on(runtime.supervise("tree", tree)).unwrap();
        diary.take();
        for life in 2..=5 {
            supervisor.kill();
            world.run_until_idle();
            assert_eq!(address.process_ref().incarnation, life);
            assert!(address.is_alive());
            assert_eq!(diary.take(), ["leaf dropped", "leaf init"], "one life after the other");
        }
    });
}

#[test]
fn a_stop_of_a_supervisor_waits_for_a_child_that_starts_and_a_kill_does_not() {
    each_seed(20, |world, runtime| {
        let first = std::sync::atomic::AtomicBool::new(true);
        let spec = ChildSpec::new("child", move || {
            let first = first.swap(false, std::sync::atomic::Ordering::Relaxed);
            Worker::new("w", &Diary::default()).fault(if first { Fault::None } else { Fault::EndlessInit })
        });
        let address = spec.address();
        let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        address.kill();
        world.run_until_idle();
        assert_eq!(world.block_on(tree.children())[0].state, ChildState::Restarting);
        tree.address().stop(Exit::Shutdown);
        world.advance(60 * SECOND);
        assert!(tree.address().is_alive());
        tree.address().kill();
        assert!(matches!(world.block_on(tree.exited()), Exit::Killed));
        world.run_until_idle();
        assert_eq!(world.tasks(), [""; 0], "no task is left");
        assert!(!address.is_alive());
    });
}

/// Waits a minute in its `init`.
struct Slow;

impl Process for Slow {
    type Message = ();

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.clock().sleep(60 * SECOND).await;
        Ok(())
    }

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

#[test]
fn a_child_that_waits_for_mail_dies_at_once_also_while_its_supervisor_waits_for_another() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let victims: Vec<_> =
            ["a", "b"].map(|name| child(name, &diary, Fault::None).restart(Restart::Temporary)).into();
        let addresses: Vec<_> = victims.iter().map(ChildSpec::address).collect();
        let tree = victims.into_iter().fold(Supervisor::one_for_one(), Supervisor::child);
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        diary.take();
        let begun = runtime.clock().now();
        // Before the supervisor comes to the start, and while it waits for it.
        let slow = async { tree.start_child(ChildSpec::new("slow", || Slow)).await.is_ok() };
        let kills = async {
            for address in &addresses {
                address.kill();
                assert!(matches!(address.exited().await, Exit::Killed));
            }
            runtime.clock().now()
        };
        let (added, killed) = world.block_on(join(slow, kills));
        assert!(added);
        assert_eq!(killed, begun, "nobody waited for the slow one");
        assert_eq!(diary.take(), ["a dropped", "b dropped"]);
        world.block_on(tree.shutdown());
    });
}
