//! Significant children and the automatic shutdown.

use foundation_core::{AutoShutdown, ChildSpec, Code, Error, Exit, Restart, Supervisor};

use crate::support::{Diary, Do, SECOND, Worker, each_seed};

fn child(name: &'static str, diary: &Diary, restart: Restart) -> ChildSpec<Do> {
    let diary = diary.clone();
    ChildSpec::new(name, move || Worker::new(name, &diary)).restart(restart).significant(true)
}

#[test]
fn the_first_or_the_last_significant_child_that_is_done_ends_its_supervisor() {
    for auto_shutdown in [AutoShutdown::AnySignificant, AutoShutdown::AllSignificant] {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let specs = [child("a", &diary, Restart::Transient), child("b", &diary, Restart::Temporary)];
            let [a, b] = specs.each_ref().map(ChildSpec::address);
            let tree =
                specs.into_iter().fold(Supervisor::one_for_one().auto_shutdown(auto_shutdown), Supervisor::child);
            let tree = tree.child(child("c", &diary, Restart::Permanent).significant(false));
            let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
            a.kill();
            world.run_until_idle();
            assert!(a.is_alive(), "it was restarted, and counts as running");
            b.kill();
            world.run_until_idle();
            assert_eq!(tree.address().is_alive(), auto_shutdown == AutoShutdown::AllSignificant);
            diary.take();
            a.stop(Exit::Normal);
            assert!(matches!(world.block_on(tree.exited()), Exit::Shutdown));
            if auto_shutdown == AutoShutdown::AllSignificant {
                let seen = diary.take();
                assert_eq!(seen, ["a terminate: done", "a dropped", "c terminate: stopped", "c dropped"]);
            }
        });
    }
}

#[test]
fn being_stopped_for_a_sibling_or_on_request_does_not_count() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let other = child("other", &diary, Restart::Permanent).significant(false);
        let address = other.address();
        let tree = Supervisor::one_for_all().auto_shutdown(AutoShutdown::AnySignificant).intensity(9, SECOND);
        let tree = tree.child(child("a", &diary, Restart::Transient)).child(child("b", &diary, Restart::Temporary));
        let tree = world.block_on(runtime.supervise("tree", tree.child(other))).unwrap();
        address.kill();
        world.run_until_idle();
        world.block_on(tree.terminate_child("a")).unwrap();
        world.run_until_idle();
        assert!(tree.address().is_alive());
    });
}

#[test]
fn what_could_never_count_is_refused() {
    each_seed(3, |world, runtime| {
        let diary = Diary::default();
        let any = || Supervisor::one_for_one().auto_shutdown(AutoShutdown::AnySignificant);
        let never = Supervisor::one_for_one;
        for (supervisor, restart) in [(any(), Restart::Permanent), (never(), Restart::Transient)] {
            let tree = supervisor.child(child("a", &diary, restart));
            let error = world.block_on(runtime.supervise("tree", tree)).unwrap_err();
            assert_eq!(Error::from(error).code(), Code::InvalidConfiguration);
        }
        let tree = world.block_on(runtime.supervise("tree", never())).unwrap();
        let added = world.block_on(tree.start_child(child("a", &diary, Restart::Transient))).unwrap_err();
        assert_eq!(Error::from(added).code(), Code::InvalidConfiguration);
        assert_eq!(diary.take(), [""; 0], "nothing was started");
    });
}
