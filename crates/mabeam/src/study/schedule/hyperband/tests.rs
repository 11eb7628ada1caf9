use super::{Choice, Hyperband, Rung};
use crate::study::Asha;

fn rung(values: &[(u64, f64)]) -> Rung {
    let mut rung = Rung::default();
    for &(trial, value) in values {
        rung.reach(trial, value);
    }
    rung
}

/// The sizes that the paper gives for `R = 27`, `eta = 3`: 27, 12, 6 and 4 trials.
#[test]
fn a_round_has_the_sizes_of_the_paper() {
    assert_eq!(Hyperband::default().weights(), [27, 12, 6, 4]);
    let two = Hyperband { brackets: 2, ..Hyperband::default() };
    assert_eq!(two.weights(), [27, 12]);
    let steep = Asha { rungs: (1..=60).collect(), eta: 4, ..Asha::default() };
    assert_eq!(Hyperband { ladder: steep, brackets: 60 }.weights().len(), 60, "no overflow");
}

#[test]
fn each_bracket_gets_its_share_and_no_round_starts_with_one_of_them_alone() {
    let hyperband = Hyperband::default();
    let mut started = [0_u64; 4];
    let mut order = Vec::new();
    for trial in 1..=490_u64 {
        let bracket = hyperband.next_bracket(&started, 1_000).unwrap() as usize;
        started[bracket] += 1;
        order.push(bracket);
        for (bracket, weight) in hyperband.weights().into_iter().enumerate() {
            let share = trial as f64 * weight as f64 / 49.0;
            assert!((started[bracket] as f64 - share).abs() < 1.5, "bracket {bracket} after {trial}: {started:?}");
        }
    }
    assert_eq!(started, [270, 120, 60, 40]);
    assert_eq!(order[..8], [0, 1, 0, 2, 0, 3, 0, 1], "{order:?}");
}

#[test]
fn a_bracket_whose_first_rung_does_not_fit_is_passed_over() {
    let hyperband = Hyperband::default();
    let started = [27, 12, 6, 3];
    assert_eq!(hyperband.next_bracket(&started, 27), Some(3));
    assert_eq!(hyperband.next_bracket(&started, 26), Some(0));
    assert_eq!(hyperband.next_bracket(&started, 0), None);
}

#[test]
fn the_highest_rung_comes_first_and_then_the_better_value() {
    let ladder = Asha { rungs: vec![1, 3, 9], reserve: 0, ..Asha::default() };
    let hyperband = Hyperband { ladder, brackets: 3 };
    let empty = Rung::default;
    let low = rung(&[(0, 0.9), (1, 0.2), (2, 0.1)]);
    let one = rung(&[(3, 0.5), (4, 0.1), (5, 0.1)]);
    let other = rung(&[(6, 0.6), (7, 0.1), (8, 0.1)]);
    let rungs = vec![vec![low, one.clone(), empty()], vec![empty(), other, empty()], vec![empty(), empty(), empty()]];
    assert_eq!(hyperband.choose(&rungs, &[6, 3, 0], 100, true), Choice::Promote { trial: 6, from_rung: 1 });
    assert_eq!(hyperband.choose(&rungs, &[6, 3, 0], 5, true), Choice::Promote { trial: 0, from_rung: 0 });
    assert_eq!(hyperband.choose(&rungs, &[6, 3, 0], 1, true), Choice::Start);
    assert_eq!(hyperband.choose(&rungs, &[6, 3, 0], 1, false), Choice::Nothing);
    // Six trials on one rung in two brackets: each has a top third of its own.
    let apart = vec![vec![empty(), one, empty()], vec![empty(), rung(&[(6, 0.6), (7, 0.55)]), empty()]];
    let hyperband = Hyperband { brackets: 2, ..hyperband };
    assert_eq!(hyperband.choose(&apart, &[3, 2], 100, true), Choice::Promote { trial: 3, from_rung: 1 });
}

#[test]
fn the_reserve_is_kept_for_trials_that_have_begun() {
    let ladder = Asha { rungs: vec![1, 3], reserve: 10, ..Asha::default() };
    let hyperband = Hyperband { ladder, brackets: 2 };
    let rungs = vec![vec![rung(&[(0, 0.5), (1, 0.9)]), Rung::default()], vec![Rung::default(), Rung::default()]];
    assert_eq!(hyperband.choose(&rungs, &[2, 0], 11, true), Choice::Start);
    assert_eq!(hyperband.choose(&rungs, &[2, 0], 10, true), Choice::Promote { trial: 1, from_rung: 0 });
    let nobody = vec![vec![Rung::default(); 2]; 2];
    assert_eq!(hyperband.choose(&nobody, &[2, 0], 10, true), Choice::Nothing);
}
