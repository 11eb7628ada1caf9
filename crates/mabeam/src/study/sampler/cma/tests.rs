use foundation_core::port::entropy::RandomStream;

use super::{CmaSampler, CmaSettings};
use crate::study::sampler::toys::{Toy, seen, tuned, wins};
use crate::study::sampler::{History, Request, Sampler};
use crate::study::space::{Params, SearchSpace};

#[test]
fn it_beats_random_search_by_far() {
    let cma = CmaSampler::default();
    for toy in [Toy::Bowl, Toy::Valley, Toy::Mixed] {
        let wins = wins(&cma, toy, 100, 20);
        assert!(wins >= 18, "{toy:?}: {wins} of 20 seeds won");
    }
}

/// Random search of 300 trials comes to 0.001 of the best value at most; the strategy closes in.
#[test]
fn it_closes_in_on_the_best_point() {
    for seed in 0..5 {
        for toy in [Toy::Bowl, Toy::Valley] {
            let best = tuned(&CmaSampler::default(), toy, 300, 2, seed).best().unwrap().value;
            assert!(best > -1e-4, "{toy:?}, seed {seed}: {best}");
        }
    }
}

#[test]
fn the_trials_of_others_move_only_the_beginning_of_a_run() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
    let sampler = CmaSampler::new(CmaSettings { population: 4, generations: 2, ..CmaSettings::default() }).unwrap();
    let propose = |history: &History| {
        sampler.suggest(&Request { space: &space, history, member: 1, seed: 1 }, &mut RandomStream::new(1, 1))
    };
    let at = |x: f64| Params::new().with("x", x);
    let mut history = History::new();
    for trial in 10..18 {
        history.record(seen(trial, 1, at(0.3), 0.0));
    }
    // The run is over, and the next one begins at the best trial, which is another member's.
    let before = propose(&history);
    history.record(seen(18, 0, at(0.9), 1.0));
    assert_ne!(propose(&history), before);
    // Within a run a later trial of another member counts for nothing.
    history.record(seen(19, 1, at(0.9), 0.0));
    let before = propose(&history);
    history.record(seen(20, 0, at(0.1), 2.0));
    assert_eq!(propose(&history), before);
}

#[test]
fn a_generation_counts_with_the_trials_that_have_a_value() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).float("y", 0.0, 1.0).build().unwrap();
    let sampler = CmaSampler::new(CmaSettings { population: 8, ..CmaSettings::default() }).unwrap();
    let mut history = History::new();
    for trial in 0..32 {
        let params = Params::new().with("x", 0.8 + 0.01 * (trial % 8) as f64).with("y", 0.1);
        match trial % 8 {
            0 => history.propose(trial, Some(0), params),
            1 => history.record(seen(trial, 0, params, f64::NAN)),
            _ => history.record(seen(trial, 0, params, trial as f64)),
        }
    }
    let request = Request { space: &space, history: &history, member: 0, seed: 1 };
    let mean = |name| {
        let propose = |stream| sampler.suggest(&request, &mut RandomStream::new(1, stream)).float(name).unwrap();
        (0..100).map(propose).sum::<f64>() / 100.0
    };
    let (x, y) = (mean("x"), mean("y"));
    assert!((x - 0.83).abs() < 0.1 && y < 0.2, "{x} {y}");
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    let good = CmaSettings::default;
    for (settings, name) in [
        (CmaSettings { population: 3, ..good() }, "population"),
        (CmaSettings { step: 0.0, ..good() }, "step"),
        (CmaSettings { generations: 0, ..good() }, "generations"),
        (CmaSettings { narrowest: f64::NAN, ..good() }, "narrowest"),
        (CmaSettings { least: 2.0, ..good() }, "least"),
    ] {
        let error = CmaSampler::new(settings).unwrap_err();
        assert!(error.what().starts_with(&format!("setting `{name}` of sampler cma is ")), "{error}");
    }
}

/// Where every trial lands on the same value the steps are none and the width falls in each generation.
#[test]
fn a_long_run_that_stands_still_keeps_its_least_width() {
    let space = SearchSpace::builder().int("n", 0, 2).int("m", 0, 2).build().unwrap();
    let sampler = CmaSampler::new(CmaSettings { population: 4, generations: 3_000, ..CmaSettings::default() }).unwrap();
    let middle = space.params_at(&[0.5, 0.5]);
    let mut history = History::new();
    for trial in 0..11_000 {
        history.propose(trial, Some(0), middle.clone());
        history.record(seen(trial, 0, middle.clone(), 0.0));
    }
    let request = Request { space: &space, history: &history, member: 0, seed: 1 };
    let axes = crate::study::sampler::axis::Axis::all(&space);
    let run = sampler.run(&request, &axes);
    for at in 0..100 {
        let drawn = run.draw(&mut RandomStream::new(1, at));
        // The least width is 0.001.
        assert!(drawn.iter().all(|unit| (0.49..=0.51).contains(unit)), "{drawn:?}");
    }
}
