use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;

use super::{Basis, propose};
use crate::study::sampler::{History, Observation, SAMPLER_NAMES, by_name};
use crate::study::{Params, SearchSpace};

fn basis(space: &SearchSpace, trial: u64, history: &History, objectives: usize) -> Basis {
    Basis { trial, member: 0, seed: 3, space: space.clone(), history: history.clone(), objectives }
}

fn observed(trial: u64, params: Params, value: f64, further: Vec<f64>) -> Observation {
    Observation { trial, params, member: Some(0), epochs: 1, rung: 0, value, further, failed: false }
}

#[test]
fn every_sampler_keeps_the_constraints() {
    let space = SearchSpace::builder().float("a", 0.0, 1.0).float("b", 0.0, 1.0).constraint("a + b <= 0.4").build();
    let space = space.unwrap();
    for name in SAMPLER_NAMES {
        let sampler = by_name(name).unwrap();
        let mut history = History::new();
        for trial in 0..40 {
            let params = propose(&*sampler, &basis(&space, trial, &history, 1)).unwrap();
            assert!(space.satisfies(&params), "{name}, trial {trial}: {params}");
            // The best lies where it is not allowed.
            let value = params.float("a").unwrap() + params.float("b").unwrap();
            history.record(observed(trial, params, value, Vec::new()));
        }
    }
}

#[test]
fn constraints_that_nothing_keeps_are_an_error_that_names_them() {
    let space = SearchSpace::builder().float("a", 0.0, 1.0).constraint("a > 2").build().unwrap();
    let error = propose(&*by_name("random").unwrap(), &basis(&space, 0, &History::new(), 1)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidStudy, "{error}");
    assert!(error.what().contains("a > 2"), "{error}");
}

/// Two objectives that cannot be had at once: the proposals spread between their best places.
#[test]
fn with_two_objectives_proposals_go_to_both_ends() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
    let sampler = by_name("tpe").unwrap();
    let mut history = History::new();
    let mut random = RandomStream::new(1, 0);
    for trial in 0..60 {
        let params = space.draw(&mut random);
        let x = params.float("x").unwrap();
        history.record(observed(trial, params, -(x - 0.1).abs(), vec![-(x - 0.9).abs()]));
    }
    let proposals: Vec<f64> = (60..120)
        .map(|trial| propose(&*sampler, &basis(&space, trial, &history, 2)).unwrap().float("x").unwrap())
        .collect();
    let near = |place: f64| proposals.iter().filter(|x| (**x - place).abs() < 0.2).count();
    assert!(near(0.1) > 8 && near(0.9) > 8, "{proposals:?}");
    let alone = (60..120).filter(|trial| {
        let x = propose(&*sampler, &basis(&space, *trial, &history, 1)).unwrap().float("x").unwrap();
        (x - 0.9).abs() < 0.2
    });
    assert!(alone.count() < near(0.9), "one objective alone draws less to the other's best place");
}
