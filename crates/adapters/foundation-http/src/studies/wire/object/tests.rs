use serde_json::json;

use super::*;

fn body(fields: Value) -> Object {
    match fields {
        Value::Object(fields) => Object::body(fields),
        other => panic!("{other} is no object"),
    }
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let mut whole = body(json!({"a": {"b": [{"c": 1}, {"c": "x"}]}, "n": null, "big": 5_000_000_000_u64}));
    assert_eq!(whole.whole::<u32>("n").expect("nothing is said"), None);
    let error = whole.whole::<u32>("big").expect_err("too large");
    assert_eq!(error.what(), "`big` is 5000000000, and a whole number, not negative and of at most 32 bits, is needed");
    let mut a = whole.object("a").expect("an object").expect("it is there");
    let read = a.list_of("b", |item| {
        let mut fields = item.object()?;
        fields.whole::<u8>("c")
    });
    assert_eq!(read.expect_err("a text").what().split(" is ").next(), Some("`a.b[1].c`"));
    let missing = a.needed::<u32>("d", None).expect_err("it is missing");
    assert_eq!((missing.what(), missing.advice()), ("`a.d` is missing", "add `d`"));
    for (value, needed) in [(json!(-1), "whole"), (json!(1.5), "whole"), (json!("1"), "whole"), (json!([]), "whole")] {
        let error = body(json!({ "k": value })).whole::<u64>("k").expect_err(needed);
        assert!(error.what().contains(needed), "{error}");
    }
    assert!(body(json!({"k": {}})).list("k").is_err());
    assert!(body(json!({"k": []})).object("k").is_err());
    assert!(body(json!({"k": 1})).text("k").is_err());
    assert!(body(json!({"k": "1"})).number("k").is_err());
}

#[test]
fn what_nobody_asked_for_is_refused_with_what_was_meant() {
    let mut fields = body(json!({"sede": 1}));
    let _ = fields.whole::<u64>("seed");
    let _ = fields.whole::<u64>("slots");
    let error = fields.end().expect_err("misspelt");
    assert_eq!(error.what(), "`sede` is not known here");
    assert_eq!(error.advice(), "did you mean `seed`? there are seed, slots");
    assert!(body(json!({})).end().is_ok());
}

#[test]
fn what_is_far_from_every_word_gets_no_guess() {
    assert_eq!(meant("population", &["seed", "slots"]), "there are seed, slots");
    assert_eq!(meant(&"x".repeat(100_000), &["seed"]), "there are seed");
    assert_eq!(meant("x", &[]), "leave it out");
}

#[test]
fn a_message_shows_as_much_as_it_can_bear() {
    let error = body(json!({"k": "ä".repeat(10_000)})).number("k").expect_err("a text");
    assert!(error.what().len() < 300, "{} bytes", error.what().len());
}
