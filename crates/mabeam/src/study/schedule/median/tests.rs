use foundation_core::port::entropy::RandomStream;

use super::{Averages, MedianStopping};

fn of(values: &[f64]) -> Averages {
    let mut averages = Averages::default();
    for (trial, value) in (0_u64..).zip(values) {
        averages.insert(trial, *value);
    }
    averages
}

#[test]
fn a_trial_below_the_median_ends_and_one_at_it_goes_on() {
    let median = MedianStopping { least_completed: 3, grace: 2, ..MedianStopping::default() };
    let completed = of(&[0.5, 0.9, 0.1]);
    assert!(!median.goes_on(2, 0.49, &completed));
    assert!(median.goes_on(2, 0.5, &completed), "only a strictly worse one ends");
    assert!(median.goes_on(1, 0.0, &completed), "nobody ends before the grace is over");
    assert!(median.goes_on(2, 0.0, &of(&[0.5, 0.9])), "two completed trials are too few");
}

/// The halves answer what a plain sort of everything answers.
#[test]
fn the_median_is_that_of_a_sort() {
    for seed in 0..100 {
        let mut random = RandomStream::new(seed, 0);
        let (mut averages, mut all) = (Averages::default(), Vec::new());
        assert_eq!(averages.median(), None);
        for trial in 0..80 {
            let value = f64::from(random.below(12)) - 6.0;
            averages.insert(trial, value);
            all.push(value);
            all.sort_by(f64::total_cmp);
            let (middle, count) = (all.len() / 2, all.len());
            let expected = if count % 2 == 1 { all[middle] } else { (all[middle - 1] + all[middle]) / 2.0 };
            assert_eq!(averages.median(), Some(expected), "seed {seed}, {all:?}");
            assert_eq!(averages.len(), count);
        }
    }
}

#[test]
fn large_values_have_a_median() {
    assert_eq!(of(&[f64::MAX, f64::MAX]).median(), Some(f64::MAX));
}
