use mabeam::{Domain, ParamValue, Parameter, Params};

use super::{domain, place, sideways, ticks, written};

fn labels(domain: Domain) -> Vec<String> {
    let parameter = Parameter::new("p", domain).unwrap();
    let ticks = ticks(&parameter, 4);
    assert!(ticks.iter().all(|tick| (0.0..=1.0).contains(&tick.unit)));
    assert!(ticks.windows(2).all(|pair| pair[0].unit < pair[1].unit));
    ticks.into_iter().map(|tick| tick.label).collect()
}

#[test]
fn ticks_are_values_of_the_parameter() {
    assert_eq!(labels(Domain::Int { low: 1, high: 4, log: false, step: None }), ["1", "2", "3", "4"]);
    assert_eq!(labels(Domain::Int { low: 3, high: 5, log: true, step: None }), ["3", "4", "5"]);
    assert_eq!(labels(Domain::Int { low: 16, high: 256, log: true, step: None }), ["20", "50", "100", "200"]);
    assert_eq!(labels(Domain::Float { low: 1e-4, high: 0.1, log: true, step: None }), ["1e-4", "0.001", "0.01", "0.1"]);
    assert_eq!(labels(Domain::Float { low: 0.0, high: 0.99, log: false, step: None }), ["0", "0.5"]);
    assert_eq!(labels(Domain::Bool), ["false", "true"]);
    let options = (0..20).map(|n| format!("o{n}")).collect();
    assert_eq!(labels(Domain::Choice { options }), ["o0", "o3", "o6", "o9", "o12", "o15", "o18"]);
}

#[test]
fn a_trial_lies_where_its_value_does() {
    let parameter = Parameter::new("act", Domain::Choice { options: vec!["relu".into(), "tanh".into()] }).unwrap();
    assert_eq!(place(&parameter, &Params::new().with("act", "tanh")), Some(0.75));
    assert_eq!(place(&parameter, &Params::new().with("act", "gelu")), None);
    assert_eq!(place(&parameter, &Params::new()), None);
    assert!((0..100).all(|trial| sideways(&parameter, trial).abs() < 0.25), "within the option's share");
    let number = Parameter::new("x", Domain::Float { low: 0.0, high: 1.0, log: false, step: None }).unwrap();
    assert_eq!(sideways(&number, 7), 0.0);
}

#[test]
fn values_and_domains_are_written_short() {
    assert_eq!(written(&ParamValue::Float(0.012_345_6)), "0.01235");
    assert_eq!(written(&ParamValue::Int(1_000_000)), "1000000");
    let lr = Parameter::new("lr", Domain::Float { low: 1e-4, high: 0.1, log: true, step: None }).unwrap();
    assert_eq!(domain(&lr), "1e-4 to 0.1, logarithmic");
}
