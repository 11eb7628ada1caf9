//! Work groups.

use std::sync::Arc;

use foundation_core::port::messaging::Messaging;

use super::{arrived, join, publish, subscribe};
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
    for text in expected() {
        publish(&**messaging, "jobs", &text).await;
    }
    let mut shared = Vec::new();
    for member in &mut members {
        let some = arrived(world, member).await;
        assert!(some.is_sorted(), "one sender's messages keep their order: {some:?}");
        shared.extend(some);
    }
    shared.sort();
    assert_eq!(shared, expected());
    assert_eq!(arrived(world, &mut auditor).await, expected());
    assert_eq!(arrived(world, &mut plain).await, expected());
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
    assert_eq!(arrived(world, &mut staying).await, expected());
}
