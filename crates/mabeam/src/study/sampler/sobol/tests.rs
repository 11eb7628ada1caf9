use std::collections::BTreeSet;

use foundation_core::port::entropy::RandomStream;

use super::SobolSampler;
use crate::study::sampler::toys::{Toy, tuned};
use crate::study::sampler::{History, RandomSampler, Request, Sampler};
use crate::study::space::{Params, SearchSpace};

fn wide() -> SearchSpace {
    (0..300).fold(SearchSpace::builder(), |space, at| space.float(format!("x{at}"), 0.0, 1.0)).build().unwrap()
}

/// The first `n` points of a member.
fn points(space: &SearchSpace, member: u32, seed: u64, n: u64) -> Vec<Vec<f64>> {
    let mut history = History::new();
    let next = |trial| {
        let request = Request { space, history: &history, member, seed };
        let params = SobolSampler.suggest(&request, &mut RandomStream::new(seed, trial));
        let units = space.units_of(&params).unwrap();
        history.propose(trial, Some(member), params);
        units
    };
    (0..n).map(next).collect()
}

/// In every coordinate each of 64 equal cells holds one of 64 points, also beyond the direction numbers there are.
#[test]
fn every_coordinate_is_filled_evenly() {
    for seed in 0..3 {
        let points = points(&wide(), 0, seed, 64);
        for at in 0..300 {
            let cells: BTreeSet<usize> = points.iter().map(|point| (point[at] * 64.0) as usize).collect();
            assert_eq!(cells.len(), 64, "seed {seed}, coordinate {at}");
        }
    }
}

/// Two coordinates together: each of the 8 by 8 squares holds one of 64 points in the first two dimensions, which a
/// scrambling keeps.
#[test]
fn two_coordinates_are_filled_together() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).float("y", 0.0, 1.0).build().unwrap();
    for seed in 0..5 {
        let points = points(&space, 0, seed, 64);
        let squares: BTreeSet<(usize, usize)> =
            points.iter().map(|point| ((point[0] * 8.0) as usize, (point[1] * 8.0) as usize)).collect();
        assert_eq!(squares.len(), 64, "seed {seed}");
    }
}

#[test]
fn seeds_and_members_have_sequences_of_their_own() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
    let all = [points(&space, 0, 1, 8), points(&space, 1, 1, 8), points(&space, 0, 2, 8)];
    assert!(all[0] != all[1] && all[0] != all[2] && all[1] != all[2]);
}

/// What its evenness is good for: the worst hole it leaves is smaller than random search's, so the median over seeds
/// of the best value is better.
#[test]
fn it_is_better_than_random_search_in_the_median() {
    let medians: Vec<f64> = [&SobolSampler as &dyn Sampler, &RandomSampler]
        .into_iter()
        .map(|sampler| {
            let mut best: Vec<f64> =
                (0..200).map(|seed| tuned(sampler, Toy::Valley, 64, 1, seed).best().unwrap().value).collect();
            best.sort_by(f64::total_cmp);
            best[100]
        })
        .collect();
    assert!(medians[0] > medians[1], "{medians:?}");
}

#[test]
fn a_sequence_that_is_used_up_begins_anew() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
    let mut history = History::new();
    (0..1 << 16).for_each(|trial| history.propose(trial, Some(0), Params::new()));
    let request = Request { space: &space, history: &history, member: 0, seed: 1 };
    let next = SobolSampler.suggest(&request, &mut RandomStream::new(1, 0));
    let first = points(&space, 0, 1, 1);
    assert_ne!(space.units_of(&next).unwrap(), first[0]);
}

#[test]
fn a_point_that_breaks_a_constraint_gives_way_to_one_that_keeps_it() {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).float("y", 0.0, 1.0).constraint("x <= y").build().unwrap();
    for point in points(&space, 0, 1, 100) {
        assert!(point[0] <= point[1], "{point:?}");
    }
}
