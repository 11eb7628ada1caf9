use serde_json::json;

use super::*;

fn read_whole(body: &Value) -> Result<Description> {
    read::<Description>(body.to_string().as_bytes())
}

fn described(body: Value) -> Result<mabeam::StudyConfig> {
    Ok(read_whole(&body)?.config)
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
    for kind in ["none", "asha", "hyperband", "median"] {
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
        (with("schedule", json!({"kind": "halving", "rung": [1]})), "`schedule.rung`"),
        (with("schedule", json!({"kind": "halving", "rungs": []})), "`rungs` is empty"),
        (with("schedule", json!({"kind": "other"})), "`other`"),
        (with("space", json!({"version": 2, "parameters": []})), "no parameter"),
        (with("space", json!({"version": 2, "parameters": [], "constrains": []})), "`space.constrains`"),
        (
            with("space", json!({"version": 2, "parameters": [{"name": "x", "kind": "bool", "hig": 1}]})),
            "`space.parameters[0].hig`",
        ),
        (with("space", json!({"version": 99, "parameters": []})), "version is 99"),
        (with("space", json!([])), "space"),
        (json!([1]), "`version`"),
        (with("slots", json!(1.5)), "`slots` is 1.5"),
        (with("schedule", json!({})), "`schedule.kind` is missing"),
        (with("schedule", json!("asha")), "`schedule` is \"asha\""),
        (with("schedule", json!({"kind": "asha", "rungs": [1, -3]})), "`schedule.rungs[1]` is -3"),
        (with("schedule", json!({"kind": "asha", "rungs": [3, 1]})), "`schedule`"),
        (with("schedule", json!({"kind": "none", "rungs": [1]})), "`schedule.rungs`"),
        (with("schedule", json!({"kind": "pbt"})), "checkpoints"),
        (with("critics", json!({"count": 3})), "`critics`"),
        (with("exec", json!({})), "`exec`"),
        (with("time", json!("1h")), "`time`"),
        (with("constraints", json!([])), "`constraints`"),
        (with("team", json!({"samplers": ["tpe", "tpe"]})), "two members are called `tpe`"),
        (with("team", json!({"samplers": ["tpe", 3]})), "`team.samplers[1]`"),
        (with("team", json!({"samplers": []})), "0 samplers"),
        (with("team", json!({"samplers": ["tpe"], "member": [{"sampler": "gp"}]})), "`team.member` are both"),
        (with("team", json!({"samplers": ["tpe", "gp"], "allocation": "lottery"})), "`team.allocation`"),
        (with("team", json!({"samplers": ["tpe", "gp"], "credit": u64::MAX})), "`credit`"),
        (with("team", json!({"member": [{"name": "x"}]})), "`team.member[0].sampler` is missing"),
        (with("team", json!({"member": [{"sampler": "tpe", "settings": {"gama": 1}}]})), "`team.member[0]`"),
        (with("objective", json!([])), "`objective` is empty"),
        (with("objective", json!([{"name": "a"}, {"name": "a"}])), "`objective[1].name`"),
        (with("objective", json!([{"direction": "minimize"}])), "`objective[0].name` is missing"),
        (with("enqueue", json!([{"x": 0.5}, {"x": 1.5}])), "`enqueue[1]`"),
        (with("enqueue", json!([{"y": 0.5}])), "`enqueue[0]`"),
        (with("enqueue", json!([[0.5]])), "`enqueue[0]`"),
        (
            with(
                "space",
                json!({"version": 2, "parameters": [{"name": "x", "kind": "float", "low": 1.0, "high": 0.0}]}),
            ),
            "`space.parameters[0]`",
        ),
        (
            with("space", json!({"version": 2, "parameters": [{"name": "x", "kind": "flaot"}]})),
            "`space.parameters[0].kind`",
        ),
        (
            with("space", json!({"version": 2, "parameters": [{"kind": "bool"}]})),
            "`space.parameters[0].name` is missing",
        ),
        (
            with("space", json!({"version": 2, "parameters": [{"name": "x", "kind": "bool", "when": {"param": "y"}}]})),
            "`space.parameters[0].when.parameter` is missing",
        ),
    ] {
        let error = described(body.clone()).expect_err(named);
        assert!(error.what().contains(named), "{named}: {error}");
        assert!(!error.advice().is_empty(), "{named}: {error}");
    }
    assert!(read::<Held>(b"{\"version\": 1, \"lease\"").is_err());
}

#[test]
fn what_was_probably_meant_is_said() {
    for (body, advice) in [
        (with("sed", json!(1)), "did you mean `seed`?"),
        (with("schedule", json!({"kind": "ahsa"})), "did you mean `asha`?"),
        (with("sampler", json!("tep")), "did you mean `tpe`?"),
        (with("direction", json!("minimise")), "did you mean `minimize`?"),
        (with("team", json!({"sampler": ["tpe"]})), "did you mean `samplers`?"),
        (with("time", json!(3)), "write `time_limit_s`"),
    ] {
        let error = described(body).expect_err(advice);
        assert!(error.advice().starts_with(advice), "{error:?}");
    }
}

#[test]
fn a_field_that_stands_twice_is_refused() {
    let error = read::<Held>(br#"{"version": 1, "lease": "a", "lease": "b"}"#).expect_err("twice");
    assert!(error.what().contains("`lease` stands there twice"), "{error}");
}

#[test]
fn a_study_is_described_as_in_a_study_file() {
    let mut body = with("team", json!({"samplers": ["tpe", "gp"], "allocation": "round_robin", "credit": 7}));
    body["schedule"] = json!({"kind": "asha", "rungs": [2, 8], "eta": 4, "reserve": 6});
    body["enqueue"] = json!([{"x": 1}]);
    body["time_limit_s"] = json!(60);
    let Description { config, enqueue } = read_whole(&body).expect("complete");
    assert_eq!(config.team.to_string(), "tpe, gp; round_robin with 7 units each");
    assert_eq!(config.schedule.to_string(), "asha(stopping, rungs 2/8, eta 4, reserve 6)");
    assert_eq!((config.time_limit_s, config.budget), (Some(60), 800));
    assert_eq!(enqueue, [Params::new().with("x", 1.0)]);

    let members =
        json!({"member": [{"sampler": "tpe", "name": "bold", "settings": {"startup": 3}}, {"sampler": "tpe"}]});
    let config = described(with("team", members)).expect("complete");
    assert_eq!(config.team.members[0].settings, json!({"startup": 3}));
    assert_eq!(config.team.to_string(), "bold (tpe), tpe; second_price with 1000 units each");

    let both = json!([{"name": "loss", "direction": "minimize"}, {"name": "accuracy"}]);
    let config = described(with("objective", both)).expect("complete");
    assert_eq!(config.direction, mabeam::Direction::Minimize);
    assert_eq!(config.goals, [mabeam::Goal { name: "accuracy".to_owned(), direction: mabeam::Direction::Maximize }]);

    let whole = described(with("schedule", json!({"kind": "none", "epochs": 9}))).expect("complete");
    assert_eq!((whole.schedule.rungs(), whole.budget), (&[9][..], 900));
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
fn an_answer_is_a_value_or_several_or_a_failure() {
    const LEASE: &str = "v1-0-60000-0000000000000007-0000000000000009";
    let tell = |fields: Value| {
        let mut body = json!({"version": 1, "lease": LEASE});
        fields.as_object().expect("fields").iter().for_each(|(key, value)| body[key] = value.clone());
        read::<Tell>(body.to_string().as_bytes()).map(|told| told.answer)
    };
    assert_eq!(tell(json!({"value": 1})).ok(), Some(Answer::Value(1.0)));
    assert_eq!(tell(json!({"values": [1, 0.5]})).ok(), Some(Answer::Values(vec![1.0, 0.5])));
    assert_eq!(tell(json!({"failed": "x"})).ok(), Some(Answer::Failed("x".to_owned())));
    for wrong in [
        json!({}),
        json!({"value": null}),
        json!({"value": 1, "failed": "x"}),
        json!({"value": 1, "values": [1]}),
        json!({"value": "NaN"}),
        json!({"values": [1, null]}),
        json!({"values": 1}),
        json!({"failed": 3}),
    ] {
        assert!(tell(wrong.clone()).is_err(), "{wrong}");
    }
    // JSON has no number that is none, and none beyond the largest.
    for value in ["NaN", "Infinity", "-Infinity", "1e400"] {
        let body = format!("{{\"version\": 1, \"lease\": \"{LEASE}\", \"value\": {value}}}");
        let error = read::<Tell>(body.as_bytes()).expect_err(value);
        assert!(error.what().starts_with("the body is no JSON"), "{error}");
    }
}

#[test]
fn a_page_is_asked_for_by_offset_and_limit() {
    assert_eq!(Page::of(None).ok(), Some(Page { offset: 0, limit: 100 }));
    assert_eq!(Page::of(Some("limit=0&offset=7")).ok(), Some(Page { offset: 7, limit: 0 }));
    for query in ["limit=1001", "limit=-1", "limit", "page=1", "offset=1e3"] {
        assert!(Page::of(Some(query)).is_err(), "{query}");
    }
}
