//! What is said about registered processes, and who hears of changes.

use foundation_core::port::registry::Metadata;
use foundation_core::registry::{NameChange, Named, Names, ProcessRegistry, ReleaseReason, WatchSettings};
use foundation_core::{Address, Code, Exit, Runtime};
use foundation_memory::Simulation;
use futures_util::{FutureExt as _, StreamExt as _};

use super::{agents, name};
use crate::support::{Diary, Do, Worker, each_seed};

fn words(role: &str, at: &str) -> Metadata {
    Metadata::from([("role".to_owned(), role.to_owned()), ("at".to_owned(), at.to_owned())])
}

fn scene(world: &Simulation, runtime: &Runtime) -> (Names, Vec<Address<Do>>) {
    let names = ProcessRegistry::local(runtime).names(&agents());
    let mut owners = Vec::new();
    for (text, metadata) in [
        ("a", words("coder", "berlin")),
        ("b", words("tester", "bern")),
        ("c", words("coder", "oslo")),
        ("d", Metadata::new()),
    ] {
        let owner = runtime.spawn("worker", Worker::new("w", &Diary::default()));
        world.block_on(names.register(&name(text), &owner, metadata)).unwrap();
        owners.push(owner);
    }
    (names, owners)
}

fn texts(found: &[Named]) -> String {
    found.iter().map(|named| named.name.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn searches_follow_registrations_updates_and_deaths() {
    each_seed(4, |world, runtime| {
        let (names, owners) = scene(world, runtime);
        assert_eq!(texts(&names.find("role", "coder")), "a c");
        assert_eq!(texts(&names.find_containing("at", "ber")), "a b");
        assert_eq!(texts(&names.find_containing("at", "")), "a b c");
        assert_eq!(texts(&names.find_where(|named| named.metadata.is_empty())), "d");
        assert_eq!(texts(&names.find("unheard", "of")), "");
        let found = names.lookup(&name("a")).unwrap();
        assert_eq!((found.process, &*found.metadata), (owners[0].process_ref(), &words("coder", "berlin")));

        world.block_on(names.update_metadata(&name("a"), &owners[0], words("tester", "rome"))).unwrap();
        assert_eq!(
            (texts(&names.find("role", "coder")), texts(&names.find("role", "tester"))),
            ("c".into(), "a b".into())
        );
        let refused = world.block_on(names.update_metadata(&name("a"), &owners[1], Metadata::new())).unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);

        owners[1].kill();
        world.run_until_idle();
        assert_eq!(texts(&names.find("role", "tester")), "a");
        world.block_on(names.register(&name("b"), &owners[2], Metadata::new())).unwrap();
        assert_eq!(texts(&names.find_containing("at", "")), "a c", "the words of the dead are gone");
        world.block_on(names.unregister(&name("c"), &owners[2])).unwrap();
        assert_eq!(texts(&names.find_containing("role", "")), "a");
    });
}

fn told(watch: &mut foundation_core::registry::NameWatch) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(Some(change)) = watch.next().now_or_never() {
        told.push(match change {
            NameChange::Missed => "missed".to_owned(),
            NameChange::Current => "current".to_owned(),
            NameChange::Registered { name, .. } => format!("+{name}"),
            NameChange::Released { name, reason: ReleaseReason::Unregistered, .. } => format!("-{name}"),
            NameChange::Released { name, reason: ReleaseReason::Ended(exit), .. } => format!("-{name}: {exit}"),
            other => format!("{other:?}"),
        });
    }
    told
}

#[test]
fn a_watch_tells_what_stands_and_what_changes_with_its_reason() {
    each_seed(4, |world, runtime| {
        let (names, owners) = scene(world, runtime);
        let mut all = names.watch(WatchSettings::default());
        let mut one = names.watch(WatchSettings { name: Some(name("b")), ..WatchSettings::default() });
        assert_eq!(told(&mut all), ["+a", "+b", "+c", "+d", "current"]);
        assert_eq!(told(&mut one), ["+b", "current"]);
        owners[0].kill();
        world.run_until_idle();
        owners[1].stop(Exit::Normal);
        world.run_until_idle();
        world.block_on(names.unregister(&name("c"), &owners[2])).unwrap();
        world.block_on(names.register(&name("b"), &owners[2], Metadata::new())).unwrap();
        assert_eq!(told(&mut all), ["-a: killed", "-b: done", "-c", "+b"]);
        assert_eq!(told(&mut one), ["-b: done", "+b"]);
    });
}

#[test]
fn a_slow_watcher_is_told_that_it_missed_some_and_what_stands() {
    each_seed(4, |world, runtime| {
        let (names, owners) = scene(world, runtime);
        let mut watch = names.watch(WatchSettings { name: None, capacity: 2 });
        assert_eq!(told(&mut watch).len(), 5);
        for text in ["e", "f", "g"] {
            world.block_on(names.register(&name(text), &owners[0], Metadata::new())).unwrap();
        }
        world.block_on(names.unregister(&name("f"), &owners[0])).unwrap();
        assert_eq!(told(&mut watch), ["missed", "+a", "+b", "+c", "+d", "+e", "+g", "current"]);
        world.block_on(names.unregister(&name("g"), &owners[0])).unwrap();
        assert_eq!(told(&mut watch), ["-g"]);
    });
}
