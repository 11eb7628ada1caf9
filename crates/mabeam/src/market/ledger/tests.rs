use foundation_core::Code;
use proptest::prelude::*;

use super::{Account, Ledger};

#[test]
fn a_transfer_that_cannot_be_paid_changes_nothing() {
    let mut ledger = Ledger::new(2, 100).unwrap();
    let before = ledger.clone();
    for (from, to, amount) in [
        (Account::Member(0), Account::House, 101),
        (Account::House, Account::Member(0), 1),
        (Account::Member(2), Account::House, 0),
        (Account::Member(0), Account::Member(2), 1),
    ] {
        let error = ledger.transfer(from, to, amount).unwrap_err();
        assert_eq!(error.code(), Code::InvalidInput, "{from:?} to {to:?}");
        assert_eq!(ledger, before);
    }
}

#[test]
fn a_transfer_to_oneself_keeps_what_is_there() {
    let mut ledger = Ledger::new(1, 100).unwrap();
    ledger.transfer(Account::Member(0), Account::Member(0), 60).unwrap();
    assert_eq!(ledger.balances(), [100]);
}

#[test]
fn more_than_64_bits_hold_is_refused() {
    assert_eq!(Ledger::new(2, u64::MAX).unwrap_err().code(), Code::InvalidConfiguration);
    let mut ledger = Ledger::new(1, u64::MAX).unwrap();
    ledger.transfer(Account::Member(0), Account::House, u64::MAX).unwrap();
    assert_eq!((ledger.house(), ledger.total()), (u64::MAX, ledger.minted()));
}

fn account() -> impl Strategy<Value = Account> {
    prop_oneof![(0_u32..6).prop_map(Account::Member), Just(Account::House), Just(Account::Escrow)]
}

proptest! {
    #[test]
    fn the_sum_is_constant_over_any_transfers(
        credit in 0_u64..1_000,
        moves in proptest::collection::vec((account(), account(), 0_u64..2_000), 0..60),
    ) {
        let mut ledger = Ledger::new(5, credit).unwrap();
        for (from, to, amount) in moves {
            let before = ledger.clone();
            match ledger.transfer(from, to, amount) {
                Ok(()) => prop_assert_eq!(ledger.total(), ledger.minted()),
                Err(_) => prop_assert_eq!(&ledger, &before),
            }
        }
        prop_assert_eq!(ledger.minted(), 5 * credit);
    }
}
