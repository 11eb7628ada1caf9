//! Restarts: how many, after which wait, and what comes in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use foundation_core::port::clock::Clock as _;
use foundation_core::{
    Backoff, ChildError, ChildSpec, ChildState, DynamicSupervisor, Exit, Refusal, SendError, Shutdown, Supervisor,
    WhenSpent,
};

use super::{assert_gone, faulty, given_up, plain, scripted, started};
use crate::support::{Diary, Do, Fault, MILLISECOND, SECOND, each_seed, failure};

#[test]
fn all_children_together_have_the_restarts_that_it_tolerates() {
    each_seed(30, |world, runtime| {
        let pool = DynamicSupervisor::new("pool").intensity(3, 10 * SECOND);
        world.block_on(pool.start(runtime)).unwrap();
        let template = plain(&Diary::default());
        let children = world.block_on(pool.start_many(&template, ["a", "b", "c", "d"]));
        let children: Vec<_> = children.into_iter().map(Result::unwrap).collect();
        for child in &children[..3] {
            child.kill();
            world.run_until_idle();
            assert_eq!(child.process_ref().incarnation, 2);
        }
        // The window slides: after its length all is forgotten.
        world.advance(11 * SECOND);
        for child in &children[..3] {
            child.kill();
            world.run_until_idle();
        }
        assert!(pool.address().is_alive());
        children[3].kill();
        let exit = world.block_on(pool.address().exited());
        let Exit::GaveUp(at) = &exit else { panic!("{exit}") };
        assert!(at.child == "plain" && matches!(at.reason, Exit::Killed), "{exit}");
        assert!(children.iter().all(|child| !child.is_alive()));
        assert_gone(world, &pool);
    });
}

#[test]
fn one_that_gave_up_begins_anew_without_children_when_the_former_are_gone() {
    each_seed(50, |world, runtime| {
        let pool = DynamicSupervisor::new("pool").intensity(0, SECOND);
        let tree = Supervisor::one_for_one().child(pool.child_spec("pool"));
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        let diary = Diary::default();
        let template = faulty(&diary).shutdown(Shutdown::Timeout(3 * SECOND));
        let slow = world.block_on(pool.start_child(&template, Fault::EndlessTerminate)).unwrap();
        let victim = world.block_on(pool.start_child(&template, Fault::None)).unwrap();
        victim.kill();
        world.advance(2 * SECOND);
        assert!(slow.is_alive(), "it has its time to stop");
        assert_eq!(pool.address().process_ref().incarnation, 1);
        let refused = world.block_on(pool.start_child(&template, Fault::None));
        assert!(matches!(refused, Err(ChildError::SupervisorDown(_))), "{refused:?}");
        world.advance(2 * SECOND);
        assert!(!slow.is_alive() && !victim.is_alive());
        assert_eq!((pool.address().process_ref().incarnation, pool.len()), (2, 0));
        let sent = victim.try_cast(Do::Note(1));
        assert!(matches!(sent, Err(SendError { reason: Refusal::Stopped(Exit::Killed), .. })));
        // Its window begins anew too, and the one above counts.
        world.block_on(pool.start_child(&template, Fault::None)).unwrap().kill();
        world.run_until_idle();
        let exit = world.block_on(tree.exited());
        let Exit::GaveUp(at) = &exit else { panic!("{exit}") };
        assert!(at.child == "pool" && matches!(at.reason, Exit::GaveUp(_)), "{exit}");
        assert_gone(world, &pool);
    });
}

#[test]
fn a_killed_one_that_is_restarted_begins_when_its_children_are_gone() {
    each_seed(100, |world, runtime| {
        let pool = DynamicSupervisor::new("pool");
        let tree = Supervisor::one_for_one().intensity(10, SECOND).child(pool.child_spec("pool"));
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        let diary = Diary::default();
        let template = plain(&diary);
        for life in 2..=4 {
            let children = world.block_on(pool.start_many(&template, ["a", "b", "c"]));
            diary.take();
            pool.address().kill();
            world.run_until_idle();
            assert_eq!(diary.take().len(), 3, "three were dropped");
            assert!(children.into_iter().all(|child| !child.unwrap().is_alive()));
            assert_eq!((pool.address().process_ref().incarnation, pool.len()), (life, 0));
        }
        world.block_on(tree.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_restart_that_fails_counts_and_is_tried_again() {
    each_seed(30, |world, runtime| {
        let pool = DynamicSupervisor::new("pool").intensity(4, SECOND);
        world.block_on(pool.start(runtime)).unwrap();
        let template =
            scripted(|life, _| async move { if (2..5).contains(&life) { Err(failure("not yet")) } else { Ok(()) } });
        let child = world.block_on(pool.start_child(&template, ())).unwrap();
        child.kill();
        world.run_until_idle();
        assert_eq!(child.process_ref().incarnation, 5);
        assert_eq!(pool.children()[0].restarts, 1, "one of them succeeded");
        // Four were counted, so this one is too many.
        child.kill();
        let exit = world.block_on(pool.address().exited());
        assert!(matches!(exit, Exit::GaveUp(_)), "{exit}");
        assert_gone(world, &pool);
    });
}

#[test]
fn a_restart_that_never_succeeds_is_given_up_and_others_are_stopped() {
    type Fail = fn() -> Exit;
    let fails: [Fail; 2] = [|| failure("never"), || panic!("planned: never")];
    for fail in fails {
        each_seed(20, |world, runtime| {
            let pool = started(world, runtime);
            let clock = world.clock();
            let template = scripted(move |life, _| {
                let clock = clock.clone();
                async move {
                    if life == 1 {
                        return Ok(());
                    }
                    clock.sleep(MILLISECOND).await;
                    Err(fail())
                }
            });
            let diary = Diary::default();
            let sibling = world.block_on(pool.start_child(&plain(&diary), "s")).unwrap();
            let child = world.block_on(pool.start_child(&template, ())).unwrap();
            child.kill();
            let exit = world.block_on(pool.address().exited());
            let Exit::GaveUp(at) = &exit else { panic!("{exit}") };
            assert_eq!(at.child, "scripted");
            assert_eq!(child.process_ref().incarnation, 11, "ten restarts are tolerated");
            assert!(!sibling.is_alive());
            assert_eq!(diary.take(), ["s init", "s terminate: stopped", "s dropped"]);
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn a_restart_with_nothing_to_do_is_forgotten() {
    each_seed(20, |world, runtime| {
        let pool = started(world, runtime);
        let template = scripted(|life, _| async move { if life == 1 { Ok(()) } else { Err(Exit::Ignore) } });
        let child = world.block_on(pool.start_child(&template, ())).unwrap();
        child.kill();
        world.run_until_idle();
        assert!(pool.is_empty() && pool.address().is_alive());
        assert!(world.block_on(child.running()).is_err());
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_wait_before_a_restart_is_kept_and_can_be_ended() {
    each_seed(30, |world, runtime| {
        let pool = started(world, runtime);
        let template = plain(&Diary::default()).backoff(Backoff { jitter: 0.0, ..Backoff::default() });
        let child = world.block_on(pool.start_child(&template, "a")).unwrap();
        let other = world.block_on(pool.start_child(&template, "b")).unwrap();
        child.kill();
        other.kill();
        world.run_until_idle();
        assert!(!child.is_alive());
        assert_eq!(pool.len(), 2, "one that waits is a child");
        assert!(pool.children().iter().all(|node| node.state == ChildState::Restarting));
        assert!(matches!(child.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::NotRunning, .. })));
        // Nothing runs there, so that it is gone at once.
        let begun = runtime.clock().now();
        world.block_on(pool.terminate_child(&child)).unwrap();
        assert_eq!((runtime.clock().now(), pool.len()), (begun, 1));
        assert!(matches!(child.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::Stopped(_), .. })));
        assert!(world.block_on(child.running()).is_err());
        let life = world.block_on(other.running()).unwrap();
        assert!(life.incarnation == 2 && runtime.clock().now() > begun);
        world.advance(60 * SECOND);
        assert_eq!((child.process_ref().incarnation, pool.len()), (1, 1), "it does not come back");
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_supervisor_ends_while_children_wait_for_their_restart() {
    for kill in [false, true] {
        each_seed(30, |world, runtime| {
            let pool = started(world, runtime);
            let template = plain(&Diary::default()).backoff(Backoff::default());
            let child = world.block_on(pool.start_child(&template, "a")).unwrap();
            child.kill();
            world.run_until_idle();
            assert_eq!(pool.len(), 1);
            if kill {
                pool.address().kill()
            } else {
                pool.address().stop(Exit::Shutdown)
            }
            assert!(world.block_on(child.running()).is_err(), "nobody starts it any more");
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn a_budget_of_its_own_is_spent_by_each_child_alone() {
    for (when_spent, survives) in [(WhenSpent::Stop, true), (WhenSpent::Quarantine, true), (WhenSpent::Escalate, false)]
    {
        each_seed(20, |world, runtime| {
            let pool = DynamicSupervisor::new("pool").intensity(0, SECOND);
            world.block_on(pool.start(runtime)).unwrap();
            let template = plain(&Diary::default()).budget(2, 10 * SECOND, when_spent);
            let [a, b] = ["a", "b"].map(|name| world.block_on(pool.start_child(&template, name)).unwrap());
            for child in [&a, &b, &a, &b] {
                child.kill();
                world.run_until_idle();
                assert!(child.is_alive());
            }
            a.kill();
            world.run_until_idle();
            assert_eq!((pool.address().is_alive(), b.is_alive()), (survives, survives), "{when_spent:?}");
            assert!(!a.is_alive());
            assert_eq!(pool.len(), usize::from(survives));
            assert!(matches!(a.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::Stopped(_), .. })));
            world.block_on(pool.shutdown());
            assert_gone(world, &pool);
        });
    }
}

/// Children whose second life takes its time to start.
fn slow_restart(
    world: &foundation_memory::Simulation,
    slept: Arc<AtomicU64>,
) -> foundation_core::ChildTemplate<(), Do> {
    let clock = world.clock();
    scripted(move |life, _| {
        let (clock, slept) = (clock.clone(), Arc::clone(&slept));
        async move {
            if life > 1 {
                clock.sleep(4 * SECOND).await;
                slept.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        }
    })
}

#[test]
fn a_child_is_stopped_that_is_being_restarted() {
    // How long its init still takes is more or less than it is given.
    let rules = [
        (Shutdown::Timeout(2 * SECOND), 2 * SECOND),
        (Shutdown::Timeout(9 * SECOND), 4 * SECOND),
        (Shutdown::BrutalKill, Duration::ZERO),
        (Shutdown::Infinity, 4 * SECOND),
    ];
    for (rule, expected) in rules {
        each_seed(30, |world, runtime| {
            let pool = started(world, runtime);
            let slept = Arc::new(AtomicU64::new(0));
            let template = slow_restart(world, Arc::clone(&slept)).shutdown(rule);
            let child = world.block_on(pool.start_child(&template, ())).unwrap();
            let sibling = world.block_on(pool.start_child(&plain(&Diary::default()), "s")).unwrap();
            child.kill();
            world.run_until_idle();
            assert_eq!(pool.children()[0].state, ChildState::Restarting);
            let begun = runtime.clock().now();
            world.block_on(pool.terminate_child(&child)).unwrap();
            assert_eq!(runtime.clock().now() - begun, expected, "{rule:?}");
            assert!(!child.is_alive());
            world.advance(60 * SECOND);
            assert_eq!((pool.len(), sibling.is_alive()), (1, true));
            assert_eq!(slept.load(Ordering::Relaxed), u64::from(expected == 4 * SECOND));
            // It restarts others as before.
            sibling.kill();
            world.run_until_idle();
            assert!(sibling.is_alive());
            world.block_on(pool.shutdown());
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn nobody_need_wait_for_the_stop_of_a_child_that_is_being_restarted() {
    each_seed(30, |world, runtime| {
        let pool = started(world, runtime);
        let template = slow_restart(world, Arc::default()).shutdown(Shutdown::Timeout(SECOND));
        let child = world.block_on(pool.start_child(&template, ())).unwrap();
        child.kill();
        world.run_until_idle();
        assert!(given_up(world, pool.terminate_child(&child)));
        world.advance(60 * SECOND);
        assert_eq!((child.is_alive(), pool.len()), (false, 0));
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_supervisor_that_is_killed_in_the_middle_of_a_restart_leaves_nothing() {
    for at in [0, 1, 3, 4] {
        for stop_first in [false, true] {
            each_seed(30, |world, runtime| {
                let pool = DynamicSupervisor::new("pool").intensity(10, SECOND);
                let tree = Supervisor::one_for_one().intensity(10, SECOND).child(pool.child_spec("pool"));
                let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
                let template = slow_restart(world, Arc::default()).shutdown(Shutdown::Infinity);
                let child = world.block_on(pool.start_child(&template, ())).unwrap();
                child.kill();
                world.run_until_idle();
                if stop_first {
                    assert!(given_up(world, pool.terminate_child(&child)));
                }
                world.advance(at * SECOND);
                pool.address().kill();
                world.run_until_idle();
                assert_eq!((pool.address().process_ref().incarnation, pool.len()), (2, 0), "at {at}");
                assert!(!child.is_alive());
                assert!(world.block_on(child.running()).is_err(), "nobody starts it again");
                world.block_on(pool.start_child(&plain(&Diary::default()), "n")).unwrap();
                world.block_on(tree.shutdown());
                assert_gone(world, &pool);
            });
        }
    }
}

#[test]
fn a_supervisor_that_is_killed_as_a_restart_fails_leaves_nothing() {
    each_seed(200, |world, runtime| {
        let pool = DynamicSupervisor::new("pool").intensity(10, SECOND);
        let tree = Supervisor::one_for_one().intensity(10, SECOND).child(pool.child_spec("pool"));
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        let (keeper, seed) = (pool.address(), world.seed());
        // The child's end and the supervisor's are one moment; who runs first is drawn.
        let template = scripted(move |life, _| {
            let keeper = keeper.clone();
            async move {
                if life > 1 {
                    yields(seed % 4).await;
                    keeper.kill();
                    return Err(failure("planned"));
                }
                Ok(())
            }
        });
        let child = world.block_on(pool.start_child(&template, ())).unwrap();
        child.kill();
        world.run_until_idle();
        assert_eq!((pool.address().process_ref().incarnation, pool.len()), (2, 0));
        assert!(!child.is_alive());
        world.block_on(tree.shutdown());
        assert_gone(world, &pool);
    });
}

/// Lets others run so often.
async fn yields(times: u64) {
    for _ in 0..times {
        let mut done = false;
        futures_util::future::poll_fn(|cx| {
            if std::mem::replace(&mut done, true) {
                return std::task::Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}

#[test]
fn a_static_sibling_and_a_dynamic_one_are_restarted_by_one_rule() {
    each_seed(10, |world, runtime| {
        let pool = DynamicSupervisor::new("pool").intensity(10, SECOND);
        let diary = Diary::default();
        let own = diary.clone();
        let first = ChildSpec::new("first", move || crate::support::Worker::new("first", &own));
        let killed = first.address();
        let tree = Supervisor::one_for_all().child(first).child(pool.child_spec("pool"));
        let tree = world.block_on(runtime.supervise("app", tree)).unwrap();
        world.block_on(pool.start_child(&plain(&diary), "d")).unwrap();
        diary.take();
        killed.kill();
        world.run_until_idle();
        let entries = ["first dropped", "d terminate: stopped", "d dropped", "first init"];
        assert_eq!(diary.take(), entries, "its children are gone before a sibling starts");
        assert_eq!((pool.address().process_ref().incarnation, pool.len()), (2, 0));
        world.block_on(tree.shutdown());
        assert_gone(world, &pool);
    });
}
