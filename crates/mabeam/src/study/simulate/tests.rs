use std::sync::Arc;

use foundation_core::Code;

use super::{LookedUp, Simulated, Tabulated};
use crate::study::objective::TrialError;
use crate::study::sampler::{RandomSampler, TpeSampler};
use crate::study::{Asha, Imported, Known, Params, SearchSpace, Study, TrialState};

/// Values hang on `x`, times on `x` too: from one to three seconds an epoch.
struct Line;

impl Tabulated for Line {
    fn look_up(&self, params: &Params, from_epoch: u32, to_epoch: u32) -> Result<LookedUp, TrialError> {
        let x = params.float("x")?;
        if x < 0.02 {
            return Err("too small".into());
        }
        let value = if x > 0.98 { f64::NAN } else { 1.0 - (x - 0.3).abs() - 0.5 / f64::from(to_epoch) };
        Ok(LookedUp { value, seconds: (1.0 + 2.0 * x) * f64::from(to_epoch - from_epoch) })
    }
}

/// Times that are given, value 1.
struct Takes(f64);

impl Tabulated for Takes {
    fn look_up(&self, _params: &Params, from_epoch: u32, to_epoch: u32) -> Result<LookedUp, TrialError> {
        Ok(LookedUp { value: 1.0, seconds: self.0 * f64::from(to_epoch - from_epoch) })
    }
}

fn study() -> Study {
    Study::new("line", SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap())
        .sampler(Arc::new(RandomSampler))
        .trials(200)
        .seed(4)
}

fn rungs() -> Study {
    study().scheduler(Asha::default()).budget(2_000)
}

fn told(simulated: &Simulated) -> String {
    format!("{:?} {:?}", simulated.state().trials(), simulated.stretches())
}

#[test]
fn one_worker_takes_the_sum_of_all_costs() {
    for study in [study(), rungs()] {
        let alone = study.slots(1).simulate(&Line).unwrap();
        let sum: f64 = alone.state().trials().iter().map(|trial| trial.seconds).sum();
        assert!((alone.seconds() - sum).abs() < 1e-6 * sum, "{} seconds, the sum is {sum}", alone.seconds());
        assert_eq!(alone.utilisation(), 1.0);
    }
}

#[test]
fn a_worker_does_one_thing_at_a_time_and_never_waits_for_another() {
    let many = study().slots(16).simulate(&Line).unwrap();
    for worker in 0..16 {
        let mut own: Vec<_> = many.stretches().iter().filter(|stretch| stretch.worker == worker).collect();
        own.sort_by_key(|stretch| stretch.began);
        assert_eq!(own[0].began, 0);
        // Trials without rungs are free to start at once, so the next begins in the microsecond in which one ends.
        assert!(own.windows(2).all(|pair| pair[0].ended == pair[1].began), "worker {worker}: {own:?}");
    }
}

#[test]
fn workers_speed_a_study_up_by_nearly_their_number() {
    let alone = study().trials(3_000).slots(1).simulate(&Line).unwrap();
    for workers in [2_u32, 10, 100] {
        let many = study().trials(3_000).slots(workers).simulate(&Line).unwrap();
        let speed_up = alone.seconds() / many.seconds();
        // Random search proposes the same whoever works, so the work is the same; what is lost is the last trial's end.
        assert!(speed_up <= f64::from(workers) + 1e-9, "{workers} workers: {speed_up}");
        assert!(speed_up > 0.9 * f64::from(workers), "{workers} workers: {speed_up}");
        assert!((many.utilisation() - speed_up / f64::from(workers)).abs() < 1e-6);
    }
}

#[test]
fn more_workers_than_trials_take_as_long_as_the_longest_trial() {
    let many = study().trials(7).slots(500).simulate(&Line).unwrap();
    let longest = many.state().trials().iter().map(|trial| trial.seconds).fold(0.0, f64::max);
    assert_eq!(many.seconds(), longest);
}

#[test]
fn the_same_study_gives_the_same_bits() {
    for study in [study().slots(9), rungs().slots(9).sampler(Arc::new(TpeSampler::default()))] {
        let first = study.clone().simulate(&Line).unwrap();
        assert_eq!(told(&first), told(&study.clone().simulate(&Line).unwrap()));
        assert_ne!(told(&first), told(&study.seed(5).simulate(&Line).unwrap()));
    }
}

#[test]
fn rungs_stop_most_trials_and_the_budget_holds() {
    let halved = rungs().slots(8).simulate(&Line).unwrap();
    let state = halved.state();
    assert!(state.epochs().granted <= 2_000);
    assert!(state.count(TrialState::Stopped) > state.count(TrialState::Completed));
    assert!(state.count(TrialState::Completed) > 0);
}

#[test]
fn what_cannot_be_trained_fails() {
    let seen = study().trials(500).slots(4).simulate(&Line).unwrap();
    let reasons: Vec<&str> = seen.state().trials().iter().filter_map(|trial| trial.failure.as_deref()).collect();
    assert!(reasons.contains(&"too small"), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("NaN")), "{reasons:?}");
}

#[test]
fn it_begins_with_what_is_enqueued_and_known() {
    let known = Imported {
        params: Params::new().with("x", 0.31),
        epochs: 1,
        known: Known::Value(9.0),
        from: "elsewhere".to_owned(),
    };
    let seen = study().trials(5).slots(2).warm_start([known]).enqueue(Params::new().with("x", 0.5)).simulate(&Line);
    let seen = seen.unwrap();
    let xs: Vec<f64> = seen.state().trials().iter().map(|trial| trial.params.float("x").unwrap()).collect();
    assert_eq!((xs.len(), &xs[..2]), (6, [0.31, 0.5].as_slice()));
    assert_eq!(seen.state().best().unwrap().id, 0);
    // What was known before took no time, and is no improvement of this study.
    assert!(seen.improvements().iter().all(|found| found.trial > 0));
    let outside = study().enqueue(Params::new().with("x", 2.0)).simulate(&Line).unwrap_err();
    assert!(outside.chain().contains("`x` is 2"), "{outside}");
}

#[test]
fn improvements_rise_in_time_and_value_and_end_with_the_best() {
    let seen = study().slots(8).simulate(&Line).unwrap();
    let found = seen.improvements();
    assert!(found.windows(2).all(|pair| pair[0].seconds <= pair[1].seconds && pair[0].value < pair[1].value));
    let last = found.last().unwrap();
    assert_eq!(seen.state().best().unwrap().value(), Some(last.value));
    assert_eq!(seen.reached(last.value), Some(last.seconds));
    assert_eq!(seen.reached(2.0), None);
    assert_eq!(seen.reached(-9.0), Some(found[0].seconds));
}

#[test]
fn smaller_is_better_where_the_study_says_so() {
    let seen = study().minimize().slots(3).simulate(&Line).unwrap();
    let found = seen.improvements();
    assert!(found.windows(2).all(|pair| pair[0].value > pair[1].value));
    assert_eq!(seen.reached(9.0), Some(found[0].seconds));
}

#[test]
fn a_time_that_is_none_is_refused() {
    for seconds in [-1.0, f64::NAN, f64::INFINITY, 1e11] {
        let error = study().simulate(&Takes(seconds)).unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.what().contains("seconds to epoch 1"), "{error}");
    }
    assert_eq!(study().simulate(&Takes(0.0)).unwrap().utilisation(), 1.0);
}
