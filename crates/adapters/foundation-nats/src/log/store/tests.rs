use super::*;

fn config() -> Value {
    json!({
        "name": "FOUNDATION_LOG_x", "subjects": ["a.>"], "storage": "file", "num_replicas": 3, "retention": "limits",
        "discard": "new", "duplicate_window": 120_000_000_000_u64, "allow_direct": true, "allow_atomic": true,
        "allow_rollup_hdrs": true, "republish": { "src": "a.>", "dest": "b.>", "headers_only": true },
    })
}

#[test]
fn what_an_operator_may_set_is_taken() {
    let mut found = config();
    for (field, value) in [
        ("duplicate_window", json!(600_000_000_000_u64)),
        ("max_bytes", json!(1_000_000)),
        ("max_msgs", json!(-1)),
        ("max_age", json!(0)),
        ("compression", json!("s2")),
    ] {
        found[field] = value;
        check(&found, &config()).unwrap();
    }
}

#[test]
fn what_would_break_a_promise_is_refused() {
    for (field, value) in [
        ("num_replicas", json!(1)),
        ("storage", json!("memory")),
        ("retention", json!("workqueue")),
        ("discard", json!("old")),
        ("allow_atomic", json!(false)),
        ("allow_direct", Value::Null),
        ("republish", Value::Null),
        ("duplicate_window", json!(30_000_000_000_u64)),
        ("max_age", json!(1)),
        ("max_msgs", json!(1_000)),
        ("max_msgs_per_subject", json!(1)),
    ] {
        let mut found = config();
        found[field] = value;
        let refused = check(&found, &config()).unwrap_err();
        assert_eq!(refused.code(), Code::InvalidConfiguration, "{field}");
        assert!(refused.what().contains(field), "{refused}");
    }
}
