use proptest::prelude::*;

use super::*;

fn told(step: Option<u32>, values: &[f64]) -> Result<Option<Told>, String> {
    Ok(Some(Told { step, values: values.to_vec() }))
}

#[test]
fn values_are_read_with_and_without_a_step() {
    assert_eq!(read(r#"{"step":3,"value":0.91}"#), told(Some(3), &[0.91]));
    assert_eq!(read(r#"  {"value": -1e-3, "note": "x"}  "#), told(None, &[-1e-3]));
    assert_eq!(read(r#"{"step":0,"values":[1,2.5]}"#), told(Some(0), &[1.0, 2.5]));
    assert_eq!(read(r#"{"step":null,"value":1}"#), told(None, &[1.0]));
}

#[test]
fn other_lines_are_output() {
    let lines = ["", "epoch 3: 0.91", "0.91", "[1]", "{'value': 0.9}", r#"{"loss":1}"#, r#"{"step":3,"loss":1}"#, "{"];
    for line in lines {
        assert_eq!(read(line), Ok(None), "{line}");
    }
}

#[test]
fn nonsense_is_told_with_the_line() {
    let cases = [
        (r#"{"value":"x"}"#, "\"x\" is no finite number"),
        (r#"{"value":null}"#, "null is no finite number"),
        (r#"{"step":1,"value":NaN}"#, "NaN is no finite number"),
        (r#"{"step":1,"value":-Infinity}"#, "Infinity is no finite number"),
        (r#"{"value":1e999}"#, "no JSON"),
        (r#"{"value":1,}"#, "no JSON"),
        (r#"{"values":[]}"#, "no list"),
        (r#"{"values":[1,"a"]}"#, "\"a\" is no finite number"),
        (r#"{"value":1,"values":[1]}"#, "both"),
        (r#"{"step":1.5,"value":1}"#, "no whole number"),
        (r#"{"step":-1,"value":1}"#, "no whole number"),
        (r#"{"step":4294967296,"value":1}"#, "no whole number"),
    ];
    for (line, why) in cases {
        let error = read(line).unwrap_err();
        assert!(error.contains(why) && error.contains(line), "{line}: {error}");
    }
}

proptest! {
    #[test]
    fn a_value_comes_back_bit_for_bit(value in proptest::num::f64::NORMAL, step in any::<u32>()) {
        let line = serde_json::json!({ "step": step, "value": value }).to_string();
        prop_assert_eq!(read(&line), told(Some(step), &[value]));
    }

    #[test]
    fn any_line_is_read(line in any::<String>()) {
        let _ = read(&line);
    }
}
