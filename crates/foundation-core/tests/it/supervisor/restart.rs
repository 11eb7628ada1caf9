//! Which ends lead to a restart, and what a restart keeps.

use foundation_core::{CallError, ChildSpec, ChildState, Exit, Refusal, Restart, SendError, Supervisor};

use crate::support::{Diary, Do, SECOND, Worker, each_seed, failure};

fn child(restart: Restart, diary: &Diary) -> ChildSpec<Do> {
    let diary = diary.clone();
    ChildSpec::new("child", move || Worker::new("w", &diary)).restart(restart)
}

#[test]
fn the_restart_policy_judges_the_end() {
    type End = (&'static str, fn() -> Exit);
    let ends: [End; 5] = [
        ("normal", || Exit::Normal),
        ("shutdown", || Exit::Shutdown),
        ("failed", || failure("planned")),
        ("killed", || Exit::Killed),
        ("panicked", || Exit::Panicked("planned".into())),
    ];
    for (name, exit) in ends {
        for restart in [Restart::Permanent, Restart::Transient, Restart::Temporary] {
            let expected = match restart {
                Restart::Permanent => true,
                Restart::Transient => !["normal", "shutdown"].contains(&name),
                Restart::Temporary => false,
            };
            each_seed(5, |world, runtime| {
                let spec = child(restart, &Diary::default());
                let address = spec.address();
                let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
                match name {
                    "killed" => address.kill(),
                    "panicked" => {
                        let call = world.block_on(address.call(Do::PanicWith, SECOND));
                        assert!(matches!(call, Err(CallError::Down(Exit::Panicked(_)))));
                    }
                    _ => address.stop(exit()),
                }
                world.run_until_idle();
                assert_eq!(address.is_alive(), expected, "{restart:?} after {name}");
                let children = world.block_on(tree.children());
                match (expected, restart) {
                    (true, _) => {
                        assert_eq!((children[0].state, children[0].restarts), (ChildState::Running, 1));
                        assert_eq!(address.process_ref().incarnation, 2);
                    }
                    (false, Restart::Temporary) => assert!(children.is_empty(), "a temporary child is forgotten"),
                    (false, _) => assert_eq!(children[0].state, ChildState::Stopped),
                }
                if !expected {
                    assert!(matches!(
                        address.try_cast(Do::Note(1)),
                        Err(SendError { reason: Refusal::Stopped(_), .. })
                    ));
                    assert!(world.block_on(address.running()).is_err());
                }
                assert!(tree.address().is_alive());
            });
        }
    }
}

#[test]
fn a_restart_keeps_the_address_and_the_number_and_loses_state_and_mail() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let spec = child(Restart::Permanent, &diary);
        let address = spec.address();
        world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        let before = address.process_ref();
        address.try_cast(Do::Sleep(SECOND)).unwrap();
        world.run_until_idle();
        address.try_cast(Do::Note(1)).unwrap();
        address.kill();
        world.run_until_idle();
        let after = address.process_ref();
        assert_eq!((after.process, after.incarnation), (before.process, before.incarnation + 1));
        address.try_cast(Do::Note(2)).unwrap();
        world.run_until_idle();
        assert_eq!(diary.take(), ["w init", "w dropped", "w init", "w 2"]);
        assert_eq!(runtime.ledger().undelivered, 1);
    });
}

#[test]
fn one_for_one_leaves_the_siblings_alone() {
    each_seed(20, |world, runtime| {
        let specs = ["a", "b", "c"].map(|name| ChildSpec::new(name, move || Worker::new(name, &Diary::default())));
        let addresses = [specs[0].address(), specs[1].address(), specs[2].address()];
        let tree = specs.into_iter().fold(Supervisor::one_for_one(), Supervisor::child);
        world.block_on(runtime.supervise("tree", tree)).unwrap();
        addresses[1].kill();
        world.run_until_idle();
        assert_eq!(addresses.map(|address| address.process_ref().incarnation), [1, 2, 1]);
    });
}

#[test]
fn a_child_that_ends_right_after_its_init_is_judged_by_its_own_reason() {
    each_seed(50, |world, runtime| {
        let diary = Diary::default();
        let spec = child(Restart::Transient, &diary);
        let address = spec.address();
        let own = address.clone();
        // Sent before the supervisor has heard of the init.
        world.spawner().spawn("hasty", async move {
            let _ = own.running().await;
            let _ = own.try_cast(Do::with(|ctx| ctx.stop(Exit::Normal)));
        });
        world.run_until_idle();
        let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        world.run_until_idle();
        assert!(!address.is_alive());
        assert_eq!(world.block_on(tree.children())[0].restarts, 0, "a done transient child stays ended");
    });
}
