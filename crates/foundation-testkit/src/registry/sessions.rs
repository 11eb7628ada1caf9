//! Sessions: their end frees what they had.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::registry::{Metadata, Registry, Session};

use super::{agents, listed, name, open, owner, process, registered};
use crate::case::refused;
use crate::world::World;

/// Everything that a session does is refused once it is over.
async fn assert_over(registry: &dyn Registry, session: &Session) {
    let register = registry.register(session, &agents(), &name("z"), process(1), Metadata::new()).await;
    refused(register, Code::SessionExpired, "register in a session that is over");
    let unregister = registry.unregister(session, &agents(), &name("z"), process(1)).await;
    refused(unregister, Code::SessionExpired, "unregister in a session that is over");
    refused(registry.release_all(session, process(1)).await, Code::SessionExpired, "release in a session that is over");
    refused(registry.close_session(session).await, Code::SessionExpired, "close a session that is over");
    assert_eq!(owner(registry, "z").await, None);
}

/// A closed session's names are free, and it can do nothing more; other sessions keep theirs.
pub async fn a_closed_session_owns_nothing(_: &World, registry: &Arc<dyn Registry>) {
    let (one, two) = (open(&**registry, "n1").await, open(&**registry, "n2").await);
    registered(&**registry, &one, "a", process(1)).await;
    registered(&**registry, &one, "b", process(2)).await;
    registered(&**registry, &two, "kept", process(1)).await;
    registry.close_session(&one).await.unwrap();
    assert_eq!(listed(&**registry).await, ["kept"]);
    assert_eq!(owner(&**registry, "a").await, None);
    assert_over(&**registry, &one).await;
    registered(&**registry, &two, "a", process(3)).await;
    assert_eq!(owner(&**registry, "a").await, Some(process(3)));
}

/// A new session of a node voids its earlier ones: their names are free when it is open, and they can do nothing more;
/// other nodes keep theirs.
pub async fn a_new_session_voids_earlier_ones(_: &World, registry: &Arc<dyn Registry>) {
    let other = open(&**registry, "n2").await;
    registered(&**registry, &other, "kept", process(1)).await;
    let first = open(&**registry, "n1").await;
    registered(&**registry, &first, "a", process(1)).await;
    registered(&**registry, &first, "b", process(1)).await;

    let second = open(&**registry, "n1").await;
    assert_eq!(listed(&**registry).await, ["kept"]);
    assert_eq!(owner(&**registry, "a").await, None);
    assert_over(&**registry, &first).await;
    // The same number in the new session is another process.
    registered(&**registry, &second, "a", process(1)).await;
    registered(&**registry, &other, "b", process(2)).await;
    assert_eq!(listed(&**registry).await, ["a", "b", "kept"]);
    assert_over(&**registry, &first).await;
    assert_eq!(listed(&**registry).await, ["a", "b", "kept"]);
}

/// Epochs rise from session to session of a node, also over a close; boots differ.
pub async fn epochs_rise(_: &World, registry: &Arc<dyn Registry>) {
    let mut sessions: Vec<Session> = Vec::new();
    for round in 0..6 {
        let session = open(&**registry, "n1").await;
        if let Some(last) = sessions.last() {
            assert!(session.epoch > last.epoch, "{session:?} after {last:?}");
        }
        if round % 2 == 0 {
            registry.close_session(&session).await.unwrap();
        }
        sessions.push(session);
    }
    let boots: std::collections::BTreeSet<u64> = sessions.iter().map(|session| session.boot).collect();
    assert_eq!(boots.len(), sessions.len());
}
