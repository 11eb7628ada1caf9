use proptest::prelude::*;

use super::{Bidder, Bidding as _};
use crate::market::{Record, Standing};

fn standing(balance: u64, house: u64) -> Standing {
    Standing { balance, house, round: 30, members: 3, dividend: 100 }
}

#[test]
fn who_earned_more_bids_more_and_who_was_seldom_tried_is_hopeful() {
    let bid =
        |starts, merit| Bidder::default().bid(&standing(1_000, 1_000), &Record { starts, merit, ..Record::default() });
    assert!(bid(20, 2_000) > bid(20, 400));
    assert!(bid(2, 100) > bid(40, 2_000));
    assert!(bid(0, 0) > 100, "a first start is hoped to be promoted");
}

proptest! {
    #[test]
    fn a_bid_is_never_above_the_balance(
        balance in any::<u64>(), house in any::<u64>(), round in any::<u64>(),
        starts in any::<u64>(), merit in any::<u64>(), exploration in any::<u64>(),
    ) {
        let seen = Standing { balance, house, round, members: 3, dividend: 100 };
        let record = Record { starts, merit, ..Record::default() };
        let bid = Bidder { exploration }.bid(&seen, &record);
        prop_assert!(bid <= balance);
    }
}
