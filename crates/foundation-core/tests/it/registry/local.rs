//! A registry in memory: who gets a name, and when it is free again.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::NodeId;
use foundation_core::port::registry::{METADATA_BYTES, Metadata};
use foundation_core::registry::{Claim, Names, ProcessRegistry};
use foundation_core::{
    Address, Code, Context, Exit, Notice, Process, Result, Runtime, RuntimeParts, Spawner, Telemetry,
};
use foundation_memory::Simulation;
use parking_lot::Mutex;

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

/// Counts the names that it finds when it hears of an end.
struct Mourner {
    names: Names,
    watched: Address<Do>,
    found: Arc<Mutex<Option<(usize, bool)>>>,
}

impl Process for Mourner {
    type Message = ();

    async fn init(&mut self, ctx: &mut Context<Self>) -> std::result::Result<(), Exit> {
        ctx.monitor(&self.watched);
        Ok(())
    }

    async fn handle(&mut self, _: (), _: &mut Context<Self>) -> std::result::Result<(), Exit> {
        Ok(())
    }

    async fn notice(&mut self, _: Notice, _: &mut Context<Self>) -> std::result::Result<(), Exit> {
        *self.found.lock() = Some((self.names.len(), self.names.whereis(&name("a")).is_some()));
        Ok(())
    }
}

#[test]
fn names_are_gone_before_the_end_is_told() {
    each_seed(24, |world, runtime| {
        let names = names(runtime);
        let owner = worker(runtime);
        for text in ["a", "b", "c"] {
            register(world, &names, text, &owner).unwrap();
        }
        let found = Arc::default();
        let mourner = Mourner { names: names.clone(), watched: owner.clone(), found: Arc::clone(&found) };
        let mourner = runtime.spawn("mourner", mourner);
        world.run_until_idle();
        assert_eq!(*found.lock(), None);
        owner.kill();
        world.run_until_idle();
        assert_eq!(*found.lock(), Some((0, false)));
        world.block_on(names.register(&name("a"), &mourner, Metadata::new())).unwrap();
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

#[test]
fn several_names_are_registered_all_or_none() {
    each_seed(8, |world, runtime| {
        let names = names(runtime);
        let (owner, other, gone) = (worker(runtime), worker(runtime), worker(runtime));
        gone.kill();
        world.run_until_idle();
        register(world, &names, "taken", &other).unwrap();
        let claims = |last: &str, address: &Address<Do>| {
            vec![Claim::new(&name("a"), &owner), Claim::new(&name("b"), &other), Claim::new(&name(last), address)]
        };
        for (claims, code, text) in [
            (claims("taken", &owner), Code::NameTaken, "register `taken`"),
            (claims("a", &other), Code::NameTaken, "register `a`"),
            (claims("c", &gone), Code::ProcessDown, "register `c`"),
        ] {
            let refused = world.block_on(names.register_many(claims)).unwrap_err();
            assert_eq!(refused.code(), code);
            assert!(refused.to_string().contains(text), "{refused}");
            assert_eq!(names.len(), 1, "nothing of it stays");
        }
        world.block_on(names.register_many(claims("c", &owner))).unwrap();
        assert_eq!(names.len(), 4);
        owner.kill();
        world.run_until_idle();
        let left: Vec<_> = names.list().into_iter().map(|named| named.name).collect();
        assert_eq!(left, [name("b"), name("taken")]);
    });
}

/// Kills a process and waits until its end is told. It is asked for before the kill: who asks in the moment of the end
/// may be told while the names are still being freed.
async fn kill(owner: &Address<Do>) {
    let mut ended = Box::pin(owner.exited());
    let told = futures_util::poll!(&mut ended);
    assert!(told.is_pending(), "it lives");
    owner.kill();
    ended.await;
}

fn on_threads() -> (tokio::runtime::Runtime, Runtime) {
    let tokio = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let world = Simulation::new(1);
    let runtime = Runtime::new(RuntimeParts {
        clock: world.clock(),
        entropy: world.entropy(),
        spawner: tokio.block_on(async { Spawner::current().unwrap() }),
        node: NodeId::new("test").unwrap(),
        telemetry: Telemetry::none(),
    });
    (tokio, runtime)
}

/// Many threads want one name each time; exactly one gets it, and everybody else is told who.
#[test]
fn one_of_many_threads_gets_a_name() {
    let (tokio, runtime) = on_threads();
    let names = names(&runtime);
    tokio.block_on(async {
        for round in 0..200 {
            let name = name(&format!("n{}", round % 3));
            let owners: Vec<_> = (0..4).map(|_| worker(&runtime)).collect();
            let tries: Vec<_> = owners
                .iter()
                .map(|owner| {
                    let (names, name, owner) = (names.clone(), name.clone(), owner.clone());
                    tokio::runtime::Handle::current()
                        .spawn(async move { names.register(&name, &owner, Metadata::new()).await.is_ok() })
                })
                .collect();
            let mut winners = Vec::new();
            for (owner, registered) in owners.iter().zip(tries) {
                if registered.await.unwrap() {
                    winners.push(owner.process_ref());
                }
            }
            assert_eq!(winners.len(), 1, "round {round}");
            assert_eq!(names.whereis(&name), Some(winners[0]));
            for owner in &owners {
                kill(owner).await;
            }
            assert!(names.is_empty(), "round {round}");
        }
    });
}

/// A name that is asked for while its owner dies is registered and freed, or refused; nothing of it stays.
#[test]
fn what_dies_while_it_registers_leaves_nothing() {
    let (tokio, runtime) = on_threads();
    let names = names(&runtime);
    tokio.block_on(async {
        for round in 0..2_000 {
            let owner = worker(&runtime);
            let registering = {
                let (names, owner) = (names.clone(), owner.clone());
                tokio::runtime::Handle::current().spawn(async move {
                    for text in ["a", "b", "a", "c"] {
                        let done = names.register(&name(text), &owner, Metadata::new()).await;
                        assert!(done.is_ok() || !owner.is_alive(), "{done:?}");
                        if text == "b" && done.is_ok() {
                            names.unregister(&name("a"), &owner).await.unwrap();
                        }
                    }
                })
            };
            if round % 2 == 0 {
                tokio::runtime::Handle::current().spawn(async {}).await.unwrap();
            }
            kill(&owner).await;
            registering.await.unwrap();
            assert_eq!(names.list(), [], "round {round}");
        }
    });
}
