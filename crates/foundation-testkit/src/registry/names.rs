//! Registering, looking up, releasing.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::event::ProcessRef;
use foundation_core::port::registry::{METADATA_BYTES, Metadata, Namespace, Owner, Registry};

use super::{agents, listed, name, open, owner, process, registered, words};
use crate::case::refused;
use crate::world::World;

/// What was registered is found with its owner and words; what was not is not.
pub async fn registered_names_are_found(_: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    assert_eq!(registry.lookup(&agents(), &name("a")).await.unwrap(), None);
    let metadata = words(&[("role", "sampler"), ("", "")]);
    let registration =
        registry.register(&session, &agents(), &name("a.b-c_d"), process(1), metadata.clone()).await.unwrap();
    assert_eq!(registration.name, name("a.b-c_d"));
    let expected = Owner { node: session.node.clone(), boot: session.boot, process: process(1) };
    assert_eq!((&registration.owner, &registration.metadata), (&expected, &metadata));
    assert_eq!(registry.lookup(&agents(), &name("a.b-c_d")).await.unwrap(), Some(registration.clone()));
    assert_eq!(registry.list(&agents()).await.unwrap(), [registration]);
}

/// A namespace is listed in the order of names, and apart from others.
pub async fn namespaces_are_listed_apart(_: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    let other = Namespace::new("agents2").unwrap();
    assert_eq!(listed(&**registry).await, Vec::<String>::new());
    for (number, text) in (1..).zip(["b", "a.1", "c", "a"]) {
        registered(&**registry, &session, text, process(number)).await;
    }
    registry.register(&session, &other, &name("a"), process(9), Metadata::new()).await.unwrap();
    assert_eq!(listed(&**registry).await, ["a", "a.1", "b", "c"]);
    assert_eq!(owner(&**registry, "a").await, Some(process(4)));
    let elsewhere = registry.lookup(&other, &name("a")).await.unwrap().unwrap();
    assert_eq!(elsewhere.owner.process, process(9));
}

/// A taken name is refused, to other processes and other nodes, and the error names the node that has it.
pub async fn a_taken_name_is_refused(_: &World, registry: &Arc<dyn Registry>) {
    let (one, two) = (open(&**registry, "n1").await, open(&**registry, "n2").await);
    registered(&**registry, &one, "a", process(1)).await;
    for (session, process) in [(&one, process(2)), (&two, process(2)), (&two, process(1))] {
        let result = registry.register(session, &agents(), &name("a"), process, Metadata::new()).await;
        let error = refused(result, Code::NameTaken, "register a taken name");
        assert!(error.what().contains("n1"), "the owner is not named: {error}");
    }
    assert_eq!(owner(&**registry, "a").await, Some(process(1)));
}

/// Registering again by the same owner replaces its words.
pub async fn an_owner_replaces_its_words(_: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    let first = registered(&**registry, &session, "a", process(1)).await;
    let second =
        registry.register(&session, &agents(), &name("a"), process(1), words(&[("state", "busy")])).await.unwrap();
    assert!(second.revision > first.revision);
    assert_eq!(registry.lookup(&agents(), &name("a")).await.unwrap(), Some(second));
}

/// Only its owner frees a name; afterwards anybody may have it.
pub async fn only_the_owner_frees_a_name(_: &World, registry: &Arc<dyn Registry>) {
    let (one, two) = (open(&**registry, "n1").await, open(&**registry, "n2").await);
    registered(&**registry, &one, "a", ProcessRef { process: 1, incarnation: 2 }).await;
    let release = async |session, process| registry.unregister(session, &agents(), &name("a"), process).await.unwrap();
    assert!(!release(&one, process(2)).await, "another process");
    assert!(!release(&one, process(1)).await, "an earlier life");
    assert!(!release(&two, ProcessRef { process: 1, incarnation: 2 }).await, "the same number on another node");
    assert!(owner(&**registry, "a").await.is_some());
    assert!(release(&one, ProcessRef { process: 1, incarnation: 2 }).await);
    assert_eq!(owner(&**registry, "a").await, None);
    assert!(!release(&one, ProcessRef { process: 1, incarnation: 2 }).await, "a name that is free");
    registered(&**registry, &two, "a", process(7)).await;
    assert_eq!(owner(&**registry, "a").await, Some(process(7)));
}

/// The end of a life frees all its names in every namespace, says how many, and frees nothing else.
pub async fn the_end_of_a_life_frees_its_names(_: &World, registry: &Arc<dyn Registry>) {
    let (one, two) = (open(&**registry, "n1").await, open(&**registry, "n2").await);
    let other = Namespace::new("services").unwrap();
    for text in ["a", "b", "c"] {
        registered(&**registry, &one, text, process(1)).await;
    }
    registry.register(&one, &other, &name("a"), process(1), Metadata::new()).await.unwrap();
    registered(&**registry, &one, "kept1", process(2)).await;
    registered(&**registry, &two, "kept2", process(1)).await;
    assert!(registry.unregister(&one, &agents(), &name("c"), process(1)).await.unwrap());
    assert_eq!(registry.release_all(&one, process(1)).await.unwrap(), 3);
    assert_eq!(listed(&**registry).await, ["kept1", "kept2"]);
    assert_eq!(registry.list(&other).await.unwrap(), []);
    assert_eq!(registry.release_all(&one, process(1)).await.unwrap(), 0);
}

/// A release that comes late, by an earlier life, does nothing to the later life's names.
pub async fn a_late_release_is_harmless(_: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    let (earlier, later) = (process(1), ProcessRef { process: 1, incarnation: 2 });
    registered(&**registry, &session, "a", earlier).await;
    assert_eq!(registry.release_all(&session, earlier).await.unwrap(), 1);
    registered(&**registry, &session, "a", later).await;
    assert_eq!(registry.release_all(&session, earlier).await.unwrap(), 0);
    assert!(!registry.unregister(&session, &agents(), &name("a"), earlier).await.unwrap());
    assert_eq!(owner(&**registry, "a").await, Some(later));
}

/// As many words as the port allows are taken; one more byte is refused, and nothing is registered.
pub async fn words_up_to_the_limit(_: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    let register = async |text, bytes: usize| {
        let metadata = words(&[("key", &"x".repeat(bytes - 3))]);
        registry.register(&session, &agents(), &name(text), process(1), metadata).await
    };
    let full = register("a", METADATA_BYTES).await.unwrap();
    assert_eq!(registry.lookup(&agents(), &name("a")).await.unwrap(), Some(full));
    refused(register("b", METADATA_BYTES + 1).await, Code::InvalidInput, "too many words");
    assert_eq!(listed(&**registry).await, ["a"]);
}

/// Revisions rise over everything that is registered in a namespace, also over releases.
pub async fn registrations_rise(_: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    let mut seen = Vec::new();
    for number in 1..4 {
        seen.push(registered(&**registry, &session, "a", process(number)).await.revision);
        seen.push(registered(&**registry, &session, "b", process(number)).await.revision);
        registry.release_all(&session, process(number)).await.unwrap();
    }
    assert!(seen.is_sorted_by(|earlier, later| earlier < later), "{seen:?}");
}
