//! Starting: in order, each after the one before, all or none.

use foundation_core::{ChildSpec, ChildState, Exit, Refusal, SendError, Supervisor};

use crate::support::{Diary, Do, Fault, SECOND, Worker, each_seed};

fn child(name: &'static str, diary: &Diary, fault: Fault) -> ChildSpec<Do> {
    let diary = diary.clone();
    ChildSpec::new(name, move || Worker::new(name, &diary).fault(fault))
}

#[test]
fn children_start_in_order_each_after_the_init_of_the_one_before() {
    each_seed(30, |world, runtime| {
        let diary = Diary::default();
        let inner =
            Supervisor::one_for_one().child(child("c", &diary, Fault::None)).child(child("d", &diary, Fault::None));
        let tree = Supervisor::one_for_one()
            .child(child("a", &diary, Fault::None))
            .child(child("b", &diary, Fault::None))
            .child(ChildSpec::supervisor("inner", inner))
            .child(child("e", &diary, Fault::None));
        let tree = world.block_on(runtime.supervise("tree", tree)).unwrap();
        assert_eq!(diary.take(), ["a init", "b init", "c init", "d init", "e init"]);
        let children = world.block_on(tree.children());
        let names: Vec<_> = children.iter().map(|child| child.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "inner", "e"]);
        assert!(children.iter().all(|child| child.state == ChildState::Running && child.restarts == 0));
        assert_eq!(children[2].children.len(), 2);
        assert_eq!(children[0].process_ref.incarnation, 1);
    });
}

#[test]
fn a_failed_start_stops_those_before_in_reverse_order() {
    for fault in [Fault::FailInit, Fault::PanicInInit, Fault::PanicInSettings] {
        each_seed(20, |world, runtime| {
            let diary = Diary::default();
            let spec = child("a", &diary, Fault::None);
            let address = spec.address();
            let tree = Supervisor::one_for_one()
                .child(spec)
                .child(child("b", &diary, Fault::None))
                .child(child("c", &diary, fault))
                .child(child("d", &diary, Fault::None));
            let error = world.block_on(runtime.supervise("tree", tree)).unwrap_err();
            assert_eq!(error.child, "c");
            assert!(matches!(error.reason, Exit::Failed(_) | Exit::Panicked(_)), "{error}");
            let entries: Vec<_> = diary.take().into_iter().filter(|entry| !entry.starts_with('c')).collect();
            assert_eq!(
                entries,
                ["a init", "b init", "b terminate: stopped", "b dropped", "a terminate: stopped", "a dropped"]
            );
            assert!(matches!(
                address.try_cast(Do::Note(1)),
                Err(SendError { reason: Refusal::Stopped(Exit::Shutdown), .. })
            ));
        });
    }
}

#[test]
fn a_failed_start_below_is_a_failed_start_above() {
    each_seed(20, |world, runtime| {
        let diary = Diary::default();
        let inner =
            Supervisor::one_for_one().child(child("b", &diary, Fault::None)).child(child("c", &diary, Fault::FailInit));
        let tree = Supervisor::one_for_one()
            .child(child("a", &diary, Fault::None))
            .child(ChildSpec::supervisor("inner", inner));
        let error = world.block_on(runtime.supervise("tree", tree)).unwrap_err();
        assert_eq!(error.child, "inner");
        assert_eq!(
            error.to_string(),
            "start child `inner`: child `c` did not start: failed: [2401] init (this is a defect: report it with the log)"
        );
        let stops: Vec<_> = diary.take().into_iter().filter(|entry| entry.ends_with("stopped")).collect();
        assert_eq!(stops, ["b terminate: stopped", "a terminate: stopped"]);
    });
}

#[test]
fn a_factory_that_panics_is_a_failed_start() {
    each_seed(5, |world, runtime| {
        let spec = ChildSpec::new("child", || -> Worker { panic!("planned in the factory") });
        let error = world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap_err();
        assert!(matches!(&error.reason, Exit::Panicked(text) if &**text == "planned in the factory"));
    });
}

#[test]
fn two_children_of_one_name_are_refused() {
    each_seed(5, |world, runtime| {
        let diary = Diary::default();
        let tree =
            Supervisor::one_for_one().child(child("a", &diary, Fault::None)).child(child("a", &diary, Fault::None));
        let error = world.block_on(runtime.supervise("tree", tree)).unwrap_err();
        assert_eq!(foundation_core::Error::from(error).code(), foundation_core::Code::InvalidInput);
        assert_eq!(diary.take(), [""; 0], "nothing was started");
    });
}

#[test]
fn an_address_is_there_before_the_start() {
    each_seed(10, |world, runtime| {
        let spec = child("a", &Diary::default(), Fault::None);
        let address = spec.address();
        assert!(matches!(address.try_cast(Do::Note(1)), Err(SendError { reason: Refusal::NotRunning, .. })));
        assert!(matches!(
            world.block_on(address.call(Do::Keep, SECOND)),
            Err(foundation_core::CallError::NotSent(Refusal::NotRunning))
        ));
        let waiting = address.clone();
        let (sender, receiver) = futures_channel::oneshot::channel();
        world.spawner().spawn("waiting", async move {
            sender.send(waiting.running().await.is_ok()).unwrap();
        });
        world.run_until_idle();
        world.block_on(runtime.supervise("tree", Supervisor::one_for_one().child(spec))).unwrap();
        assert!(world.block_on(receiver).unwrap());
        address.try_cast(Do::Note(1)).unwrap();
    });
}

#[test]
fn whoever_waits_for_a_child_that_nobody_will_start_is_told() {
    each_seed(10, |world, _| {
        let specs = ["unused", "in an unused supervisor"].map(|name| child(name, &Diary::default(), Fault::None));
        let addresses = specs.each_ref().map(ChildSpec::address);
        let [unused, below] = specs;
        let tree =
            Supervisor::one_for_one().child(ChildSpec::supervisor("inner", Supervisor::one_for_one().child(below)));
        let (sender, mut told) = futures_channel::mpsc::unbounded();
        for address in addresses {
            let sender = sender.clone();
            world.spawner().spawn("waiting", async move {
                sender.unbounded_send(address.running().await.is_err()).unwrap();
            });
        }
        world.run_until_idle();
        assert!(told.try_recv().is_err(), "they wait");
        drop((unused, tree));
        world.run_until_idle();
        assert!(told.try_recv().unwrap() && told.try_recv().unwrap());
    });
}
