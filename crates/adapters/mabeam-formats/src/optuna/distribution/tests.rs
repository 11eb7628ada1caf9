use mabeam::{Domain, ParamValue};
use serde_json::json;

use super::Distribution;

fn read(text: &str) -> Distribution {
    Distribution::read(text).unwrap()
}

#[test]
fn each_kind_becomes_its_domain_and_its_values() {
    let float = read(r#"{"name":"FloatDistribution","attributes":{"step":null,"low":0.1,"high":1.0,"log":true}}"#);
    assert_eq!(float.domain(), Domain::Float { low: 0.1, high: 1.0, log: true, step: None });
    assert_eq!(float.value(0.25), Ok(ParamValue::Float(0.25)));
    let int = read(r#"{"name":"IntDistribution","attributes":{"step":2,"low":1,"high":9,"log":false}}"#);
    assert_eq!(int.domain(), Domain::Int { low: 1, high: 9, log: false, step: Some(2) });
    assert_eq!(int.value(3.0), Ok(ParamValue::Int(3)));
    assert!(int.value(3.5).is_err());
    let choice = read(r#"{"name":"CategoricalDistribution","attributes":{"choices":["a","b"]}}"#);
    assert_eq!(choice.domain(), Domain::Choice { options: vec!["a".to_owned(), "b".to_owned()] });
    assert_eq!(choice.value(1.0), Ok(ParamValue::Choice("b".to_owned())));
    assert!(choice.value(2.0).is_err() && choice.value(-1.0).is_err() && choice.value(0.5).is_err());
}

#[test]
fn choices_that_are_no_strings_are_told_apart() {
    let mixed = Distribution::Categorical(vec![json!("3"), json!(3), json!(null), json!(1.5), json!(true), json!("x")]);
    let options = ["\"3\"", "3", "null", "1.5", "true", "x"].map(str::to_owned).to_vec();
    assert_eq!(mixed.domain(), Domain::Choice { options });
    assert_eq!(mixed.value(0.0), Ok(ParamValue::Choice("\"3\"".to_owned())));
    assert_eq!(mixed.value(4.0), Ok(ParamValue::Choice("true".to_owned())));
}

#[test]
fn two_booleans_are_a_switch_in_either_order() {
    for choices in [vec![json!(true), json!(false)], vec![json!(false), json!(true)]] {
        let switch = Distribution::Categorical(choices.clone());
        assert_eq!(switch.domain(), Domain::Bool);
        assert_eq!(switch.value(0.0), Ok(ParamValue::Bool(choices[0] == json!(true))));
    }
}

#[test]
fn ranges_that_moved_are_united_and_other_things_are_not() {
    let float = |low, high, log| Distribution::Float { low, high, log, step: None };
    assert_eq!(float(0.0, 1.0, false).united(&float(0.5, 2.0, false)), Ok(float(0.0, 2.0, false)));
    assert!(float(0.5, 1.0, false).united(&float(0.5, 1.0, true)).is_err());
    let int = |low, high, step| Distribution::Int { low, high, log: false, step };
    assert_eq!(int(1, 5, 2).united(&int(3, 9, 2)), Ok(int(1, 9, 2)));
    assert!(int(1, 5, 2).united(&int(2, 6, 2)).is_err());
    assert!(int(1, 5, 1).united(&float(1.0, 5.0, false)).is_err());
}

#[test]
fn what_has_one_value_is_constant() {
    assert!(Distribution::Float { low: 1.0, high: 1.0, log: false, step: None }.is_constant());
    assert!(Distribution::Int { low: 1, high: 2, log: false, step: 5 }.is_constant());
    assert!(Distribution::Categorical(vec![json!("a")]).is_constant());
    assert!(!Distribution::Int { low: 1, high: 2, log: false, step: 1 }.is_constant());
}

#[test]
fn what_is_no_distribution_is_named() {
    for (text, named) in [
        (r#"{"name":"OddDistribution","attributes":{}}"#, "`OddDistribution` is not known"),
        (r#"{"name":"FloatDistribution","attributes":{"low":0}}"#, "`high` is no number"),
        (r#"{"name":"IntDistribution","attributes":{"low":0.5,"high":2}}"#, "`low` is no whole number"),
        (r#"{"attributes":{}}"#, "no name"),
        ("{", "EOF"),
    ] {
        let error = Distribution::read(text).unwrap_err();
        assert!(error.contains(named), "{error}");
    }
}
