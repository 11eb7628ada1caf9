//! How a child ends: what follows, and what is stopped by whom.

use std::time::Duration;

use foundation_core::port::registry::{Metadata, Namespace, RegisteredName};
use foundation_core::{ChildError, ChildState, Exit, ProcessRegistry, Refusal, Restart, SendError, Shutdown};
use futures_util::future::join;

use super::{assert_gone, faulty, given_up, plain, scripted, started};
use crate::support::{Diary, Do, Fault, SECOND, each_seed, failure};

#[test]
fn the_restart_policy_judges_the_end() {
    type End = (&'static str, fn() -> Exit);
    let ends: [End; 4] = [
        ("normal", || Exit::Normal),
        ("shutdown", || Exit::Shutdown),
        ("failed", || failure("planned")),
        ("killed", || Exit::Killed),
    ];
    for (name, exit) in ends {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            let expected = match restart {
                Restart::Permanent => true,
                Restart::Transient => !["normal", "shutdown"].contains(&name),
                Restart::Temporary => false,
            };
            each_seed(10, |world, runtime| {
                let pool = started(world, runtime);
                let template = plain(&Diary::default()).restart(restart);
                let child = world.block_on(pool.start_child(&template, "a")).unwrap();
                let sibling = world.block_on(pool.start_child(&template, "b")).unwrap();
                let before = child.process_ref();
                if name == "killed" {
                    child.kill()
                } else {
                    child.stop(exit())
                }
                world.run_until_idle();
                assert_eq!(child.is_alive(), expected, "{restart:?} after {name}");
                assert_eq!(sibling.process_ref().incarnation, 1, "the others are left alone");
                assert_eq!(pool.len(), if expected { 2 } else { 1 });
                let after = child.process_ref();
                assert_eq!(after.process, before.process);
                assert_eq!(after.incarnation, if expected { 2 } else { 1 });
                if expected {
                    assert_eq!(world.block_on(child.call(|reply| Do::Ask(1, reply), SECOND)).unwrap(), 2);
                    let nodes = pool.children();
                    let node = nodes.iter().find(|node| node.process_ref == after).unwrap();
                    assert_eq!((node.restarts, node.state), (1, ChildState::Running));
                } else {
                    // Nobody will start it again, and whoever asks is told.
                    let sent = child.try_cast(Do::Note(1));
                    assert!(matches!(sent, Err(SendError { reason: Refusal::Stopped(_), .. })), "{restart:?}");
                    assert!(world.block_on(child.running()).is_err());
                    let refused = world.block_on(pool.terminate_child(&child));
                    assert!(matches!(refused, Err(ChildError::NotFound(_))), "{refused:?}");
                }
                world.block_on(pool.shutdown());
                assert_gone(world, &pool);
            });
        }
    }
}

#[test]
fn a_child_is_stopped_by_its_own_rule_and_forgotten() {
    let rules = [
        (Shutdown::Timeout(2 * SECOND), Fault::EndlessTerminate, 2 * SECOND, vec!["w terminate: stopped", "w dropped"]),
        (Shutdown::default(), Fault::EndlessTerminate, 5 * SECOND, vec!["w terminate: stopped", "w dropped"]),
        (Shutdown::Timeout(2 * SECOND), Fault::None, Duration::ZERO, vec!["w terminate: stopped", "w dropped"]),
        (Shutdown::Timeout(Duration::ZERO), Fault::EndlessTerminate, Duration::ZERO, vec!["w dropped"]),
        (Shutdown::BrutalKill, Fault::None, Duration::ZERO, vec!["w dropped"]),
        (Shutdown::Infinity, Fault::EndlessTerminate, 1_000_000 * SECOND, vec!["w terminate: stopped", "w dropped"]),
        (Shutdown::Timeout(SECOND), Fault::PanicInTerminate, Duration::ZERO, vec!["w terminate: stopped", "w dropped"]),
    ];
    for (rule, fault, expected, entries) in rules {
        for restart in [Restart::Permanent, Restart::Temporary] {
            each_seed(5, |world, runtime| {
                let diary = Diary::default();
                let pool = started(world, runtime);
                let template = faulty(&diary).shutdown(rule).restart(restart);
                let child = world.block_on(pool.start_child(&template, fault)).unwrap();
                diary.take();
                let begun = runtime.clock().now();
                world.block_on(pool.terminate_child(&child)).unwrap();
                assert_eq!(runtime.clock().now() - begun, expected, "{rule:?}");
                assert!(!child.is_alive() && pool.is_empty(), "{rule:?}");
                let mut written = diary.take();
                // With no time at all, whether it begins to say farewell is a matter of who runs first.
                written.retain(|entry| entries.contains(&entry.as_str()));
                assert_eq!(written, entries, "{rule:?}");
                world.block_on(pool.shutdown());
                assert_gone(world, &pool);
            });
        }
    }
}

#[test]
fn a_child_that_ends_as_it_is_stopped_is_gone() {
    type End = fn(&foundation_core::Address<Do>);
    let ends: [End; 4] = [
        |child| child.kill(),
        |child| child.stop(failure("planned")),
        |child| child.stop(Exit::Normal),
        |child| drop(child.try_cast(Do::run(|_, _| Err(failure("planned"))))),
    ];
    for end in ends {
        each_seed(100, |world, runtime| {
            let pool = started(world, runtime);
            let template = plain(&Diary::default());
            let child = world.block_on(pool.start_child(&template, "a")).unwrap();
            let own = child.clone();
            world.spawner().spawn("ender", async move { end(&own) });
            match world.block_on(pool.terminate_child(&child)) {
                Ok(()) | Err(ChildError::NotFound(_)) => {}
                Err(other) => panic!("{other}"),
            }
            assert!(!child.is_alive() && pool.is_empty());
            world.run_until_idle();
            assert!(!child.is_alive() && pool.is_empty(), "it is not restarted");
            world.block_on(pool.shutdown());
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn two_who_stop_one_child_both_find_it_gone() {
    for fault in [Fault::None, Fault::EndlessTerminate] {
        each_seed(50, |world, runtime| {
            let pool = started(world, runtime);
            let child = world.block_on(pool.start_child(&faulty(&Diary::default()), fault)).unwrap();
            let terminate = || async {
                let stopped = pool.terminate_child(&child).await;
                assert!(!child.is_alive() && pool.is_empty());
                // Where it had its end before the second asked, there is no such child.
                stopped.map_or_else(|error| assert!(matches!(error, ChildError::NotFound(_)), "{error}"), drop);
            };
            world.block_on(join(terminate(), terminate()));
            world.block_on(pool.shutdown());
            assert_gone(world, &pool);
        });
    }
}

#[test]
fn whoever_stops_waiting_leaves_the_time_to_the_supervisor() {
    each_seed(30, |world, runtime| {
        let pool = started(world, runtime);
        let template = faulty(&Diary::default()).shutdown(Shutdown::Timeout(3 * SECOND));
        let child = world.block_on(pool.start_child(&template, Fault::EndlessTerminate)).unwrap();
        assert!(given_up(world, pool.terminate_child(&child)));
        world.advance(2 * SECOND);
        assert_eq!((child.is_alive(), pool.len()), (true, 1));
        world.advance(2 * SECOND);
        assert_eq!((child.is_alive(), pool.len()), (false, 0));
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_child_of_another_supervisor_is_not_found() {
    each_seed(10, |world, runtime| {
        let (pool, other) = (started(world, runtime), started(world, runtime));
        let template = plain(&Diary::default());
        let child = world.block_on(pool.start_child(&template, "a")).unwrap();
        let refused = world.block_on(other.terminate_child(&child)).unwrap_err();
        assert!(matches!(&refused, ChildError::NotFound(name) if *name == "plain"), "{refused}");
        let alone = runtime.spawn("alone", crate::support::Worker::new("alone", &Diary::default()));
        assert!(matches!(world.block_on(pool.terminate_child(&alone)), Err(ChildError::NotFound(_))));
        assert!(child.is_alive() && alone.is_alive());
        world.block_on(pool.terminate_child(&child)).unwrap();
        let refused = world.block_on(pool.terminate_child(&child));
        assert!(matches!(refused, Err(ChildError::NotFound(_))), "it is gone: {refused:?}");
        // Its place in the table may be another's now.
        let next = world.block_on(pool.start_child(&template, "b")).unwrap();
        assert!(matches!(world.block_on(pool.terminate_child(&child)), Err(ChildError::NotFound(_))));
        assert!(next.is_alive());
        alone.kill();
        world.block_on(join(pool.shutdown(), other.shutdown()));
        assert_gone(world, &pool);
    });
}

#[test]
fn names_are_free_when_the_child_is_gone() {
    each_seed(30, |world, runtime| {
        let registry = ProcessRegistry::local(runtime);
        let names = registry.names(&Namespace::new("sessions").unwrap());
        let pool = started(world, runtime);
        let template = plain(&Diary::default());
        let name = RegisteredName::new("first").unwrap();
        for round in 0..3 {
            let child = world.block_on(pool.start_child(&template, "a")).unwrap();
            // It would be refused as taken.
            world.block_on(names.register(&name, &child, Metadata::new())).unwrap();
            assert_eq!(names.whereis(&name), Some(child.process_ref()), "round {round}");
            world.block_on(pool.terminate_child(&child)).unwrap();
            assert_eq!(names.whereis(&name), None, "round {round}");
        }
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}

#[test]
fn a_child_can_stop_its_siblings_and_start_others() {
    each_seed(30, |world, runtime| {
        let pool = started(world, runtime);
        let template = plain(&Diary::default());
        let first = world.block_on(pool.start_child(&template, "a")).unwrap();
        let (own, victim) = (pool.clone(), first.clone());
        let busy = scripted(move |_, _| {
            let (pool, victim, template) = (own.clone(), victim.clone(), template.clone());
            async move {
                pool.terminate_child(&victim).await.map_err(foundation_core::Error::from)?;
                pool.start_child(&template, "b").await.map_err(foundation_core::Error::from)?;
                Ok(())
            }
        });
        let second = world.block_on(pool.start_child(&busy, ())).unwrap();
        assert!(!first.is_alive() && second.is_alive());
        assert_eq!(pool.len(), 2);
        world.block_on(pool.shutdown());
        assert_gone(world, &pool);
    });
}
