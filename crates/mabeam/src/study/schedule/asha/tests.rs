use foundation_core::port::entropy::RandomStream;

use super::{Asha, Choice, Halving, Rung};

fn rung(values: &[(u64, f64)]) -> Rung {
    let mut rung = Rung::default();
    for &(trial, value) in values {
        rung.reach(trial, value);
    }
    rung
}

#[test]
fn the_best_third_goes_on_and_the_rest_waits() {
    let asha = Asha { rungs: vec![1, 3], reserve: 0, ..Asha::default() };
    let mut rungs = [rung(&[(0, 0.5), (1, 0.9)]), Rung::default()];
    assert_eq!(asha.choose(&rungs, 100, true), Choice::Start, "two trials have no top third");
    rungs[0].reach(2, 0.1);
    assert_eq!(asha.choose(&rungs, 100, true), Choice::Promote { trial: 1, from_rung: 0 });
    rungs[0].go_on(1, 0.9);
    assert_eq!(asha.choose(&rungs, 100, true), Choice::Start);
    for trial in 3..6 {
        rungs[0].reach(trial, 0.2);
    }
    assert_eq!(asha.choose(&rungs, 100, true), Choice::Promote { trial: 0, from_rung: 0 });
}

#[test]
fn the_highest_rung_comes_first() {
    let asha = Asha { rungs: vec![1, 3, 9], reserve: 0, ..Asha::default() };
    let low = rung(&[(0, 0.5), (1, 0.9), (2, 0.1)]);
    let high = rung(&[(3, 0.5), (4, 0.9), (5, 0.1)]);
    let rungs = [low, high, Rung::default()];
    assert_eq!(asha.choose(&rungs, 100, true), Choice::Promote { trial: 4, from_rung: 1 });
    assert_eq!(asha.choose(&rungs, 5, true), Choice::Promote { trial: 1, from_rung: 0 }, "6 epochs do not fit into 5");
    assert_eq!(asha.choose(&rungs, 1, true), Choice::Start);
    assert_eq!(asha.choose(&rungs, 1, false), Choice::Nothing);
    assert_eq!(asha.choose(&rungs, 0, true), Choice::Nothing);
}

#[test]
fn equal_values_go_on_in_the_order_of_their_trials() {
    let rung = rung(&[(7, 0.5), (3, 0.5), (5, 0.5)]);
    assert_eq!(rung.candidate(3), Some(3));
}

#[test]
fn the_reserve_is_kept_for_trials_that_have_begun() {
    let asha = Asha { rungs: vec![1, 3], reserve: 10, ..Asha::default() };
    let rungs = [rung(&[(0, 0.5), (1, 0.9)]), Rung::default()];
    assert_eq!(asha.choose(&rungs, 11, true), Choice::Start);
    assert_eq!(asha.choose(&rungs, 10, true), Choice::Promote { trial: 1, from_rung: 0 });
    assert_eq!(asha.choose(&[Rung::default(), Rung::default()], 10, true), Choice::Nothing);
}

#[test]
fn stopping_keeps_the_best_so_far_and_the_top_third() {
    let asha = Asha { halving: Halving::Stopping, ..Asha::default() };
    assert!(asha.goes_on(&rung(&[(0, 0.1)]), 0, 0.1), "the first is the best so far");
    assert!(!asha.goes_on(&rung(&[(0, 0.5), (1, 0.4)]), 1, 0.4));
    let six: Vec<(u64, f64)> = (0..6).map(|trial| (trial, (trial + 1) as f64 / 10.0)).collect();
    let six = rung(&six);
    let kept: Vec<u64> = (0..6).filter(|&trial| asha.goes_on(&six, trial, (trial + 1) as f64 / 10.0)).collect();
    assert_eq!(kept, [4, 5]);
}

/// The indexed rung answers what a plain sort of everything answers.
#[test]
fn a_rung_agrees_with_a_sort() {
    for seed in 0..200 {
        let mut random = RandomStream::new(seed, 0);
        let mut all: Vec<(f64, u64, bool)> = Vec::new();
        let mut rung = Rung::default();
        for trial in 0..60 {
            let value = f64::from(random.below(10));
            rung.reach(trial, value);
            all.push((value, trial, false));
            all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let top = all.len() / 3;
            let expected = all.iter().take(top).find(|entry| !entry.2).map(|entry| entry.1);
            assert_eq!(rung.candidate(3), expected, "seed {seed}, trial {trial}");
            let place = all.iter().position(|entry| entry.1 == trial);
            assert_eq!(Some(rung.rank(trial, value)), place, "seed {seed}, trial {trial}");
            if let (Some(promoted), true) = (expected, random.below(2) == 0) {
                for entry in all.iter_mut().filter(|entry| entry.1 == promoted) {
                    rung.go_on(promoted, entry.0);
                    entry.2 = true;
                }
            }
        }
    }
}

#[test]
fn impossible_rungs_are_refused() {
    for rungs in [vec![], vec![0, 1], vec![3, 3], vec![3, 1]] {
        assert!(Asha { rungs, ..Asha::default() }.check().is_err());
    }
    assert!(Asha { eta: 1, ..Asha::default() }.check().is_err());
    assert!(Asha::default().check().is_ok());
}
