use serde_json::json;

use super::*;

fn described(body: Value) -> Result<mabeam::StudyConfig> {
    read::<Description>(body.to_string().as_bytes())?.config()
}

fn small() -> Value {
    json!({
        "version": 1,
        "name": "s",
        "space": {"version": 2, "parameters": [{"name": "x", "kind": "float", "low": 0.0, "high": 1.0, "log": false}]},
    })
}

fn with(field: &str, value: Value) -> Value {
    let mut body = small();
    body[field] = value;
    body
}

#[test]
fn what_is_left_out_has_the_usual_value() {
    let config = described(small()).expect("complete");
    assert_eq!((config.seed, config.slots, config.budget, config.max_trials), (0, 2, 100, Some(100)));
    assert_eq!(config.schedule.rungs(), [1]);
    let halving = described(with("schedule", json!({"kind": "halving"}))).expect("complete");
    assert_eq!(halving.schedule.rungs(), [1, 3, 9, 27]);
    assert_eq!(halving.budget, 2_700, "each of 100 trials may go all the way");
    for kind in ["none", "hyperband", "median"] {
        described(with("schedule", json!({"kind": kind}))).expect(kind);
    }
}

#[test]
fn what_is_not_known_or_not_possible_is_refused_by_its_name() {
    for (body, named) in [
        (with("sed", json!(1)), "`sed`"),
        (with("version", json!(2)), "version 2"),
        (with("version", json!("1")), "`version`"),
        (with("version", Value::Null), "`version`"),
        (with("seed", json!(-1)), "-1"),
        (with("trials", json!(0)), "`trials` is 0"),
        (with("slots", json!(0)), "`slots` is 0"),
        (with("direction", json!("up")), "`up`"),
        (with("schedule", json!({"kind": "halving", "rung": [1]})), "`rung`"),
        (with("schedule", json!({"kind": "halving", "rungs": []})), "`rungs` is empty"),
        (with("schedule", json!({"kind": "other"})), "`other`"),
        (with("space", json!({"version": 2, "parameters": []})), "no parameter"),
        (with("space", json!({"version": 2, "parameters": [], "constrains": []})), "`constrains`"),
        (with("space", json!({"version": 2, "parameters": [{"name": "x", "kind": "bool", "hig": 1}]})), "`hig`"),
        (with("space", json!({"version": 99, "parameters": []})), "version is 99"),
        (with("space", json!([])), "space"),
        (json!([1]), "`version`"),
    ] {
        let error = described(body.clone()).expect_err(named);
        assert!(error.what().contains(named), "{named}: {error}");
    }
    assert!(read::<Renew>(b"{\"version\": 1, \"lease\"").is_err());
}

#[test]
fn spans_are_checked() {
    let ask = |lease_s: f64, wait_s: f64| Ask { worker: "w".to_owned(), lease_s: Some(lease_s), wait_s: Some(wait_s) };
    let longest = Duration::from_secs(30);
    assert_eq!(ask(90.0, 0.5).spans(longest).ok(), Some((Duration::from_secs(90), Duration::from_millis(500))));
    for (lease_s, wait_s) in [(1.0, 30.1), (-1.0, 0.0), (f64::NAN, 0.0), (1.0, f64::INFINITY), (1e300, 0.0)] {
        assert_eq!(ask(lease_s, wait_s).spans(longest).map_err(|error| error.code()), Err(Code::InvalidInput));
    }
}

#[test]
fn an_answer_is_a_value_or_a_failure() {
    let tell = |body: Value| read::<Tell>(body.to_string().as_bytes()).and_then(Tell::measured);
    assert_eq!(tell(json!({"version": 1, "lease": "l", "value": 1})).ok(), Some(Ok(1.0)));
    assert_eq!(tell(json!({"version": 1, "lease": "l", "failed": "x"})).ok(), Some(Err(TrialError::new("x"))));
    assert!(tell(json!({"version": 1, "lease": "l"})).is_err());
    assert!(tell(json!({"version": 1, "lease": "l", "value": 1, "failed": "x"})).is_err());
}

#[test]
fn a_page_is_asked_for_by_offset_and_limit() {
    assert_eq!(Page::of(None).ok(), Some(Page { offset: 0, limit: 100 }));
    assert_eq!(Page::of(Some("limit=0&offset=7")).ok(), Some(Page { offset: 7, limit: 0 }));
    for query in ["limit=1001", "limit=-1", "limit", "page=1", "offset=1e3"] {
        assert!(Page::of(Some(query)).is_err(), "{query}");
    }
}
