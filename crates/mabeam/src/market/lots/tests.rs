use foundation_core::port::entropy::RandomStream;

use super::{Tally, beta, thompson};

/// The mean of Beta(s + 1, n - s + 1) is (s + 1) / (n + 2).
#[test]
fn draws_have_the_mean_of_their_beta_distribution() {
    let mut random = RandomStream::new(7, 0);
    for (chances, successes) in [(0, 0), (3, 1), (20, 19), (100, 0), (1_000, 500)] {
        let tally = Tally { chances, successes };
        let draws = 4_000;
        let sum: f64 = (0..draws).map(|_| beta(tally, &mut random) as f64 / 2.0_f64.powi(64)).sum();
        let expected = (successes + 1) as f64 / (chances + 2) as f64;
        let mean = sum / f64::from(draws);
        assert!((mean - expected).abs() < 0.02, "{tally:?}: {mean}, expected {expected}");
    }
}

#[test]
fn more_successes_than_chances_and_nobody_are_no_accident() {
    let mut random = RandomStream::new(1, 0);
    let odd = Tally { chances: 2, successes: 9 };
    assert_eq!(thompson(&[odd], &mut random), 0);
    assert_eq!(thompson(&[], &mut random), 0);
}

#[test]
fn the_better_member_is_drawn_more_often_and_the_other_still_at_times() {
    let mut random = RandomStream::new(3, 0);
    let tallies = [Tally { chances: 10, successes: 2 }, Tally { chances: 10, successes: 5 }];
    let second = (0..1_000).filter(|_| thompson(&tallies, &mut random) == 1).count();
    assert!((800..990).contains(&second), "{second} of 1000");
}
