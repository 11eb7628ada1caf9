use std::sync::Arc;

use foundation_core::Code;
use foundation_core::event::{EventSource, EventType, NodeId};
use foundation_memory::{Simulation, SystemClock};
use serde_json::json;

use super::{Draft, Proposed, VariableEvent, Voted};
use crate::coordination::{Ballot, Confidence, Electorate, VotingRule};

fn one_of_each() -> Vec<VariableEvent> {
    let draft = Draft {
        value: json!({ "rate": 0.1 + 0.2 }),
        proposer: "scheduler".to_owned(),
        base: 4,
        electorate: Electorate::new(["b", "a"]).unwrap(),
        rule: VotingRule::Quorum { quorum: 2 },
    };
    let ballot = Ballot {
        voter: "a".to_owned(),
        accept: true,
        confidence: Confidence::from_share(0.841),
        reason: "better".to_owned(),
    };
    vec![
        VariableEvent::Proposed(Box::new(Proposed { proposal: 7, draft })),
        VariableEvent::Voted(Voted { proposal: 7, ballot }),
        VariableEvent::Committed { proposal: 7, version: 5 },
        VariableEvent::Refused { proposal: 6 },
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
        assert_eq!(VariableEvent::from_event(&recorded).unwrap(), event);
        assert_eq!(recorded.kind.as_str(), event.kind());
    }
}

#[test]
fn every_declared_type_is_written_by_some_event() {
    let written: Vec<&str> = one_of_each().iter().map(VariableEvent::kind).collect();
    assert_eq!(written, VariableEvent::types());
}

/// These bytes stand in logs: a change of them is a new version.
#[test]
fn version_1_is_fixed() {
    let bodies: Vec<String> = one_of_each()
        .iter()
        .map(|event| String::from_utf8(event.to_event(&source()).unwrap().data.to_vec()).unwrap())
        .collect();
    let expected = [
        r#"{"proposal":7,"value":{"rate":0.30000000000000004},"proposer":"scheduler","base":4,"electorate":["a","b"],"rule":{"quorum":{"quorum":2}}}"#,
        r#"{"proposal":7,"voter":"a","accept":true,"confidence":841,"reason":"better"}"#,
        r#"{"proposal":7,"version":5}"#,
        r#"{"proposal":6}"#,
    ];
    assert_eq!(bodies, expected);
}

#[test]
fn a_later_version_and_a_stranger_are_refused() {
    let mut event = VariableEvent::Refused { proposal: 0 }.to_event(&source()).unwrap();
    event.schema += 1;
    assert_eq!(VariableEvent::from_event(&event).unwrap_err().code(), Code::NewerVersion);
    event.schema -= 1;
    event.data = bytes::Bytes::from_static(b"{}");
    assert_eq!(VariableEvent::from_event(&event).unwrap_err().code(), Code::Encoding);
    event.kind = EventType::new("other.thing").unwrap();
    assert!(VariableEvent::from_event(&event).unwrap_err().what().contains("other.thing"));
}
