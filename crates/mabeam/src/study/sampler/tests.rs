use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use super::{History, Observation, Request, RungRule, SAMPLER_NAMES, Sampler, TpeSampler, TpeSettings, by_name};
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

fn seen(trial: u64, params: Params, rung: u32, value: f64) -> Observation {
    let epochs = 3_u32.pow(rung);
    Observation { trial, member: Some(0), params, epochs, rung, value, further: Vec::new(), failed: false }
}

fn ask(sampler: &dyn Sampler, history: &History, random: &mut RandomStream) -> Params {
    sampler.suggest(&Request { space: &space(), history, member: 0, seed: 1 }, random)
}

fn samplers() -> Vec<Box<dyn Sampler>> {
    let tpe = |settings| Box::new(TpeSampler::new(settings).unwrap());
    vec![
        Box::new(super::RandomSampler),
        tpe(TpeSettings::default()),
        Box::new(super::SobolSampler),
        Box::new(super::GpSampler::default()),
        Box::new(super::CmaSampler::new(super::CmaSettings { population: 5, ..Default::default() }).unwrap()),
        Box::new(super::LocalSampler::default()),
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
    assert_eq!(
        (error.code(), error.what()),
        (Code::UnknownName, "sampler `grid` is not among random, sobol, tpe, gp, cma, local")
    );
}

/// A study that goes on after a crash, perhaps on another machine or with a newer program, has to get the proposals it
/// would have got. A change of these values changes every study that is under way.
#[test]
fn proposals_do_not_change() {
    let mut history = History::new();
    for trial in 0..30 {
        let params = ask(&super::RandomSampler, &history, &mut RandomStream::new(1, trial));
        let value = params.float("momentum").unwrap() * params.int("layers").unwrap() as f64;
        history.record(seen(trial, params, 0, value));
    }
    let proposed = ["random", "tpe"]
        .map(|name| ask(&*by_name(name).unwrap(), &history, &mut RandomStream::new(1, 30)).to_string());
    assert_eq!(
        proposed,
        [
            "act=tanh bias=false hidden=68 layers=1 lr=0.0007264444996751384 momentum=0.8733988002210465",
            "act=relu bias=false hidden=144 layers=2 lr=0.025415237202407986 momentum=0.9434581582338767",
        ]
    );
}

prop_compose! {
    /// Trials with any values on any rungs, some failed, some pending, one from another space.
    fn any_history()(trials in prop::collection::vec((0_u32..3, any::<f64>(), 0_u8..6, any::<u64>()), 0..60)) -> History {
        let mut history = History::new();
        let foreign = Params::new().with("depth", 3);
        history.propose(1_000, None, foreign.clone());
        history.record(seen(1_001, foreign, 0, 1.0));
        for (trial, (rung, value, fate, seed)) in trials.into_iter().enumerate() {
            let trial = trial as u64;
            let params = ask(&super::RandomSampler, &history, &mut RandomStream::new(seed, 0));
            if fate == 0 {
                history.propose(trial, Some(0), params);
            } else {
                history.record(Observation { failed: fate == 1, ..seen(trial, params, rung, value) });
            }
        }
        history
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_suggestion_lies_in_the_space_and_is_repeatable(history in any_history(), seed: u64) {
        for sampler in samplers() {
            let suggest = || ask(&*sampler, &history, &mut RandomStream::new(seed, 9));
            let suggested = suggest();
            space().check(&suggested).unwrap();
            prop_assert_eq!(suggested, suggest(), "{:?}", sampler);
        }
    }
}
