//! Conditional parameters and constraints, kept by every sampler through a whole study.

use foundation_core::Code;
use foundation_memory::Simulation;
use mabeam::{Asha, Params, SAMPLER_NAMES, SearchSpace, SearchSpaceBuilder, Study, Team};
use serde_json::Value;

use crate::world::{Approach, Disk, result};

fn builder() -> SearchSpaceBuilder {
    SearchSpace::builder()
        .float("x", 0.0, 1.0)
        .stepped_float("y", 0.0, 1.0, 0.05)
        .choice("mode", ["plain", "wide"])
        .log_int("width", 1, 64)
        .when("width", "mode", ["wide"])
}

fn study(sampler: &str, space: SearchSpace) -> Study {
    let team = Team::new().member(sampler, mabeam::with_settings(sampler, &Value::Null).unwrap());
    Study::new("kept", space).team(team).seed(3).budget(90).slots(2).scheduler(Asha::default())
}

#[test]
fn every_trial_of_every_sampler_keeps_the_constraints() {
    let space = builder().constraint("x + y <= 0.5").constraint("width <= 8 or y > 0.1").build().unwrap();
    for sampler in SAMPLER_NAMES {
        let mut results = Vec::new();
        for agents in [1, 2] {
            let world = Simulation::new(agents);
            let study = study(sampler, space.clone()).agents(agents as u32);
            let state = world.block_on(study.train(&Disk::new().on(&world), Approach)).unwrap();
            assert!(state.trials().len() > 10, "{sampler}");
            for trial in state.trials() {
                space.check_feasible(&trial.params).unwrap_or_else(|error| panic!("{sampler}, {}: {error}", trial.id));
            }
            let n_wide = state.trials().iter().filter(|trial| trial.params.get("width").is_some()).count();
            assert!(n_wide > 0 && n_wide < state.trials().len(), "{sampler}: {n_wide} of {}", state.trials().len());
            results.push(result(&state));
        }
        assert_eq!(results[0], results[1], "{sampler}");
    }
}

#[test]
fn a_space_without_a_point_ends_the_study_with_the_shares() {
    let space = builder().constraint("x + y < 0").build().unwrap();
    let world = Simulation::new(1);
    let error = world.block_on(study("random", space).train(&Disk::new().on(&world), Approach)).unwrap_err();
    assert!(error.to_string().contains("kept were `x + y < 0` by 0.0 %"), "{error}");
}

#[test]
fn what_is_enqueued_keeps_the_constraints_too() {
    let space = builder().constraint("x + y <= 0.5").build().unwrap();
    let params = Params::new().with("x", 0.4).with("y", 0.4).with("mode", "plain");
    let world = Simulation::new(1);
    let study = study("random", space).enqueue(params);
    let error = world.block_on(study.train(&Disk::new().on(&world), Approach)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidStudy);
    assert!(error.what().contains("does not keep `x + y <= 0.5`"), "{error}");
}
