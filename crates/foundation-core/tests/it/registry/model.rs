//! Random histories of a registry in memory against a map.

use std::collections::BTreeMap;

use foundation_core::event::ProcessRef;
use foundation_core::port::registry::Metadata;
use foundation_core::registry::ProcessRegistry;
use foundation_core::{Backoff, ChildSpec, Code, Supervisor, Telemetry};
use foundation_memory::Simulation;
use proptest::prelude::*;

use super::{agents, name};
use crate::support::{Diary, SECOND, Worker, runtime_on};

const PROCESSES: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    Register(usize, u8, u8),
    Unregister(usize, u8),
    /// Ends a life; the supervisor starts the next.
    Kill(usize),
    Find(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0..PROCESSES, 0..5_u8, 0..3_u8).prop_map(|(who, name, word)| Step::Register(who, name, word)),
        3 => (0..PROCESSES, 0..5_u8).prop_map(|(who, name)| Step::Unregister(who, name)),
        2 => (0..PROCESSES).prop_map(Step::Kill),
        1 => (0..3_u8).prop_map(Step::Find),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_registry_agrees_with_a_map(seed: u64, steps in proptest::collection::vec(step(), 1..80)) {
        let world = Simulation::new(seed);
        let runtime = runtime_on(&world, Telemetry::none());
        let mut supervisor = Supervisor::one_for_one().intensity(1_000, SECOND);
        let mut processes = Vec::new();
        for kind in ["p0", "p1", "p2", "p3"] {
            let child = ChildSpec::new(kind, move || Worker::new(kind, &Diary::default())).backoff(Backoff::default());
            processes.push(child.address());
            supervisor = supervisor.child(child);
        }
        let tree = world.block_on(runtime.supervise("tree", supervisor)).unwrap();
        let names = ProcessRegistry::local(&runtime).names(&agents());
        let mut model: BTreeMap<String, (ProcessRef, u8)> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Register(who, number, word) => {
                    let (text, owner) = (format!("n{number}"), processes[who].process_ref());
                    let words = Metadata::from([("word".to_owned(), word.to_string())]);
                    let done = world.block_on(names.register(&name(&text), &processes[who], words));
                    match model.get(&text) {
                        Some((other, _)) if *other != owner => {
                            prop_assert_eq!(done.unwrap_err().code(), Code::NameTaken);
                        }
                        _ => {
                            prop_assert_eq!(done.unwrap(), owner);
                            model.insert(text, (owner, word));
                        }
                    }
                }
                Step::Unregister(who, number) => {
                    let (text, owner) = (format!("n{number}"), processes[who].process_ref());
                    let had = model.get(&text).is_some_and(|(other, _)| *other == owner);
                    let done = world.block_on(names.unregister(&name(&text), &processes[who])).unwrap();
                    prop_assert_eq!(done, had);
                    if had {
                        model.remove(&text);
                    }
                }
                Step::Kill(who) => {
                    let life = processes[who].process_ref();
                    processes[who].kill();
                    world.advance(60 * SECOND);
                    prop_assert_eq!(processes[who].process_ref().incarnation, life.incarnation + 1);
                    model.retain(|_, (owner, _)| *owner != life);
                }
                Step::Find(word) => {
                    let found = names.find("word", &word.to_string());
                    let found: Vec<_> = found.iter().map(|named| named.name.as_str().to_owned()).collect();
                    let wanted = model.iter().filter(|(_, (_, other))| *other == word);
                    prop_assert_eq!(found, wanted.map(|(text, _)| text.clone()).collect::<Vec<_>>());
                }
            }
            for number in 0..5_u8 {
                let text = format!("n{number}");
                prop_assert_eq!(names.whereis(&name(&text)), model.get(&text).map(|(owner, _)| *owner));
            }
            prop_assert_eq!(names.len(), model.len());
        }
        world.block_on(tree.shutdown());
        prop_assert!(names.is_empty());
    }
}
