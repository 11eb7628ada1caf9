use super::*;

fn got(block: &str, data: &str) -> Got {
    let message = GotMessage {
        subject: "$KV.b.k".to_owned(),
        seq: 9,
        hdrs: (!block.is_empty()).then(|| STANDARD.encode(block)),
        data: (!data.is_empty()).then(|| STANDARD.encode(data)),
    };
    Got { message }
}

#[test]
fn headers_tell_values_from_the_traces_of_values() {
    for (block, kind) in [
        ("", Kind::Value),
        ("NATS/1.0\r\nNats-TTL: 2\r\n\r\n", Kind::Value),
        ("NATS/1.0\r\nKV-Operation: PURGE\r\n\r\n", Kind::Deleted),
        ("NATS/1.0\r\nKV-Operation: DEL\r\n\r\n", Kind::Deleted),
        ("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: 1s\r\n\r\n", Kind::Expired),
    ] {
        assert_eq!(Stored::from_api(got(block, "x")).unwrap().kind, kind, "{block:?}");
    }
}

#[test]
fn a_stored_message_comes_whole() {
    let block = "NATS/1.0\r\nNats-Msg-Id: abc\r\nNats-Rollup: sub\r\n\r\n";
    let stored = Stored::from_api(got(block, "value")).unwrap();
    assert_eq!((stored.seq, stored.subject.as_str(), &stored.value[..]), (9, "$KV.b.k", &b"value"[..]));
    assert_eq!((stored.id.as_deref(), stored.rolled_up), (Some("abc"), true));
    assert_eq!(Stored::from_api(got("", "")).unwrap().value, "");
}

#[test]
fn what_is_no_base64_is_no_message() {
    let mut wrong = got("", "x");
    wrong.message.data = Some("%%".to_owned());
    assert!(matches!(Stored::from_api(wrong), Err(Trouble::Garbled(_))));
}
