use proptest::prelude::*;

use super::{Known, OperationId, REMEMBERED, Tally};
use crate::coordination::lease::record::encode;
use crate::port::storage::KeyValueLimits;

#[test]
fn an_addition_is_known_until_it_may_have_been_forgotten() {
    let mine = OperationId(u128::MAX);
    let mut tally = Tally::default().with(OperationId(1), 5).unwrap();
    let before = tally.count();
    assert_eq!(tally.knows(mine, before), Known::NotCounted);
    tally = tally.with(mine, -7).unwrap();
    assert_eq!((tally.sum(), tally.knows(mine, before)), (-2, Known::Counted));
    for number in 0..REMEMBERED as u128 - 1 {
        tally = tally.with(OperationId(100 + number), 1).unwrap();
        assert_eq!(tally.knows(mine, before), Known::Counted);
    }
    tally = tally.with(OperationId(99), 1).unwrap();
    assert_eq!(tally.knows(mine, before), Known::Forgotten);
    assert_eq!(tally.knows(OperationId(42), tally.count()), Known::NotCounted, "one that was never sent");
}

#[test]
fn a_sum_that_would_leave_its_range_is_refused() {
    let full = Tally::default().with(OperationId(1), i64::MAX).unwrap();
    assert_eq!(full.with(OperationId(2), 1), None);
    assert!(full.with(OperationId(2), -1).is_some());
}

#[test]
fn a_full_tally_fits_into_every_store() {
    let mut tally = Tally::default();
    for number in 0..REMEMBERED as u128 * 2 {
        tally = tally.with(OperationId(u128::MAX - number), i64::MAX / 1_000).unwrap();
    }
    assert!(encode(&tally).unwrap().len() < KeyValueLimits::FLOOR.value_bytes / 4);
}

proptest! {
    /// Never "not counted" where it was, never "counted" where it was not.
    #[test]
    fn what_it_says_is_so(others_before in 0_usize..600, others_after in 0_usize..600, was_counted: bool) {
        let mine = OperationId(0);
        let mut tally = Tally::default();
        for number in 0..others_before {
            tally = tally.with(OperationId(number as u128 + 1), 1).unwrap();
        }
        let before = tally.count();
        if was_counted {
            tally = tally.with(mine, 1).unwrap();
        }
        for number in 0..others_after {
            tally = tally.with(OperationId(number as u128 + 10_000), 1).unwrap();
        }
        match tally.knows(mine, before) {
            Known::Counted => prop_assert!(was_counted),
            Known::NotCounted => prop_assert!(!was_counted),
            Known::Forgotten => prop_assert!(others_after >= REMEMBERED),
        }
    }
}
