//! Elections.

use std::sync::Arc;

use foundation_core::Result;
use foundation_core::coordination::Leader;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::KeyValue;
use futures_util::StreamExt as _;

use super::{LONG, SHORT, at_last, distant, name, program};
use crate::world::World;

type News = BoxStream<'static, Result<Option<Leader>>>;

/// Reads on until somebody whom `wanted` picks leads, or nobody does.
async fn until(world: &World, news: &mut News, wanted: Option<&str>) -> Option<Leader> {
    loop {
        let told = world.within("news of the election", news.next()).await.expect("the news do not end").unwrap();
        if told.as_ref().map(|leader| leader.node.as_str()) == wanted {
            return told;
        }
    }
}

/// One leads; others are told who, and observers hear of each in the order of their epochs.
pub async fn one_leads_and_all_hear_who(world: &World, store: &Arc<dyn KeyValue>) {
    let one = program(world, store, 1, LONG).election(&name("a")).unwrap();
    let two = program(world, store, 2, LONG).election(&name("a")).unwrap();
    let mut news = two.observe();
    assert_eq!(until(world, &mut news, None).await, None);
    let first = one.try_lead("at 10.0.0.1").await.unwrap().unwrap();
    let told = until(world, &mut news, Some("n1")).await.unwrap();
    assert_eq!((told.epoch, told.words.as_str()), (first.epoch().unwrap(), "at 10.0.0.1"));
    assert_eq!(two.try_lead("").await.unwrap().unwrap_err(), Some(told.clone()));
    assert_eq!(one.leader().await.unwrap(), Some(told.clone()));
    first.resign().await.unwrap();
    until(world, &mut news, None).await;
    let second = two.campaign("at 10.0.0.2", at_last(world)).await.unwrap();
    let next = until(world, &mut news, Some("n2")).await.unwrap();
    assert!(next.epoch > told.epoch);
    assert_eq!(next.epoch, second.epoch().unwrap());
}

/// Of many that campaign each leads in its turn, in an epoch of its own.
pub async fn each_campaigner_leads_in_its_turn(world: &World, store: &Arc<dyn KeyValue>) {
    let until = at_last(world);
    let racers = (0..5).map(|number| {
        let election = program(world, store, number, LONG).election(&name("a")).unwrap();
        async move {
            let leadership = election.campaign("", until).await.unwrap();
            let epoch = leadership.epoch().unwrap();
            assert_eq!(election.leader().await.unwrap().map(|leader| leader.epoch), Some(epoch));
            leadership.resign().await.unwrap();
            epoch
        }
    });
    let mut epochs = world.race(racers).await;
    epochs.sort_unstable();
    epochs.dedup();
    assert_eq!(epochs.len(), 5);
}

/// A leader that died is followed by one with a higher epoch, and observers hear of it without being asked.
pub async fn a_dead_leader_is_followed(world: &World, store: &Arc<dyn KeyValue>) {
    let (dying, connection) = distant(world, store, 1, SHORT);
    let first = dying.election(&name("a")).unwrap().try_lead("").await.unwrap().unwrap();
    let epoch = first.epoch().unwrap();
    let election = program(world, store, 2, LONG).election(&name("a")).unwrap();
    let mut news = election.observe();
    until(world, &mut news, Some("n1")).await;
    connection.cut();
    let second = election.campaign("", at_last(world)).await.unwrap();
    assert!(second.epoch().unwrap() > epoch);
    first.lost().await;
    assert_eq!(until(world, &mut news, Some("n2")).await.map(|leader| leader.epoch), second.epoch().ok());
}
