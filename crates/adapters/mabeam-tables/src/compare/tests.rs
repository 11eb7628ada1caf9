use super::{Comparison, ranks};

#[test]
fn equal_values_share_their_mean_rank() {
    assert_eq!(ranks(&[]), [0.0; 0]);
    assert_eq!(ranks(&[5.0]), [1.0]);
    assert_eq!(ranks(&[2.0, 2.0, 2.0]), [2.0, 2.0, 2.0]);
    assert_eq!(ranks(&[0.0, -0.0, -1.0]), [2.5, 2.5, 1.0]);
    assert_eq!(ranks(&[f64::NAN, 1.0, 0.5]), [3.0, 2.0, 1.0]);
    assert_eq!(ranks(&[f64::NAN, f64::NAN, 0.5]).iter().sum::<f64>(), 6.0);
}

#[test]
fn means_go_over_the_seeds() {
    let found = Comparison::new(vec![vec![0.1, 0.3], vec![0.2, 0.2], vec![0.2, 0.9]]).unwrap();
    assert_eq!(found.mean_regrets(), [0.2, 0.2, 0.55]);
    assert_eq!(found.mean_ranks(), [(1.0 + 2.0) / 2.0, (2.5 + 1.0) / 2.0, (2.5 + 3.0) / 2.0]);
}

#[test]
fn tuners_with_different_seeds_are_not_compared() {
    assert_eq!(Comparison::new(vec![]), None);
    assert_eq!(Comparison::new(vec![vec![], vec![]]), None);
    assert_eq!(Comparison::new(vec![vec![1.0], vec![1.0, 2.0]]), None);
}
