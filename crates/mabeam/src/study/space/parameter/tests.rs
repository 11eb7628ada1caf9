use foundation_core::Code;
use proptest::prelude::*;

use super::{Domain, ParamValue, Parameter};

fn int(low: i64, high: i64, log: bool) -> Domain {
    Domain::Int { low, high, log, step: None }
}

fn float(low: f64, high: f64, log: bool) -> Domain {
    Domain::Float { low, high, log, step: None }
}

fn choice(options: &[&str]) -> Domain {
    Domain::Choice { options: options.iter().map(|&option| option.to_owned()).collect() }
}

#[test]
fn a_domain_that_cannot_be_is_refused() {
    for (domain, what) in [
        (int(3, 3, false), "low 3 is not below high 3"),
        (int(0, 9, true), "low 0 of a logarithmic range is not above zero"),
        (
            int(i64::MIN, i64::MAX, false),
            "bounds -9223372036854775808 and 9223372036854775807 are not within 2^53 of zero",
        ),
        (float(1.0, 0.5, false), "low 1 is not below high 0.5"),
        (float(0.0, 1.0, true), "low 0 of a logarithmic range is not above zero"),
        (float(-1.0, 1.0, true), "low -1 of a logarithmic range is not above zero"),
        (float(f64::NAN, 1.0, false), "bounds NaN and 1 are not both finite"),
        (float(0.0, f64::INFINITY, false), "bounds 0 and inf are not both finite"),
        (float(-1e308, 1e308, false), "the distance from low -1"),
        (Domain::Int { low: 0, high: 9, log: false, step: Some(0) }, "step 0 is not above zero"),
        (Domain::Int { low: 0, high: 9, log: false, step: Some(10) }, "step 10 leads from low 0 beyond high 9"),
        (Domain::Float { low: 0.0, high: 1.0, log: false, step: Some(-0.1) }, "step -0.1 is not above zero"),
        (Domain::Float { low: 0.0, high: 1.0, log: false, step: Some(2.0) }, "step 2 leads from low 0 beyond high 1"),
        (Domain::Float { low: 0.0, high: 1.0, log: false, step: Some(f64::NAN) }, "step NaN is not finite"),
        (float(1e300, 1e300_f64.next_up(), true), "its bounds are too near to each other"),
        (choice(&["one"]), "a choice needs two options or more and has 1"),
        (choice(&["one", "two", "one"]), "option `one` stands there twice"),
    ] {
        let error = Parameter::new("rate", domain).unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        let wanted = format!("parameter `rate` of the search space: {what}");
        assert!(error.what().starts_with(&wanted), "{} and not {wanted}", error.what());
    }
}

/// Each integer owns an equal share of the unit interval, the ends too.
#[test]
fn integers_own_equal_cells() {
    let parameter = Parameter::new("n", int(3, 5, false)).unwrap();
    let counted = (0..300).fold([0; 3], |mut counted, at| {
        if let ParamValue::Int(value) = parameter.value_at((f64::from(at) + 0.5) / 300.0) {
            counted[(value - 3) as usize] += 1;
        }
        counted
    });
    assert_eq!(counted, [100, 100, 100]);
    assert_eq!(parameter.unit_of(&ParamValue::Int(4)), Some(0.5));
    assert_eq!(parameter.value_at(1.0), ParamValue::Int(5));
    assert_eq!(parameter.value_at(f64::NAN), ParamValue::Int(3));
}

#[test]
fn a_logarithmic_range_is_even_in_the_logarithm() {
    let rate = Parameter::new("rate", float(1e-4, 1e-2, true)).unwrap();
    assert_eq!(rate.value_at(0.0), ParamValue::Float(1e-4));
    assert_eq!(rate.value_at(1.0), ParamValue::Float(1e-2));
    let ParamValue::Float(middle) = rate.value_at(0.5) else { panic!("a float has float values") };
    assert!((middle - 1e-3).abs() < 1e-15, "{middle}");
    let width = Parameter::new("width", int(1, 2, true)).unwrap();
    // ln(1.5 / 0.5) / ln(2.5 / 0.5): where 1 ends and 2 begins.
    assert_eq!(width.value_at(0.682), ParamValue::Int(1));
    assert_eq!(width.value_at(0.683), ParamValue::Int(2));
}

#[test]
fn only_a_value_of_the_domain_has_a_place() {
    let switch = Parameter::new("switch", Domain::Bool).unwrap();
    assert_eq!(switch.unit_of(&ParamValue::Bool(true)), Some(0.75));
    assert_eq!(switch.unit_of(&ParamValue::Int(1)), None);
    let word = Parameter::new("word", choice(&["a", "b", "c", "d"])).unwrap();
    assert_eq!(word.unit_of(&ParamValue::Choice("c".into())), Some(0.625));
    assert_eq!(word.unit_of(&ParamValue::Choice("e".into())), None);
    assert_eq!(word.value_at(0.625), ParamValue::Choice("c".into()));
    assert_eq!(word.value_at(1.0), ParamValue::Choice("d".into()));
    let rate = Parameter::new("rate", float(0.0, 1.0, false)).unwrap();
    assert_eq!(rate.unit_of(&ParamValue::Float(f64::NAN)), None);
    assert_eq!(rate.unit_of(&ParamValue::Float(1.5)), None);
    assert_eq!(rate.unit_of(&ParamValue::Float(-0.0)), Some(0.0));
}

/// Values in steps own equal cells, and the last one is where the last step leads.
#[test]
fn steps_own_equal_cells() {
    let depth = Parameter::new("depth", Domain::Int { low: 4, high: 15, log: false, step: Some(4) }).unwrap();
    let units = [0.0, 0.3, 0.34, 0.66, 0.67, 1.0];
    assert_eq!(units.map(|unit| depth.value_at(unit)), [4, 4, 8, 8, 12, 12].map(ParamValue::Int));
    assert_eq!(depth.unit_of(&ParamValue::Int(8)), Some(0.5));
    assert_eq!(depth.unit_of(&ParamValue::Int(9)), None);
    assert_eq!(depth.unit_of(&ParamValue::Int(16)), None);
    let dropout =
        Parameter::new("dropout", Domain::Float { low: 0.0, high: 0.5, log: false, step: Some(0.1) }).unwrap();
    let units = [0.0, 0.16, 0.17, 0.5, 0.99, 1.0];
    assert_eq!(units.map(|unit| dropout.value_at(unit)), [0.0, 0.0, 0.1, 0.3, 0.5, 0.5].map(ParamValue::Float));
    assert_eq!(dropout.unit_of(&ParamValue::Float(0.1 + 0.2)), None);
    assert_eq!(dropout.meant(&ParamValue::Float(0.1 + 0.2)), ParamValue::Float(0.3));
    assert_eq!(dropout.meant(&ParamValue::Int(0)), ParamValue::Float(0.0));
    assert_eq!(dropout.meant(&ParamValue::Float(0.25)), ParamValue::Float(0.25));
}

/// Half a step around 16 is 8 to 24, and so on to 64: the borders of the cells, even in the logarithm.
#[test]
fn logarithmic_steps_own_half_a_step_to_both_sides() {
    let width = Parameter::new("width", Domain::Int { low: 16, high: 70, log: true, step: Some(16) }).unwrap();
    let place = |border: f64| ((border / 8.0).ln() / (72.0_f64 / 8.0).ln()).clamp(0.0, 1.0);
    for (border, below, above) in [(24.0, 16, 32), (40.0, 32, 48), (56.0, 48, 64)] {
        assert_eq!(width.value_at(place(border) - 1e-9), ParamValue::Int(below));
        assert_eq!(width.value_at(place(border) + 1e-9), ParamValue::Int(above));
    }
    assert_eq!((width.value_at(0.0), width.value_at(1.0)), (ParamValue::Int(16), ParamValue::Int(64)));
    let rate = Parameter::new("rate", Domain::Float { low: 0.1, high: 1.0, log: true, step: Some(0.1) }).unwrap();
    assert_eq!(rate.value_at(0.0), ParamValue::Float(0.1));
    assert_eq!(rate.value_at(1.0), ParamValue::Float(1.0));
    assert!(rate.unit_of(&ParamValue::Float(0.2)).unwrap() > 0.25, "the lower steps are wider in the logarithm");
}

proptest! {
    #[test]
    fn a_greater_integer_lies_further_right(low in 1_i64..1 << 40, span in 1_i64..1 << 40, log: bool, at in 0.0..1.0_f64) {
        let parameter = Parameter::new("n", int(low, low + span, log)).unwrap();
        let value = low + ((span - 1) as f64 * at) as i64;
        let one = parameter.unit_of(&ParamValue::Int(value)).unwrap();
        let two = parameter.unit_of(&ParamValue::Int(value + 1)).unwrap();
        prop_assert!(one <= two, "{} {}", one, two);
        if span < 1 << 20 && (!log || value < 1 << 30) {
            prop_assert!(one < two);
            prop_assert_eq!(parameter.value_at(one), ParamValue::Int(value));
        }
    }

    #[test]
    fn a_greater_place_has_no_lesser_value(low in 1e-6..1.0_f64, span in 1e-3..1e6_f64, log: bool, one: f64, two: f64) {
        let parameter = Parameter::new("x", float(low, low + span, log)).unwrap();
        let (ParamValue::Float(of_one), ParamValue::Float(of_two)) = (parameter.value_at(one), parameter.value_at(two))
        else { panic!("a float has float values") };
        if one <= two {
            prop_assert!(of_one <= of_two * (1.0 + 1e-15));
        }
    }
}
