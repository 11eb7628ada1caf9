//! A child's own budget of restarts.

use foundation_core::{
    Address, ChildSpec, ChildState, Exit, Refusal, Runtime, SendError, Supervisor, SupervisorHandle, WhenSpent,
};
use foundation_memory::Simulation;

use crate::support::{Diary, Do, SECOND, Worker, each_seed};

/// A child with a budget of two restarts beside one without, below a supervisor that tolerates none.
fn started(
    world: &Simulation,
    runtime: &Runtime,
    when_spent: WhenSpent,
) -> (Address<Do>, Address<Do>, SupervisorHandle) {
    let spec = |name| ChildSpec::new(name, move || Worker::new(name, &Diary::default()));
    let (frail, sibling) = (spec("frail").budget(2, 10 * SECOND, when_spent), spec("sibling"));
    let addresses = (frail.address(), sibling.address());
    let tree = Supervisor::one_for_one().intensity(0, SECOND).child(frail).child(sibling);
    let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
    for life in 2..=3 {
        addresses.0.kill();
        world.run_until_idle();
        assert_eq!(addresses.0.process_ref().incarnation, life, "within its budget it costs nobody else anything");
    }
    addresses.0.kill();
    world.run_until_idle();
    (addresses.0, addresses.1, tree)
}

#[test]
fn a_spent_child_stays_ended_and_its_siblings_run() {
    each_seed(10, |world, runtime| {
        let (frail, sibling, tree) = started(world, runtime, WhenSpent::Stop);
        assert_eq!(world.block_on(tree.children())[0].state, ChildState::Stopped);
        assert!(matches!(frail.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::Stopped(_), .. })));
        assert_eq!(sibling.process_ref().incarnation, 1);
        assert!(sibling.is_alive() && tree.address().is_alive());
    });
}

#[test]
fn a_quarantined_child_is_shown_and_can_be_brought_back() {
    each_seed(10, |world, runtime| {
        let (frail, sibling, tree) = started(world, runtime, WhenSpent::Quarantine);
        assert_eq!(world.block_on(tree.children())[0].state, ChildState::Quarantined);
        assert!(matches!(frail.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::NotRunning, .. })));
        assert!(sibling.is_alive());
        world.block_on(tree.restart_child("frail")).unwrap();
        for _ in 0..2 {
            assert!(frail.is_alive(), "with a whole budget");
            frail.kill();
            world.run_until_idle();
        }
        assert!(frail.is_alive());
        frail.kill();
        world.run_until_idle();
        assert_eq!(world.block_on(tree.children())[0].state, ChildState::Quarantined);
    });
}

#[test]
fn a_spent_child_may_take_its_supervisor_along() {
    each_seed(10, |world, runtime| {
        let (_frail, sibling, tree) = started(world, runtime, WhenSpent::Escalate);
        assert!(matches!(world.block_on(tree.exited()), Exit::GaveUp(at) if at.child == "frail"));
        assert!(!sibling.is_alive());
    });
}
