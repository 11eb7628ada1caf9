use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use super::{History, Observation, RungRule, SAMPLER_NAMES, Sampler, TpeSampler, TpeSettings, by_name};
use crate::study::space::{Params, SearchSpace};

fn space() -> SearchSpace {
    SearchSpace::builder()
        .log_int("hidden", 16, 256)
        .log_float("lr", 1e-4, 1e-1)
        .float("momentum", 0.0, 0.99)
        .choice("act", ["relu", "tanh", "sin"])
        .bool("bias")
        .int("layers", 1, 3)
        .build()
        .unwrap()
}

fn samplers() -> Vec<Box<dyn Sampler>> {
    let tpe = |settings| Box::new(TpeSampler::new(settings).unwrap());
    vec![
        Box::new(super::RandomSampler),
        tpe(TpeSettings::default()),
        tpe(TpeSettings { multivariate: false, ..TpeSettings::default() }),
        tpe(TpeSettings { rungs: RungRule::Largest { points: 5 }, gamma: 1.0, ..TpeSettings::default() }),
    ]
}

#[test]
fn a_sampler_is_found_by_its_name() {
    for name in SAMPLER_NAMES {
        assert_eq!(by_name(name).unwrap().name(), name);
    }
    let error = by_name("grid").unwrap_err();
    assert_eq!((error.code(), error.what()), (Code::UnknownName, "sampler `grid` is not among random, tpe"));
}

prop_compose! {
    /// Trials with any values on any rungs, some failed, some pending, one from another space.
    fn any_history()(trials in prop::collection::vec((0_u32..3, any::<f64>(), 0_u8..6, any::<u64>()), 0..60)) -> History {
        let mut history = History::new();
        let foreign = Params::new().with("depth", 3);
        history.propose(1_000, foreign.clone());
        history.record(Observation { trial: 1_001, params: foreign, epochs: 1, rung: 0, value: 1.0, failed: false });
        for (trial, (rung, value, fate, seed)) in trials.into_iter().enumerate() {
            let trial = trial as u64;
            let params = super::RandomSampler.suggest(&space(), &history, &mut RandomStream::new(seed, 0));
            if fate == 0 {
                history.propose(trial, params);
            } else {
                history.record(Observation { trial, params, epochs: 3_u32.pow(rung), rung, value, failed: fate == 1 });
            }
        }
        history
    }
}

proptest! {
    #[test]
    fn a_suggestion_lies_in_the_space_and_is_repeatable(history in any_history(), seed: u64) {
        for sampler in samplers() {
            let suggest = || sampler.suggest(&space(), &history, &mut RandomStream::new(seed, 9));
            let suggested = suggest();
            space().check(&suggested).unwrap();
            prop_assert_eq!(suggested, suggest(), "{:?}", sampler);
        }
    }
}
