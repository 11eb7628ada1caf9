use super::of;
use crate::study::sampler::Observation;
use crate::study::sampler::toys::seen;
use crate::study::space::Params;

fn targets(values: &[f64]) -> Vec<f64> {
    let all: Vec<Observation> = (0..).zip(values).map(|(trial, value)| seen(trial, 0, Params::new(), *value)).collect();
    of(&all.iter().collect::<Vec<_>>(), 0.1)
}

#[test]
fn targets_rise_with_the_value_and_are_standardised() {
    let targets = targets(&[0.1, 0.9, 0.95, 0.96, 0.5]);
    assert!(targets[0] < targets[4] && targets[4] < targets[1] && targets[1] < targets[2] && targets[2] < targets[3]);
    let mean = targets.iter().sum::<f64>() / 5.0;
    let variance = targets.iter().map(|value| value * value).sum::<f64>() / 5.0;
    assert!(mean.abs() < 1e-12 && (variance - 1.0).abs() < 1e-12, "{mean} {variance}");
}

#[test]
fn targets_do_not_hang_on_the_scale_of_the_values() {
    let values = [0.1, 0.9, 0.95, 0.96, 0.5];
    let large = values.map(|value| 1_000.0 * value - 7.0);
    assert!(targets(&values).iter().zip(targets(&large)).all(|(a, b)| (a - b).abs() < 1e-9));
}

#[test]
fn what_has_no_value_gets_the_worst() {
    let targets = targets(&[f64::NAN, 1.0, 2.0, f64::NEG_INFINITY, f64::INFINITY, -1.0]);
    assert!(targets.iter().all(|target| target.is_finite()), "{targets:?}");
    assert_eq!([targets[0], targets[3]], [targets[5]; 2]);
    assert_eq!(targets[4], targets[2]);
}

#[test]
fn equal_values_teach_nothing() {
    assert_eq!(targets(&[0.5; 4]), [0.0; 4]);
    assert_eq!(targets(&[f64::NAN; 4]), [0.0; 4]);
    assert_eq!(targets(&[]), [0.0; 0]);
}
