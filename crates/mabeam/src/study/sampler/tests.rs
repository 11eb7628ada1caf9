use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;
use serde_json::json;

use super::{
    History, Observation, Request, RungRule, SAMPLER_NAMES, Sampler, TpeSampler, TpeSettings, by_name, with_settings,
};
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
    let proposed =
        SAMPLER_NAMES.map(|name| ask(&*by_name(name).unwrap(), &history, &mut RandomStream::new(1, 30)).to_string());
    assert_eq!(
        proposed,
        [
            "act=tanh bias=false hidden=68 layers=1 lr=0.0007264444996751384 momentum=0.8733988002210465",
            "act=sin bias=true hidden=46 layers=3 lr=0.002173680383986102 momentum=0.1244058736204386",
            "act=relu bias=false hidden=144 layers=2 lr=0.025415237202407986 momentum=0.9434581582338767",
            "act=tanh bias=true hidden=26 layers=3 lr=0.0009429832685709503 momentum=0.8581102924552194",
            "act=relu bias=false hidden=44 layers=3 lr=0.023782749485442574 momentum=0.6987299683054339",
            "act=relu bias=false hidden=125 layers=2 lr=0.002825261526467302 momentum=0.8981797183415026",
        ]
    );
}

/// Parameters that are not always there, steps, finitely many points, and a constraint.
fn conditional() -> SearchSpace {
    SearchSpace::builder()
        .choice("optimizer", ["sgd", "adam"])
        .stepped_float("momentum", 0.0, 0.9, 0.1)
        .when("momentum", "optimizer", ["sgd"])
        .int("layers", 1, 4)
        .stepped_int("width", 16, 512, 16)
        .constraint("width * layers <= 1024")
        .build()
        .unwrap()
}

prop_compose! {
    /// A space and trials with any values on any rungs, some failed, some pending, one from another space.
    fn any_history()(
        is_conditional: bool, trials in prop::collection::vec((0_u32..3, any::<f64>(), 0_u8..6, any::<u64>()), 0..60),
    ) -> (SearchSpace, History) {
        let space = if is_conditional { conditional() } else { space() };
        let mut history = History::new();
        let foreign = Params::new().with("depth", 3);
        history.propose(1_000, None, foreign.clone());
        history.record(seen(1_001, foreign, 0, 1.0));
        for (trial, (rung, value, fate, seed)) in trials.into_iter().enumerate() {
            let trial = trial as u64;
            let params = space.draw(&mut RandomStream::new(seed, 0));
            if fate == 0 {
                history.propose(trial, Some(0), params);
            } else {
                history.record(Observation { failed: fate == 1, ..seen(trial, params, rung, value) });
            }
        }
        (space, history)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_suggestion_lies_in_the_space_and_is_repeatable((space, history) in any_history(), seed: u64) {
        for sampler in samplers() {
            let request = Request { space: &space, history: &history, member: 0, seed };
            let suggest = || sampler.suggest(&request, &mut RandomStream::new(seed, 9));
            let suggested = suggest();
            space.check(&suggested).unwrap();
            prop_assert_eq!(suggested, suggest(), "{:?}", sampler);
        }
    }
}

/// A space of six points: each is measured once, those drawn before there is a model included.
#[test]
fn a_finite_space_is_searched_to_its_end() {
    let space = SearchSpace::builder().int("n", 1, 3).bool("on").build().unwrap();
    for name in ["tpe", "gp"] {
        let sampler = with_settings(name, &json!({ "startup": 2 })).unwrap();
        for seed in 0..20 {
            let mut history = History::new();
            for trial in 0..6 {
                let request = Request { space: &space, history: &history, member: 0, seed };
                let params = sampler.suggest(&request, &mut RandomStream::new(seed, trial));
                let is_new = history.observations().all(|one| one.params != params);
                assert!(is_new, "{name}, seed {seed}: {params} again");
                let value = params.int("n").unwrap() as f64;
                history.record(seen(trial, params, 0, value));
            }
        }
    }
}

#[test]
fn settings_are_read_and_written() {
    for name in SAMPLER_NAMES {
        let sampler = by_name(name).unwrap();
        let again = with_settings(name, &sampler.settings()).unwrap();
        assert_eq!(again.settings(), sampler.settings());
        let error = with_settings(name, &json!({ "gama": 0.1 })).unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.what().starts_with(&format!("settings of sampler {name}: ")), "{error}");
    }
    let set = with_settings("tpe", &json!({ "gamma": 0.3 })).unwrap();
    assert_eq!(set.settings()["gamma"], json!(0.3));
    assert_eq!(set.settings()["candidates"], json!(TpeSettings::default().candidates));
    let error = with_settings("gp", &json!({ "noise": 0.0 })).unwrap_err();
    assert_eq!(error.what(), "setting `noise` of sampler gp is 0 and must be above 0 and finite");
}
