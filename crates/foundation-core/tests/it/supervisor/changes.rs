//! Children that are added, stopped, brought back and forgotten while their supervisor runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foundation_core::{
    ChildError, ChildSpec, ChildState, Code, Context, Error, Exit, Process, Refusal, Restart, SendError, Supervisor,
};

use crate::support::{Diary, Do, Fault, SECOND, Worker, each_seed};

fn child(name: &str, diary: &Diary) -> ChildSpec<Do> {
    let (diary, own) = (diary.clone(), name.to_owned());
    ChildSpec::new(name.to_owned(), move || Worker::new(own.clone(), &diary)).kind("worker")
}

#[test]
fn a_child_is_added_behind_the_others_and_lost_with_its_supervisor() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let first = child("a", &diary);
        let address = first.address();
        let tree = Supervisor::rest_for_one().intensity(1, SECOND).child(first);
        let inner = ChildSpec::supervisor("inner", tree);
        let supervisor = inner.address();
        let root = Supervisor::one_for_one().child(inner);
        let root = world.block_on(runtime.supervise("root", root)).unwrap();
        // The handle of a supervisor below is not to be had; the root takes the child.
        let added = world.block_on(root.start_child(child("b", &diary))).unwrap();
        assert_eq!(added.name(), "worker");
        added.try_cast(Do::Note(7)).unwrap();
        world.run_until_idle();
        assert_eq!(diary.take(), ["a init", "b init", "b 7"]);
        let names: Vec<_> = world.block_on(root.children()).iter().map(|child| child.name.to_string()).collect();
        assert_eq!(names, ["inner", "b"]);
        supervisor.kill();
        world.run_until_idle();
        assert!(address.is_alive() && added.is_alive());
        added.kill();
        world.run_until_idle();
        assert!(!root.address().is_alive(), "it counts like the others");
        assert!(matches!(added.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::Stopped(_), .. })));
    });
}

#[test]
fn a_name_that_is_taken_and_a_failed_start_are_refused() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let tree = Supervisor::one_for_one().child(child("a", &diary));
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        let again = world.block_on(tree.start_child(child("a", &diary))).unwrap_err();
        assert!(matches!(&again, ChildError::Running(name) if *name == "a"), "{again}");
        assert_eq!(Error::from(again).code(), Code::Conflict);
        world.block_on(tree.terminate_child("a")).unwrap();
        let again = world.block_on(tree.start_child(child("a", &diary))).unwrap_err();
        assert!(matches!(again, ChildError::AlreadyPresent(_)), "{again}");
        let own = diary.clone();
        let broken = ChildSpec::new("broken", move || Worker::new("broken", &own).fault(Fault::FailInit));
        let failed = world.block_on(tree.start_child(broken)).unwrap_err();
        assert!(matches!(&failed, ChildError::NotStarted(at) if at.child == "broken"), "{failed}");
        assert_eq!(world.block_on(tree.children()).len(), 1, "it is not kept");
        assert!(tree.address().is_alive(), "and counts for nothing");
    });
}

#[test]
fn a_child_is_stopped_brought_back_and_forgotten() {
    each_seed(10, |world, runtime| {
        let diary = Diary::default();
        let spec = child("a", &diary);
        let address = spec.address();
        let tree = Supervisor::one_for_one().child(spec).child(child("t", &diary).restart(Restart::Temporary));
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        let running = |result| matches!(result, Err(ChildError::Running(_)));
        assert!(running(world.block_on(tree.restart_child("a"))));
        assert!(running(world.block_on(tree.delete_child("a"))));
        diary.take();
        world.block_on(tree.terminate_child("a")).unwrap();
        world.block_on(tree.terminate_child("a")).unwrap();
        assert_eq!(diary.take(), ["a terminate: stopped", "a dropped"]);
        assert_eq!(world.block_on(tree.children())[0].state, ChildState::Stopped);
        world.block_on(tree.restart_child("a")).unwrap();
        assert_eq!(address.process_ref().incarnation, 2);
        world.block_on(tree.terminate_child("t")).unwrap();
        let unknown = |result| matches!(result, Err(ChildError::NotFound(_)));
        assert!(unknown(world.block_on(tree.restart_child("t"))), "a temporary child is forgotten");
        world.block_on(tree.terminate_child("a")).unwrap();
        world.block_on(tree.delete_child("a")).unwrap();
        assert!(unknown(world.block_on(tree.delete_child("a"))));
        assert!(world.block_on(tree.children()).is_empty());
        world.block_on(tree.shutdown());
        assert!(matches!(world.block_on(tree.delete_child("a")), Err(ChildError::SupervisorDown(_))));
    });
}

#[test]
fn a_child_that_waits_is_being_restarted() {
    each_seed(10, |world, runtime| {
        let spec = child("a", &Diary::default()).backoff(foundation_core::Backoff::default());
        let address = spec.address();
        let tree = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        address.kill();
        world.run_until_idle();
        for asked in [world.block_on(tree.restart_child("a")), world.block_on(tree.delete_child("a"))] {
            assert!(matches!(asked, Err(ChildError::Restarting(_))));
        }
        world.block_on(tree.terminate_child("a")).unwrap();
        world.advance(10 * SECOND);
        assert!(!address.is_alive(), "its restart was taken back");
    });
}

/// Has something to do only when it is told so.
struct Shy(Arc<AtomicBool>);

impl Process for Shy {
    type Message = ();

    async fn init(&mut self, _ctx: &mut Context<Self>) -> Result<(), Exit> {
        if self.0.load(Ordering::Relaxed) { Ok(()) } else { Err(Exit::Ignore) }
    }

    async fn handle(&mut self, (): (), _ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

#[test]
fn a_child_that_has_nothing_to_do_is_kept_and_the_next_one_starts() {
    each_seed(10, |world, runtime| {
        let (diary, wanted) = (Diary::default(), Arc::new(AtomicBool::new(false)));
        let shy = |name: &'static str| {
            let wanted = Arc::clone(&wanted);
            ChildSpec::new(name, move || Shy(Arc::clone(&wanted)))
        };
        let spec = shy("shy");
        let address = spec.address();
        let tree = Supervisor::one_for_one().intensity(0, SECOND).child(spec);
        let tree = tree.child(shy("short").restart(Restart::Temporary)).child(child("next", &diary));
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        assert_eq!(diary.take(), ["next init"]);
        let children = world.block_on(tree.children());
        let names: Vec<_> = children.iter().map(|child| child.name.as_str()).collect();
        assert_eq!(names, ["shy", "next"], "of a temporary child nothing is kept");
        assert_eq!(children[0].state, ChildState::Ignored);
        assert!(world.block_on(address.running()).is_err(), "nobody will start it by himself");
        assert!(world.block_on(tree.restart_child("shy")).is_ok() && !address.is_alive());
        wanted.store(true, Ordering::Relaxed);
        world.block_on(tree.restart_child("shy")).unwrap();
        assert!(address.is_alive() && tree.address().is_alive());
    });
}
