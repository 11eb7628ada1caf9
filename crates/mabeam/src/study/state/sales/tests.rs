use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;

use super::Sales;
use crate::market::{Allocation, Market, MarketEvent, Terms};

/// Sells the next start to the member of that number, and tells the round.
fn sell(sales: &mut Sales, member: u32) {
    let bids = if member == 0 { [30, 20] } else { [20, 30] };
    let sold = sales.market().next_owner(1, &bids, &mut RandomStream::new(1, 0)).unwrap();
    sales.apply(&sold).unwrap();
    assert_eq!(sales.owner(), Some(member));
}

fn settle(sales: &mut Sales) -> Vec<MarketEvent> {
    let mut settled = Vec::new();
    while let Some(event) = sales.settlement().unwrap() {
        sales.apply(&event).unwrap();
        settled.push(event);
    }
    settled
}

#[test]
fn what_is_given_up_is_refunded_also_a_start_that_nobody_has_begun() {
    let mut sales = Sales::new(Market::open(Terms::new(2, 100, Allocation::SecondPrice)).unwrap());
    for (trial, member) in [(0, 0), (1, 1)] {
        sell(&mut sales, member);
        let error = sales.begin(trial, 1 - member).unwrap_err();
        assert_eq!(error.code(), Code::Corrupt, "only its owner begins it");
        sales.begin(trial, member).unwrap();
    }
    sell(&mut sales, 0);
    sales.settled(0);
    sales.settled(0);
    assert_eq!(settle(&mut sales), [MarketEvent::Delivered { round: 0 }], "its first result alone");
    assert_eq!(sales.market().ledger().escrow(), 40);
    sales.give_up();
    assert_eq!(settle(&mut sales), [MarketEvent::Refunded { round: 1 }, MarketEvent::Refunded { round: 2 }]);
    assert_eq!((sales.market().ledger().escrow(), sales.owner()), (0, None));
}
