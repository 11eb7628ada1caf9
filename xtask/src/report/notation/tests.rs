use foundation_core::port::clock::WallTime;
use proptest::prelude::*;

use super::{clipped, counted, duration, grouped, moment, number};

#[test]
fn numbers_keep_four_digits() {
    for (value, expected) in [
        (0.0, "0"),
        (-0.0, "0"),
        (0.969_187_675, "0.9692"),
        (0.5, "0.5"),
        (0.001, "0.001"),
        (0.000_999_99, "0.001"),
        (0.000_123_45, "1.234e-4"),
        (1e-4, "1e-4"),
        (-12.3456, "-12.35"),
        (450.0, "450"),
        (12_345.0, "12,345"),
        (12_345.6, "12,346"),
        (999_999.0, "999,999"),
        (1e6, "1e6"),
        (1_234_567.0, "1.235e6"),
        (9.9999, "10"),
        (f64::INFINITY, "inf"),
    ] {
        assert_eq!(number(value), expected);
    }
    assert_eq!(grouped(-1_234_567.0), "-1,234,567");
    assert_eq!(grouped(-0.2), "0");
    assert_eq!(counted(1, "epoch"), "1 epoch");
    assert_eq!(counted(1_200, "epoch"), "1,200 epochs");
}

#[test]
fn times_have_the_units_that_matter() {
    for (seconds, expected) in [
        (0.0, "0 s"),
        (0.000_012, "12 µs"),
        (0.35, "350 ms"),
        (12.0, "12 s"),
        (12.34, "12.3 s"),
        (125.0, "2 min 5 s"),
        (3_599.7, "1 h 0 min"),
        (7_322.0, "2 h 2 min"),
        (200_000.0, "2 d 8 h"),
        (f64::NAN, "unknown"),
    ] {
        assert_eq!(duration(seconds).replace('\u{a0}', " "), expected);
    }
    assert_eq!(moment(WallTime(1_772_359_200_999_999_999)), "2026-03-01 10:00:00 UTC");
    assert_eq!(moment(WallTime(u64::MAX)), "2554-07-21 23:34:33 UTC");
}

#[test]
fn long_names_keep_their_ends() {
    assert_eq!(clipped("optimizer number 7", 10), "optim…er 7");
    assert_eq!(clipped("relu", 10), "relu");
    assert_eq!(clipped("größenordnung", 7), "grö…ung");
    assert_eq!(clipped("relu", 1), "…");
}

proptest! {
    #[test]
    fn a_number_is_read_back_to_four_digits(value in any::<f64>().prop_filter("finite", |value| value.is_finite())) {
        let read: f64 = number(value).replace(',', "").parse().unwrap();
        prop_assert!((read - value).abs() <= value.abs() * 5.1e-4, "{} is written {}", value, number(value));
    }

    #[test]
    fn a_clipped_text_is_no_longer_than_allowed(text in ".{0,40}", most in 1_usize..20) {
        prop_assert!(clipped(&text, most).chars().count() <= most.max(1));
    }
}
