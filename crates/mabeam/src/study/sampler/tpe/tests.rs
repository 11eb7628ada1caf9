use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;

use super::{Bandwidth, RungRule, TpeSampler, TpeSettings, largest_rung_with};
use crate::study::sampler::{History, Observation, RandomSampler, Request, Sampler};
use crate::study::space::{Params, SearchSpace};

fn seen(trial: u64, params: Params, rung: u32, value: f64) -> Observation {
    let epochs = 3_u32.pow(rung);
    Observation { trial, member: None, params, epochs, rung, value, further: Vec::new(), failed: false }
}

fn ask(sampler: &dyn Sampler, space: &SearchSpace, history: &History, mut random: RandomStream) -> Params {
    sampler.suggest(&Request { space, history, member: 0, seed: 1 }, &mut random)
}

/// The best value of `n` trials on a bowl over two numbers and a choice.
fn best_of(sampler: &dyn Sampler, n: u64, seed: u64) -> f64 {
    let space =
        SearchSpace::builder().float("x", -5.0, 5.0).log_float("y", 1e-3, 1e3).choice("z", ["a", "b"]).build().unwrap();
    let mut history = History::new();
    for trial in 0..n {
        let params = ask(sampler, &space, &history, RandomStream::new(seed, trial));
        let x = params.float("x").unwrap() - 1.0;
        let y = params.float("y").unwrap().ln() - 2.0;
        let z = f64::from(u8::from(params.choice("z").unwrap() == "a"));
        history.record(seen(trial, params, 0, -(x * x + y * y + z)));
    }
    history.best().unwrap().value
}

#[test]
fn it_beats_random_search_on_a_bowl() {
    for multivariate in [true, false] {
        let tpe = TpeSampler::new(TpeSettings { multivariate, candidates: 24, ..TpeSettings::default() }).unwrap();
        let seeds: Vec<u64> = (0..20).collect();
        let wins = seeds.iter().filter(|&&seed| best_of(&tpe, 40, seed) > best_of(&RandomSampler, 40, seed)).count();
        assert!(wins >= 15, "multivariate {multivariate}: {wins} of 20 seeds won");
    }
}

fn line() -> SearchSpace {
    SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap()
}

fn at(x: f64) -> Params {
    Params::new().with("x", x)
}

/// Where most of 100 proposals lie: their median.
fn usual(sampler: &TpeSampler, history: &History) -> f64 {
    let propose = |seed| ask(sampler, &line(), history, RandomStream::new(seed, 0)).float("x").unwrap();
    let mut proposals: Vec<f64> = (0..100).map(propose).collect();
    proposals.sort_by(f64::total_cmp);
    proposals[50]
}

#[test]
fn a_high_rung_counts_more_than_a_high_value() {
    let mut history = History::new();
    for trial in 0..40 {
        let x = (trial as f64 + 0.5) / 40.0;
        let promoted = (0.18..0.22).contains(&x);
        history.record(seen(trial, at(x), u32::from(promoted), if promoted { 0.1 } else { x }));
    }
    let settings = TpeSettings { gamma: 0.05, bandwidth: Bandwidth::Range(0.1), ..TpeSettings::default() };
    let sampler = TpeSampler::new(settings).unwrap();
    let place = usual(&sampler, &history);
    assert!((place - 0.2).abs() < 0.1, "{place}");
}

#[test]
fn a_failed_region_and_a_pending_point_are_avoided() {
    let mut history = History::new();
    for trial in 0..20 {
        let x = (trial as f64 + 0.5) / 20.0;
        history.record(seen(trial, at(x), 0, if (0.25..0.75).contains(&x) { 1.0 } else { 0.0 }));
    }
    let settings = TpeSettings { gamma: 0.5, bandwidth: Bandwidth::Range(0.1), ..TpeSettings::default() };
    let sampler = TpeSampler::new(settings).unwrap();
    for trial in 20..60 {
        let x = 0.3 + (trial - 20) as f64 * 0.005;
        history.record(Observation { failed: true, ..seen(trial, at(x), 0, 9.0) });
    }
    let place = usual(&sampler, &history);
    assert!((0.5..0.8).contains(&place), "{place}");
    for trial in 60..100 {
        history.propose(trial, None, at(0.5 + (trial - 60) as f64 * 0.005));
    }
    let place = usual(&sampler, &history);
    assert!(place > 0.65 && place < 0.85, "{place}");
}

/// A space of three points, two of which are being tried.
#[test]
fn a_pending_point_is_not_proposed_again() {
    let space = SearchSpace::builder().int("n", 1, 3).build().unwrap();
    let mut history = History::new();
    for trial in 0..12 {
        let n = 1 + i64::try_from(trial % 3).unwrap();
        history.record(seen(trial, Params::new().with("n", n), 0, -(n as f64)));
    }
    history.propose(12, None, Params::new().with("n", 1));
    history.propose(13, None, Params::new().with("n", 2));
    for seed in 0..50 {
        let suggested = ask(&TpeSampler::default(), &space, &history, RandomStream::new(seed, 0));
        assert_eq!(suggested.int("n").unwrap(), 3, "seed {seed}");
    }
}

/// A space of twelve points, all but one of which were measured: the best of them is not worth measuring again.
#[test]
fn a_point_of_a_finite_space_is_not_measured_twice_while_others_are_left() {
    let space = SearchSpace::builder().int("n", 1, 6).choice("act", ["relu", "tanh"]).build().unwrap();
    let mut history = History::new();
    for trial in 0..11 {
        let act = if trial % 2 == 0 { "relu" } else { "tanh" };
        let params = Params::new().with("n", 1 + i64::try_from(trial / 2).unwrap()).with("act", act);
        history.record(seen(trial, params, 0, -(trial as f64)));
    }
    for seed in 0..50 {
        let suggested = ask(&TpeSampler::default(), &space, &history, RandomStream::new(seed, 0));
        assert_eq!(suggested, Params::new().with("n", 6).with("act", "tanh"), "seed {seed}");
    }
}

#[test]
fn the_model_waits_for_its_startup() {
    let sampler = TpeSampler::default();
    let mut history = History::new();
    for trial in 0..u64::from(sampler.settings().startup) {
        let stream = RandomStream::new(3, trial);
        let of_tpe = ask(&sampler, &line(), &history, stream.clone());
        assert_eq!(of_tpe, ask(&RandomSampler, &line(), &history, stream.clone()));
        // Neither a failure nor a NaN counts.
        history.record(Observation { failed: true, ..seen(100 + trial, at(0.5), 0, 1.0) });
        history.record(seen(200 + trial, at(0.5), 0, f64::NAN));
        history.record(seen(trial, of_tpe, 0, 0.5));
    }
    let stream = RandomStream::new(3, 99);
    let of_tpe = ask(&sampler, &line(), &history, stream.clone());
    assert_ne!(of_tpe, ask(&RandomSampler, &line(), &history, stream.clone()));
}

#[test]
fn the_largest_rung_is_one_with_enough_points() {
    let mut history = History::new();
    for (rung, trial) in [0, 0, 0, 1, 1, 2].into_iter().zip(0..) {
        history.record(seen(trial, at(0.5), rung, 0.0));
    }
    let rungs = [1, 2, 3, 4, 6, 7].map(|points| largest_rung_with(&history, points));
    assert_eq!(rungs, [2, 1, 1, 0, 0, 0]);
    assert_eq!(largest_rung_with(&History::new(), 3), 0);
}

#[test]
fn the_good_share_is_rounded_up_and_bounded() {
    let settings = TpeSettings { gamma: 0.1, max_good: 25, ..TpeSettings::default() };
    assert_eq!([1, 9, 10, 11, 250, 9_000].map(|n| settings.n_good(n)), [1, 1, 1, 2, 25, 25]);
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    let good = TpeSettings::default;
    for (settings, name) in [
        (TpeSettings { gamma: 0.0, ..good() }, "gamma"),
        (TpeSettings { gamma: f64::NAN, ..good() }, "gamma"),
        (TpeSettings { candidates: 0, ..good() }, "candidates"),
        (TpeSettings { candidates: u32::MAX, ..good() }, "candidates"),
        (TpeSettings { prior_weight: 0.0, ..good() }, "prior_weight"),
        (TpeSettings { narrowest: 2.0, ..good() }, "narrowest"),
        (TpeSettings { rungs: RungRule::Largest { points: 0 }, startup: 0, ..good() }, "startup"),
    ] {
        let error = TpeSampler::new(settings).unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.what().starts_with(&format!("setting `{name}` of sampler tpe is ")), "{error}");
    }
}
