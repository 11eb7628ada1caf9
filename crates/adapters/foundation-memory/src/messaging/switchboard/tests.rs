use std::sync::Arc;

use foundation_core::port::messaging::{Delivery, GroupName, Subject, SubjectPattern};
use futures_util::{FutureExt as _, StreamExt as _};
use parking_lot::Mutex;

use super::{Subscription, Switchboard};

fn group() -> Option<GroupName> {
    Some(GroupName::new("workers").unwrap())
}

fn open(switchboard: &Arc<Mutex<Switchboard>>, pattern: &str, group: Option<GroupName>) -> Subscription {
    Subscription::open(switchboard, &SubjectPattern::new(pattern).unwrap(), group)
}

fn send(switchboard: &Arc<Mutex<Switchboard>>, number: usize, most: usize) {
    let payload = number.to_string().into();
    let delivery = Delivery { subject: Subject::new("a.b").unwrap(), payload, reply_to: None };
    switchboard.lock().route(&delivery, most);
}

#[test]
fn nothing_is_left_of_subscriptions_that_ended() {
    let switchboard = Arc::default();
    let open: Vec<_> = ["a.b", "a.b", "a.*", "a.>"]
        .into_iter()
        .flat_map(|pattern| [open(&switchboard, pattern, None), open(&switchboard, pattern, group())])
        .collect();
    send(&switchboard, 0, 10);
    assert_eq!(switchboard.lock().turns.len(), 1);
    drop(open);
    let switchboard = switchboard.lock();
    assert_eq!(switchboard.subscriptions(), 0);
    assert!(switchboard.exact.is_empty() && switchboard.wild.is_empty() && switchboard.turns.is_empty());
}

/// A member of a group that is full is passed over as long as another has room.
#[test]
fn a_group_goes_past_a_member_that_is_full() {
    let switchboard = Arc::default();
    let mut full = open(&switchboard, "a.b", group());
    let mut reading = open(&switchboard, "a.b", group());
    let mut taken = 0;
    for number in 0..20 {
        send(&switchboard, number, 3);
        while let Some(Some(message)) = reading.next().now_or_never() {
            message.unwrap();
            taken += 1;
        }
    }
    let mut held = 0;
    while let Some(Some(message)) = full.next().now_or_never() {
        message.unwrap();
        held += 1;
    }
    assert_eq!((taken, held), (17, 3));
}
