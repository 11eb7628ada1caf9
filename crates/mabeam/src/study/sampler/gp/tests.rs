use foundation_core::port::entropy::RandomStream;

use super::{GpSampler, GpSettings};
use crate::study::sampler::toys::{Toy, seen, wins};
use crate::study::sampler::{History, Observation, Request, Sampler};
use crate::study::space::{Params, SearchSpace};

#[test]
fn it_beats_random_search_by_far() {
    let gp = GpSampler::default();
    // The valley takes it 100 trials, too many for a quick test.
    for (toy, n) in [(Toy::Bowl, 30), (Toy::Mixed, 60)] {
        let wins = wins(&gp, toy, n, 8);
        assert!(wins >= 7, "{toy:?}: {wins} of 8 seeds won");
    }
}

fn line() -> SearchSpace {
    SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap()
}

fn at(x: f64) -> Params {
    Params::new().with("x", x)
}

/// Where 20 proposals lie, sorted.
fn proposals(history: &History) -> Vec<f64> {
    let space = line();
    let request = Request { space: &space, history, member: 0, seed: 1 };
    let propose = |seed| GpSampler::default().suggest(&request, &mut RandomStream::new(seed, 0)).float("x").unwrap();
    let mut proposals: Vec<f64> = (0..20).map(propose).collect();
    proposals.sort_by(f64::total_cmp);
    proposals
}

/// A hill with its top at 0.6.
fn hill() -> History {
    let mut history = History::new();
    for trial in 0..12 {
        let x = trial as f64 / 11.0;
        history.record(seen(trial, 0, at(x), -(x - 0.6) * (x - 0.6)));
    }
    history
}

#[test]
fn it_goes_to_the_top_of_a_hill_and_not_where_it_is_being_tried() {
    let mut history = hill();
    let alone = proposals(&history);
    assert!((alone[10] - 0.6).abs() < 0.06, "{alone:?}");
    history.propose(20, Some(0), at(alone[10]));
    let beside = proposals(&history);
    assert!(beside.iter().all(|x| (x - alone[10]).abs() > 1e-6), "{beside:?}");
}

/// A rung on which all values are higher says nothing about the places that reached it, once the places that did not
/// are known to be as good on their own rung.
#[test]
fn what_a_rung_has_in_common_is_not_taken_for_the_place() {
    let mut history = hill();
    for trial in 20..26 {
        let x = 0.05 + (trial - 20) as f64 * 0.02;
        let value = 5.0 - (x - 0.6) * (x - 0.6);
        history.record(Observation { rung: 1, ..seen(trial, 0, at(x), value) });
    }
    let proposals = proposals(&history);
    assert!(proposals[10] > 0.15, "{proposals:?}");
}

#[test]
fn a_region_of_failures_is_left() {
    let mut history = hill();
    for trial in 20..40 {
        let x = 0.5 + (trial - 20) as f64 * 0.01;
        history.record(Observation { failed: true, ..seen(trial, 0, at(x), 9.0) });
    }
    let proposals = proposals(&history);
    assert!(proposals.iter().filter(|x| (0.5..0.7).contains(*x)).count() <= 4, "{proposals:?}");
}

/// Two trials at one place, all values alike, one infinite: none of them may break the model.
#[test]
fn duplicates_and_odd_values_are_borne() {
    for values in [[0.0; 12], [1.0, f64::INFINITY, f64::NEG_INFINITY, 1e308, -1e308, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]
    {
        let mut history = History::new();
        for (trial, value) in (0..).zip(values) {
            history.record(seen(trial, 0, at(0.25 * (trial % 4) as f64), value));
        }
        let proposals = proposals(&history);
        assert!(proposals.first() < proposals.last(), "{proposals:?}");
    }
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    let good = GpSettings::default;
    for (settings, name) in [
        (GpSettings { startup: 0, ..good() }, "startup"),
        (GpSettings { best: 0, ..good() }, "best"),
        (GpSettings { latest: 3_000, ..good() }, "best + latest + pending"),
        (GpSettings { candidates: 2, ..good() }, "candidates"),
        (GpSettings { candidates: u32::MAX, ..good() }, "candidates"),
        (GpSettings { length: 0.0, ..good() }, "length"),
        (GpSettings { noise: f64::NAN, ..good() }, "noise"),
        (GpSettings { offset: -1.0, ..good() }, "offset"),
        (GpSettings { softness: 0.0, ..good() }, "softness"),
        (GpSettings { step: 2.0, ..good() }, "step"),
        (GpSettings { change: 2.0, ..good() }, "change"),
        (GpSettings { rounds: 11, ..good() }, "rounds"),
    ] {
        let error = GpSampler::new(settings).unwrap_err();
        assert!(error.what().starts_with(&format!("setting `{name}` of sampler gp is ")), "{error}");
    }
}
