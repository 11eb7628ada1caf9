use std::sync::Arc;

use foundation_core::Code;
use foundation_core::event::{EventSource, EventType, NodeId};
use foundation_memory::{Simulation, SystemClock};

use super::{Given, MarketEvent, Paid, Sold};
use crate::market::{Allocation, Terms};

fn one_of_each() -> Vec<MarketEvent> {
    vec![
        MarketEvent::Opened(Terms::new(2, 1_000, Allocation::SecondPrice)),
        MarketEvent::Sold(Sold { round: 0, cost: 1, bids: vec![9, 4], winner: 0, price: 4, levies: vec![0, 1] }),
        MarketEvent::Given(Given { round: 1, cost: 1, member: 1 }),
        MarketEvent::Delivered { round: 0 },
        MarketEvent::Refunded { round: 1 },
        MarketEvent::Paid(Paid { member: 0, rung: 2, cost: 18, amount: u64::MAX }),
    ]
}

fn source() -> EventSource {
    let world = Simulation::new(1);
    EventSource::new(Arc::new(SystemClock::new()), world.entropy(), NodeId::new("test").unwrap())
}

#[test]
fn what_is_written_is_read() {
    for event in one_of_each() {
        let recorded = event.to_event(&source()).unwrap();
        assert_eq!(MarketEvent::from_event(&recorded).unwrap(), event);
        assert_eq!(recorded.kind.as_str(), event.kind());
    }
}

#[test]
fn every_declared_type_is_written_by_some_event() {
    let written: Vec<&str> = one_of_each().iter().map(MarketEvent::kind).collect();
    assert_eq!(written, MarketEvent::types());
}

/// These bytes stand in logs: a change of them is a new version.
#[test]
fn version_1_is_fixed() {
    let bodies: Vec<String> = one_of_each()
        .iter()
        .map(|event| String::from_utf8(event.to_event(&source()).unwrap().data.to_vec()).unwrap())
        .collect();
    let expected = [
        r#"{"members":2,"credit":1000,"allocation":"second_price","dividend":100,"levy":8,"turn":20}"#,
        r#"{"round":0,"cost":1,"bids":[9,4],"winner":0,"price":4,"levies":[0,1]}"#,
        r#"{"round":1,"cost":1,"member":1}"#,
        r#"{"round":0}"#,
        r#"{"round":1}"#,
        r#"{"member":0,"rung":2,"cost":18,"amount":18446744073709551615}"#,
    ];
    assert_eq!(bodies, expected);
}

#[test]
fn a_later_version_and_a_stranger_are_refused() {
    let mut event = MarketEvent::Delivered { round: 0 }.to_event(&source()).unwrap();
    event.schema += 1;
    assert_eq!(MarketEvent::from_event(&event).unwrap_err().code(), Code::NewerVersion);
    event.schema -= 1;
    event.data = bytes::Bytes::from_static(b"{\"round\":-1}");
    assert_eq!(MarketEvent::from_event(&event).unwrap_err().code(), Code::Encoding);
    event.kind = EventType::new("other.thing").unwrap();
    assert!(MarketEvent::from_event(&event).unwrap_err().what().contains("other.thing"));
}
