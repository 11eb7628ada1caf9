//! Many at once.

use std::sync::Arc;

use foundation_core::port::registry::{Metadata, Registration, Registry, Session};
use foundation_core::{Code, Result};

use super::{agents, listed, name, node, open, owner, process, registered};
use crate::world::World;

const RACERS: u64 = 8;

/// Of many that register one name at once, exactly one owns it, and the others are told that it is taken.
pub async fn one_of_many_owns_a_name(world: &World, registry: &Arc<dyn Registry>) {
    let mut sessions = Vec::new();
    for number in 0..RACERS / 2 {
        sessions.push(open(&**registry, &format!("n{number}")).await);
    }
    for _ in 0..4 {
        let racers = (0..RACERS).map(|racer| {
            let (registry, session) = (Arc::clone(registry), sessions[racer as usize / 2].clone());
            async move { registry.register(&session, &agents(), &name("a"), process(racer), Metadata::new()).await }
        });
        let results = world.race(racers).await;
        let winners: Vec<usize> = (0..results.len()).filter(|racer| results[*racer].is_ok()).collect();
        assert_eq!(winners.len(), 1, "winners: {winners:?}");
        for error in results.iter().filter_map(|result| result.as_ref().err()) {
            assert_eq!(error.code(), Code::NameTaken, "{error}");
        }
        let winner = winners[0] as u64;
        assert_eq!(owner(&**registry, "a").await, Some(process(winner)));
        assert_eq!(registry.release_all(&sessions[winner as usize / 2], process(winner)).await.unwrap(), 1);
    }
}

/// A name that many take and give back in turn is never owned by two: whoever has it finds itself as the owner.
pub async fn owners_find_themselves(world: &World, registry: &Arc<dyn Registry>) {
    let session = open(&**registry, "n1").await;
    let racers = (0..RACERS).map(|racer| {
        let (registry, session) = (Arc::clone(registry), session.clone());
        async move {
            let mut owned = 0;
            for _ in 0..6 {
                match registry.register(&session, &agents(), &name("a"), process(racer), Metadata::new()).await {
                    Ok(_) => {
                        owned += 1;
                        assert_eq!(owner(&*registry, "a").await, Some(process(racer)));
                        assert!(registry.unregister(&session, &agents(), &name("a"), process(racer)).await.unwrap());
                    }
                    Err(error) => assert_eq!(error.code(), Code::NameTaken, "{error}"),
                }
            }
            owned
        }
    });
    let owned: u32 = world.race(racers).await.into_iter().sum();
    assert!(owned > 0);
    assert_eq!(listed(&**registry).await, Vec::<String>::new());
}

/// Of the sessions that one node opens at once, the one with the highest epoch stands, and what it registers stays,
/// however late the others are done with beginning.
pub async fn the_latest_session_stands(world: &World, registry: &Arc<dyn Registry>) {
    // Something for each of them to clear away.
    let first = open(&**registry, "n1").await;
    for number in 0..4 {
        registered(&**registry, &first, &format!("old{number}"), process(1)).await;
    }
    let racers = (0..RACERS).map(|number| {
        let registry = Arc::clone(registry);
        async move {
            let session = registry.open_session(&node("n1")).await.unwrap();
            let text = name(&format!("r{number}"));
            let result = registry.register(&session, &agents(), &text, process(1), Metadata::new()).await;
            (session, result)
        }
    });
    let mut sessions: Vec<(Session, Result<Registration>)> = world.race(racers).await;
    sessions.sort_by_key(|(session, _)| session.epoch);
    assert!(sessions.is_sorted_by(|(earlier, _), (later, _)| earlier.epoch < later.epoch), "{sessions:?}");
    let (latest, registered) = sessions.pop().unwrap();
    let standing = registered.unwrap();
    assert_eq!(listed(&**registry).await, [standing.name.as_str()]);
    for (earlier, _) in sessions {
        let result = registry.register(&earlier, &agents(), &name("b"), process(1), Metadata::new()).await;
        assert_eq!(result.unwrap_err().code(), Code::SessionExpired);
    }
    assert_eq!(registry.release_all(&latest, process(1)).await.unwrap(), 1);
    assert_eq!(listed(&**registry).await, Vec::<String>::new());
}

/// What is registered while the node's next session begins belongs to the dead, whenever it is written: in the end
/// only the new session's names stand.
pub async fn a_dying_session_leaves_nothing(world: &World, registry: &Arc<dyn Registry>) {
    let first = open(&**registry, "n1").await;
    let zombie = |number: u64| {
        let (registry, session) = (Arc::clone(registry), first.clone());
        async move {
            for step in 0..6 {
                let text = name(&format!("z{number}.{step}"));
                match registry.register(&session, &agents(), &text, process(number), Metadata::new()).await {
                    Ok(_) => {}
                    Err(error) => {
                        assert_eq!(error.code(), Code::SessionExpired, "{error}");
                        return None;
                    }
                }
            }
            None
        }
    };
    let next = {
        let registry = Arc::clone(registry);
        async move {
            let session = registry.open_session(&node("n1")).await.unwrap();
            registered(&*registry, &session, "new", process(1)).await;
            Some(session)
        }
    };
    type Racer = foundation_core::port::BoxFuture<'static, Option<Session>>;
    let racers: Vec<Racer> = vec![Box::pin(zombie(1)), Box::pin(zombie(2)), Box::pin(next), Box::pin(zombie(3))];
    world.race(racers).await;
    assert_eq!(listed(&**registry).await, ["new"]);
}
