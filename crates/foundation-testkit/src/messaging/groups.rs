//! Work groups.

use std::sync::Arc;

use foundation_core::port::messaging::Messaging;
use futures_util::stream::select_all;
use futures_util::{FutureExt as _, StreamExt as _};

use super::{arrived, join, publish, subscribe, text};
use crate::world::World;

const MESSAGES: usize = 60;

fn expected() -> Vec<String> {
    (0..MESSAGES).map(|number| format!("{number:03}")).collect()
}

/// Each message reaches exactly one member of a group; members of other groups, and subscriptions without one, get
/// theirs besides.
pub async fn one_member_gets_each_message(world: &World, messaging: &Arc<dyn Messaging>) {
    let mut members = Vec::new();
    for _ in 0..3 {
        members.push(join(&**messaging, "jobs", "workers").await);
    }
    let mut auditor = join(&**messaging, "jobs", "auditors").await;
    let mut plain = subscribe(&**messaging, "jobs").await;
    for message in expected() {
        publish(&**messaging, "jobs", &message).await;
    }
    let mut shares = vec![Vec::new(); members.len()];
    let members = members.into_iter().enumerate();
    let mut told = select_all(members.map(|(place, member)| member.map(move |delivery| (place, delivery))));
    for _ in 0..MESSAGES {
        let (place, delivery) = world.within("the next message", told.next()).await.expect("members do not end");
        shares[place].push(text(&delivery.unwrap()));
    }
    assert_eq!(arrived(world, &mut auditor, MESSAGES).await, expected());
    assert_eq!(arrived(world, &mut plain, MESSAGES).await, expected());
    // Time enough has passed for one that a second member got.
    while let Some(Some((place, delivery))) = told.next().now_or_never() {
        shares[place].push(text(&delivery.unwrap()));
    }
    for share in &shares {
        assert!(share.is_sorted(), "one sender's messages keep their order: {share:?}");
    }
    let mut shared = shares.concat();
    shared.sort();
    assert_eq!(shared, expected());
}

/// When a member leaves, the others get what comes afterwards.
pub async fn a_group_outlives_its_members(world: &World, messaging: &Arc<dyn Messaging>) {
    let leaving = join(&**messaging, "jobs", "workers").await;
    let mut staying = join(&**messaging, "jobs", "workers").await;
    drop(leaving);
    // Where a member's end travels as well, it has to arrive first.
    world.pass(std::time::Duration::from_millis(50)).await;
    for text in expected() {
        publish(&**messaging, "jobs", &text).await;
    }
    assert_eq!(arrived(world, &mut staying, MESSAGES).await, expected());
}
