//! A registry in memory: who gets a name, and when it is free again.

use std::time::Duration;

use foundation_core::port::registry::{METADATA_BYTES, Metadata};
use foundation_core::registry::{Names, ProcessRegistry};
use foundation_core::{Address, Code, Exit, Result, Runtime, Telemetry};
use foundation_memory::Simulation;

use super::{agents, name};
use crate::support::{Diary, Do, Worker, each_seed, runtime_on};

fn names(runtime: &Runtime) -> Names {
    ProcessRegistry::local(runtime).names(&agents())
}

fn worker(runtime: &Runtime) -> Address<Do> {
    runtime.spawn("worker", Worker::new("w", &Diary::default()))
}

fn register(world: &Simulation, names: &Names, text: &str, address: &Address<Do>) -> Result<()> {
    world.block_on(names.register(&name(text), address, Metadata::new())).map(drop)
}

#[test]
fn a_name_has_one_owner_until_it_is_given_back() {
    each_seed(8, |world, runtime| {
        let names = names(runtime);
        let (first, second) = (worker(runtime), worker(runtime));
        register(world, &names, "a", &first).unwrap();
        assert_eq!(names.whereis(&name("a")), Some(first.process_ref()));
        assert_eq!(names.address::<Do>(&name("a")), Some(first.clone()));
        assert!(names.address::<u64>(&name("a")).is_none(), "it takes other messages");

        let refused = register(world, &names, "a", &second).unwrap_err();
        assert_eq!(refused.code(), Code::NameTaken);
        assert!(refused.to_string().contains("process 1 (life 1) of node `test`"), "{refused}");
        assert!(!world.block_on(names.unregister(&name("a"), &second)).unwrap(), "it is not its name");
        assert_eq!(names.whereis(&name("a")), Some(first.process_ref()));

        assert!(world.block_on(names.unregister(&name("a"), &first)).unwrap());
        assert_eq!(names.whereis(&name("a")), None);
        register(world, &names, "a", &second).unwrap();
        assert_eq!((names.whereis(&name("a")), names.len()), (Some(second.process_ref()), 1));
    });
}

/// Whoever hears of an end finds the names of the dead free.
#[test]
fn names_are_gone_before_the_end_is_told() {
    each_seed(24, |world, runtime| {
        let names = names(runtime);
        let owner = worker(runtime);
        for text in ["a", "b", "c"] {
            register(world, &names, text, &owner).unwrap();
        }
        let watcher = worker(runtime);
        let (of_owner, seen) = (owner.clone(), names.clone());
        world
            .block_on(watcher.cast(Do::with(move |ctx| {
                ctx.monitor(&of_owner);
            })))
            .unwrap();
        let told = world.block_on(async {
            owner.kill();
            owner.exited().await;
            (seen.len(), seen.whereis(&name("a")), seen.whereis(&name("c")))
        });
        assert_eq!(told, (0, None, None));
        register(world, &names, "a", &watcher).unwrap();
    });
}

#[test]
fn only_what_runs_here_can_have_a_name() {
    let world = Simulation::new(1);
    let (runtime, other) = (runtime_on(&world, Telemetry::none()), runtime_on(&world, Telemetry::none()));
    let names = names(&runtime);
    let gone = worker(&runtime);
    gone.stop(Exit::Normal);
    world.run_until_idle();
    let refused = register(&world, &names, "a", &gone).unwrap_err();
    assert_eq!(refused.code(), Code::ProcessDown);
    assert!(refused.to_string().contains("process 1 (life 1) is not running"), "{refused}");

    let foreign = register(&world, &names, "a", &worker(&other)).unwrap_err();
    assert_eq!(foreign.code(), Code::InvalidInput);

    let words = Metadata::from([("key".to_owned(), "x".repeat(METADATA_BYTES))]);
    let long = world.block_on(names.register(&name("a"), &worker(&runtime), words)).unwrap_err();
    assert_eq!(long.code(), Code::InvalidInput);
    assert!(names.is_empty());
}

/// A process that takes and gives back names all its life leaves nothing behind, whatever it has at its end.
#[test]
fn a_life_that_gave_names_back_frees_what_it_has_at_its_end() {
    each_seed(8, |world, runtime| {
        let names = names(runtime);
        let (owner, other) = (worker(runtime), worker(runtime));
        for round in 0..40 {
            register(world, &names, "first", &owner).unwrap();
            register(world, &names, &format!("a{round}"), &owner).unwrap();
            assert!(world.block_on(names.unregister(&name("first"), &owner)).unwrap());
        }
        register(world, &names, "first", &other).unwrap();
        assert_eq!(names.len(), 41);
        owner.kill();
        world.advance(Duration::from_secs(1));
        assert_eq!((names.len(), names.whereis(&name("first"))), (1, Some(other.process_ref())));
    });
}
