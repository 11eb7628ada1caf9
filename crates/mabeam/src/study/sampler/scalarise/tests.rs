use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use super::{dominates, pareto_front, scalarised};
use crate::study::sampler::toys::seen;
use crate::study::sampler::{History, Observation, Request, by_name};
use crate::study::space::{Params, SearchSpace};

fn observed(trial: u64, params: Params, values: [f64; 2]) -> Observation {
    Observation { further: vec![values[1]], ..seen(trial, 0, params, values[0]) }
}

#[test]
fn one_objective_stays_as_it_is() {
    let mut history = History::new();
    history.record(seen(0, 0, Params::new(), 0.5));
    assert_eq!(scalarised(&history, 1, &mut RandomStream::new(1, 0)), history);
}

#[test]
fn a_trial_without_a_value_of_each_objective_is_not_usable() {
    let mut history = History::new();
    history.record(observed(0, Params::new(), [1.0, 2.0]));
    history.record(observed(1, Params::new(), [1.0, f64::NAN]));
    history.record(seen(2, 0, Params::new(), 3.0));
    history.record(Observation { failed: true, ..observed(3, Params::new(), [1.0, 2.0]) });
    history.record(observed(4, Params::new(), [f64::NEG_INFINITY, 2.0]));
    history.propose(5, Some(0), Params::new());
    let scalar = scalarised(&history, 2, &mut RandomStream::new(1, 0));
    let usable: Vec<u64> = scalar.best_first().map(|one| one.trial).collect();
    assert_eq!(usable, [0, 4]);
    assert_eq!((scalar.len(), scalar.pending().len(), scalar.proposals_of(0)), (5, 1, history.proposals_of(0)));
}

#[test]
fn a_long_history_is_cut() {
    let mut history = History::new();
    for trial in 0..5_000 {
        history.record(observed(trial, Params::new(), [-(trial as f64), trial as f64]));
    }
    let scalar = scalarised(&history, 2, &mut RandomStream::new(1, 0));
    assert_eq!(scalar.len(), 2_000);
    assert!(scalar.get(0).is_some() && scalar.get(4_999).is_some() && scalar.get(2_500).is_none());
}

proptest! {
    /// Whatever the weights, the best trial is one that no other dominates.
    #[test]
    fn the_best_of_any_weighing_is_on_the_front(
        values in prop::collection::vec(prop::array::uniform2(-5_i8..5), 1..40), seed: u64,
    ) {
        let points: Vec<[f64; 2]> = values.iter().map(|pair| pair.map(f64::from)).collect();
        let mut history = History::new();
        for (trial, values) in (0..).zip(&points) {
            history.record(observed(trial, Params::new(), *values));
        }
        let best = scalarised(&history, 2, &mut RandomStream::new(seed, 0)).best().unwrap().trial;
        prop_assert!(pareto_front(&points).contains(&(best as usize)));
    }

    #[test]
    fn the_front_is_what_nothing_dominates(
        points in prop::collection::vec(prop::collection::vec(any::<f64>(), 3), 0..30),
    ) {
        let expected: Vec<usize> = (0..points.len())
            .filter(|at| !points.iter().any(|other| dominates(other, &points[*at])))
            .collect();
        prop_assert_eq!(pareto_front(&points), expected);
    }
}

/// Two bowls with different bottoms: the front is the line between them.
#[test]
fn a_sampler_that_is_asked_so_spreads_along_the_front() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).float("y", 0.0, 1.0).build().unwrap();
    let values = |params: &Params| {
        let (x, y) = (params.float("x").unwrap(), params.float("y").unwrap() - 0.5);
        [-((x - 0.2) * (x - 0.2) + y * y), -((x - 0.8) * (x - 0.8) + y * y)]
    };
    // The area between the front and the worst point, with the front's steps: larger is better.
    let volume = |history: &History| {
        let points: Vec<[f64; 2]> = history.observations().map(|one| [one.value, one.further[0]]).collect();
        let mut front: Vec<[f64; 2]> = pareto_front(&points).into_iter().map(|at| points[at]).collect();
        front.sort_by(|one, two| two[0].total_cmp(&one[0]));
        let mut below = -1.0;
        let mut sum = 0.0;
        for [first, second] in front {
            sum += (first + 1.0) * (second - below).max(0.0);
            below = below.max(second);
        }
        sum
    };
    let run = |name: &str, seed: u64| {
        let sampler = by_name(name).unwrap();
        let mut history = History::new();
        for trial in 0..50 {
            let mut random = RandomStream::new(seed, trial);
            let scalar = scalarised(&history, 2, &mut random);
            let params = sampler.suggest(&Request { space: &space, history: &scalar, member: 0, seed }, &mut random);
            let values = values(&params);
            history.record(observed(trial, params, values));
        }
        volume(&history)
    };
    let random: Vec<f64> = (0..8).map(|seed| run("random", seed)).collect();
    for (name, least) in [("tpe", 7), ("gp", 7)] {
        let wins = (0..8).filter(|seed| run(name, *seed) > random[*seed as usize]).count();
        assert!(wins >= least, "{name}: {wins} of 8 seeds won");
    }
}
