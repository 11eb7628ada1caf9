use std::sync::Arc;

use foundation_core::Code;
use foundation_core::event::{EventSource, NodeId};
use foundation_memory::{Simulation, SystemClock};

use super::{
    Assigned, Enqueued, Evaluated, Imported, Interrupted, Judged, Known, Outcome, Parent, Reported, StudyEvent, Told,
    Waited,
};
use crate::market::MarketEvent;
use crate::study::config::StudyConfig;
use crate::study::{Answer, Asha, Params, Schedule, SearchSpace};

fn one_of_each() -> Vec<StudyEvent> {
    let space = SearchSpace::builder().float("rate", 0.0, 1.0).choice("act", ["relu", "tanh"]).build().unwrap();
    let reached =
        Outcome::Reached { value: 0.1 + 0.2, checkpoint: Some("ab".to_owned()), is_done: false, further: vec![0.5] };
    vec![
        StudyEvent::Created(Box::new(StudyConfig {
            seed: u64::MAX,
            schedule: Asha::default().into(),
            budget: 450,
            ..StudyConfig::new("s", space)
        })),
        StudyEvent::Resumed,
        StudyEvent::Assigned(Assigned {
            slot: 1,
            at: 5,
            trial: 3,
            params: Some(Params::new().with("rate", 1.0).with("act", "relu")),
            member: Some(1),
            bracket: 1,
            parent: Some(Parent { trial: 1, rung: 0, replaces: 2 }),
            rung: 1,
            from_epoch: 0,
            to_epoch: 1,
        }),
        StudyEvent::Reported(Reported {
            slot: 1,
            trial: 3,
            rung: 0,
            outcome: reached,
            repeated: 2,
            agent: 1,
            seconds: 0.25,
        }),
        StudyEvent::Interrupted(Interrupted { slot: 1, trial: 3, epochs: 2 }),
        StudyEvent::Waited(Waited { slot: 0, until: 9 }),
        StudyEvent::Enqueued(Enqueued { params: Params::new().with("rate", 0.5).with("act", "tanh") }),
        StudyEvent::Imported(Box::new(Imported {
            params: Params::new().with("rate", 0.25).with("act", "tanh"),
            epochs: 27,
            known: Known::Value(0.75),
            from: "study `before`".to_owned(),
        })),
        StudyEvent::TimedOut,
        StudyEvent::Finished,
        StudyEvent::Evaluated(Evaluated { label: "test".to_owned(), value: 0.96, params: None }),
        StudyEvent::Told(Told {
            trial: 3,
            values: vec![(3, 0.1 + 0.2), (9, 0.5)],
            answer: Answer::Value(0.7),
            agent: 1,
            seconds: 0.5,
        }),
        StudyEvent::Judged(Judged {
            critic: 2,
            trial: 3,
            value: Some(0.9375),
            epochs: 27,
            seconds: 0.5,
            cpu_s: Some(0.25),
        }),
        StudyEvent::Market(MarketEvent::Delivered { round: 4 }),
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
        assert_eq!(StudyEvent::from_event(&recorded).unwrap(), event);
        assert_eq!(recorded.kind.as_str(), event.kind());
    }
}

/// A body that version 1 wrote, byte for byte.
const CREATED_BY_VERSION_1: &str = r#"{"name":"digits","seed":7,"slots":2,"space":{"version":1,"parameters":[{"name":"lr","kind":"float","low":0.0001,"high":0.1,"log":true}]},"direction":"maximize","sampler":"random","scheduler":{"rungs":[1,3,9,27],"eta":3,"halving":"promotion","reserve":26},"budget":450,"max_trials":null}"#;

#[test]
fn what_version_1_wrote_is_read() {
    let mut event = StudyEvent::Resumed.to_event(&source()).unwrap();
    event.kind = foundation_core::event::EventType::new("study.created").unwrap();
    event.schema = 1;
    event.data = bytes::Bytes::from_static(CREATED_BY_VERSION_1.as_bytes());
    let StudyEvent::Created(config) = StudyEvent::from_event(&event).unwrap() else { panic!("{event:?}") };
    assert_eq!(config.team.to_string(), "random");
    assert_eq!(config.schedule, Schedule::Asha(Asha::default()));
    assert_eq!((config.seed, config.slots, config.budget, config.max_trials), (7, 2, 450, None));
    config.check().unwrap();
}

#[test]
fn every_declared_type_is_written_by_some_event() {
    let written: Vec<&str> = one_of_each().iter().map(StudyEvent::kind).collect();
    let of_markets = ["market.opened", "market.sold", "market.given", "market.refunded", "market.paid"];
    let declared: Vec<&str> = StudyEvent::types().filter(|declared| !of_markets.contains(declared)).collect();
    assert_eq!(written, declared);
}

#[test]
fn a_later_version_and_a_stranger_are_refused() {
    let mut event = StudyEvent::Finished.to_event(&source()).unwrap();
    event.schema += 1;
    assert_eq!(StudyEvent::from_event(&event).unwrap_err().code(), Code::NewerVersion);
    let mut event = StudyEvent::Waited(Waited { slot: 0, until: 1 }).to_event(&source()).unwrap();
    event.data = bytes::Bytes::from_static(b"{\"slot\":0}");
    assert_eq!(StudyEvent::from_event(&event).unwrap_err().code(), Code::Encoding);
    event.kind = foundation_core::event::EventType::new("other.thing").unwrap();
    assert!(StudyEvent::from_event(&event).unwrap_err().what().contains("other.thing"));
}

#[test]
fn a_value_that_json_cannot_say_is_an_error() {
    // JSON has no NaN: it would be written as nothing, and a log with that in it can never be read again.
    let reached =
        |value: f64, further: f64| Outcome::Reached { value, checkpoint: None, is_done: false, further: vec![further] };
    let reported = |outcome: Outcome, seconds: f64| {
        StudyEvent::Reported(Reported { slot: 0, trial: 0, rung: 0, outcome, repeated: 0, agent: 0, seconds })
    };
    let told = |values: Vec<(u32, f64)>, answer: Answer, seconds: f64| {
        StudyEvent::Told(Told { trial: 0, values, answer, agent: 0, seconds })
    };
    let judged = |value: Option<f64>, seconds: f64, cpu_s: Option<f64>| {
        StudyEvent::Judged(Judged { critic: 0, trial: 0, value, epochs: 1, seconds, cpu_s })
    };
    let imported = |known: Known| {
        StudyEvent::Imported(Box::new(Imported { params: Params::new(), epochs: 1, known, from: "x".to_owned() }))
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for event in [
            StudyEvent::Evaluated(Evaluated { label: "x".to_owned(), value: bad, params: None }),
            reported(reached(bad, 0.5), 0.1),
            reported(reached(0.5, bad), 0.1),
            reported(reached(0.5, 0.5), bad),
            told(vec![(1, 0.5), (2, bad)], Answer::Value(0.5), 0.1),
            told(vec![], Answer::Value(bad), 0.1),
            told(vec![], Answer::Values(vec![0.5, bad]), 0.1),
            told(vec![], Answer::Failed("x".to_owned()), bad),
            judged(Some(bad), 0.1, None),
            judged(None, bad, None),
            judged(None, 0.1, Some(bad)),
            imported(Known::Value(bad)),
            imported(Known::Stopped(bad)),
        ] {
            let error = event.to_event(&source()).unwrap_err();
            assert_eq!(error.code(), Code::Encoding, "{event:?}");
        }
    }
}

#[test]
fn work_that_version_1_gave_is_in_the_first_bracket() {
    let mut event = StudyEvent::Resumed.to_event(&source()).unwrap();
    event.kind = foundation_core::event::EventType::new("trial.assigned").unwrap();
    event.schema = 1;
    event.data = bytes::Bytes::from_static(br#"{"slot":0,"at":3,"trial":2,"rung":1,"from_epoch":1,"to_epoch":3}"#);
    let StudyEvent::Assigned(assigned) = StudyEvent::from_event(&event).unwrap() else { panic!("{event:?}") };
    assert_eq!((assigned.bracket, assigned.rung, assigned.params), (0, 1, None));
}
