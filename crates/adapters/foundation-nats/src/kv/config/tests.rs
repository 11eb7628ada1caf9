use super::*;

fn make() -> Value {
    wanted(&NatsSettings::default(), "KV_x", &["$KV.x.>".to_owned(), "b".to_owned()], WallTime(5_000_000))
}

fn with(field: &str, value: Value) -> Value {
    let mut config = make();
    config[field] = value;
    config
}

#[test]
fn what_was_made_fits() {
    assert_eq!(judge(&make(), &make()), Fit::Fits);
    // A bucket made earlier begins elsewhere, and the server adds to the metadata.
    assert_eq!(judge(&with("first_seq", json!(1)), &make()), Fit::Fits);
    assert_eq!(judge(&with("metadata", json!({ "_nats.ver": "2.15.1" })), &make()), Fit::Fits);
    assert_eq!(judge(&with("num_replicas", json!(3)), &make()), Fit::Fits, "more copies than asked for");
}

#[test]
fn revisions_begin_with_the_time() {
    assert_eq!(make()["first_seq"], json!(5_000));
}

#[test]
fn what_is_missing_is_switched_on_and_nothing_else_changes() {
    let mut plain = make();
    let fields = plain.as_object_mut().unwrap();
    for field in ["allow_atomic", "allow_msg_ttl", "subject_delete_marker_ttl"] {
        fields.remove(field);
    }
    fields.insert("description".to_owned(), json!("mine"));
    let Fit::Adjust(adjusted) = judge(&plain, &make()) else { panic!("{:?}", judge(&plain, &make())) };
    assert_eq!(adjusted["allow_atomic"], json!(true));
    assert_eq!(adjusted["subject_delete_marker_ttl"], json!(1_000_000_000_u64));
    assert_eq!(adjusted["description"], json!("mine"));
    assert_eq!(judge(&adjusted, &make()), Fit::Fits);
}

#[test]
fn what_would_lose_values_is_refused() {
    for (field, value) in [
        ("retention", json!("workqueue")),
        ("storage", json!("memory")),
        ("max_age", json!(1)),
        ("max_msgs", json!(10)),
        ("max_msg_size", json!(10)),
        ("sealed", json!(true)),
        ("mirror", json!({ "name": "other" })),
        ("sources", json!([{ "name": "other" }])),
    ] {
        assert!(matches!(judge(&with(field, value), &make()), Fit::Refuse(_)), "{field}");
    }
    let three = wanted(&NatsSettings { replicas: 3, ..NatsSettings::default() }, "KV_x", &[], WallTime(0));
    let Fit::Refuse(why) = judge(&make(), &three) else { panic!("fewer copies than asked for") };
    assert!(why.contains("1 servers") && why.contains('3'), "{why}");
}
