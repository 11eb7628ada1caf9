//! Functions with a known best point, on which samplers are compared in tests.

use foundation_core::port::entropy::RandomStream;

use super::{History, Observation, RandomSampler, Request, Sampler};
use crate::study::space::{Params, SearchSpace};

/// A search space and what a point of it is worth; 0 is the best, all else below.
#[derive(Clone, Copy, Debug)]
pub(super) enum Toy {
    /// A sum of squares over four numbers, one of them logarithmic.
    Bowl,
    /// A narrow valley along a diagonal of three numbers.
    Valley,
    /// A sum of squares over two numbers and an integer, with a bias for each of two choices.
    Mixed,
}

impl Toy {
    pub(super) fn space(self) -> SearchSpace {
        let space = SearchSpace::builder();
        let space = match self {
            Self::Bowl => {
                space.float("a", -5.0, 5.0).float("b", 0.0, 1.0).float("c", 0.0, 1.0).log_float("d", 1e-3, 1e3)
            }
            Self::Valley => space.float("a", 0.0, 1.0).float("b", 0.0, 1.0).float("c", 0.0, 1.0),
            Self::Mixed => {
                space.float("a", 0.0, 1.0).float("b", 0.0, 1.0).int("n", 0, 9).choice("c", ["x", "y", "z"]).bool("s")
            }
        };
        space.build().unwrap()
    }

    pub(super) fn value(self, params: &Params) -> f64 {
        let at = |name| params.float(name).unwrap();
        let square = |x: f64| x * x;
        match self {
            Self::Bowl => {
                let d = (at("d").ln() - 2.0) / 13.8;
                -(square((at("a") - 1.0) / 10.0) + square(at("b") - 0.3) + square(at("c") - 0.7) + square(d))
            }
            Self::Valley => {
                let (a, b, c) = (at("a") - 0.4, at("b") - 0.6, at("c") - 0.5);
                -(square(a + b + c) + 0.05 * (square(a) + square(b) + square(c)))
            }
            Self::Mixed => {
                let n = (params.int("n").unwrap() as f64 - 6.0) / 10.0;
                let bias = match params.choice("c").unwrap() {
                    "y" => 0.0,
                    _ => 0.2,
                };
                let bias = bias + if params.bool("s").unwrap() { 0.0 } else { 0.1 };
                -(square(at("a") - 0.3) + square(at("b") - 0.8) + square(n) + bias)
            }
        }
    }
}

/// An observation of `member`'s on rung 0.
pub(super) fn seen(trial: u64, member: u32, params: Params, value: f64) -> Observation {
    Observation { trial, member: Some(member), params, epochs: 1, rung: 0, value, further: Vec::new(), failed: false }
}

/// The history after `n` trials, of which as many as `slots` are under way at once.
pub(super) fn tuned(sampler: &dyn Sampler, toy: Toy, n: u64, slots: u64, seed: u64) -> History {
    let space = toy.space();
    let mut history = History::new();
    let settle = |history: &mut History, trial: u64| {
        let found = history.pending().find(|one| one.trial == trial).map(|one| one.params.clone());
        if let Some(params) = found {
            let value = toy.value(&params);
            history.record(seen(trial, 0, params, value));
        }
    };
    for trial in 0..n {
        let request = Request { space: &space, history: &history, member: 0, seed };
        let params = sampler.suggest(&request, &mut RandomStream::new(seed, trial));
        history.propose(trial, Some(0), params);
        if trial + 1 >= slots {
            settle(&mut history, trial + 1 - slots);
        }
    }
    (0..n).for_each(|trial| settle(&mut history, trial));
    history
}

/// On how many of `seeds` the best of `n` trials is better than random search's.
pub(super) fn wins(sampler: &dyn Sampler, toy: Toy, n: u64, seeds: u64) -> usize {
    let best = |sampler: &dyn Sampler, seed| tuned(sampler, toy, n, 2, seed).best().unwrap().value;
    (0..seeds).filter(|seed| best(sampler, *seed) > best(&RandomSampler, *seed)).count()
}
