use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use super::{Clearing, second_price};

#[test]
fn the_highest_bid_pays_the_second_highest() {
    assert_eq!(second_price(&[3, 9, 5], &[None; 3]), Some(Clearing { winner: 1, price: 5 }));
    assert_eq!(second_price(&[7], &[None]), Some(Clearing { winner: 0, price: 0 }));
    assert_eq!(second_price(&[], &[]), None);
}

#[test]
fn equal_bids_go_to_whoever_waited_longest_then_to_the_lowest_number() {
    let tied = |last: [Option<u64>; 3]| second_price(&[4, 4, 4], &last).unwrap();
    assert_eq!(tied([None, None, None]), Clearing { winner: 0, price: 4 });
    assert_eq!(tied([Some(0), None, None]).winner, 1);
    assert_eq!(tied([Some(2), Some(0), Some(1)]).winner, 1);
}

/// What a member gains whose start is worth `value` to it, when it bids `bid`.
fn utility(member: usize, value: u64, bid: u64, bids: &[u64], last: &[Option<u64>]) -> i128 {
    let mut bids = bids.to_vec();
    bids[member] = bid;
    match second_price(&bids, last) {
        Some(sale) if sale.winner as usize == member => i128::from(value) - i128::from(sale.price),
        _ => 0,
    }
}

/// Vickrey's theorem, over 10,000 random profiles and every deviation up to beyond the highest value.
#[test]
fn no_deviation_from_bidding_ones_value_pays() {
    let seed = 1961;
    let mut random = RandomStream::new(seed, 0);
    for profile in 0..10_000 {
        let members = 1 + random.below(6) as usize;
        // Few different values, so that ties are common.
        let top = 1 + random.below(20);
        let values: Vec<u64> = (0..members).map(|_| u64::from(random.below(top))).collect();
        let mut order: Vec<u64> = (0..members as u64).collect();
        random.shuffle(&mut order);
        let last: Vec<Option<u64>> = order.into_iter().map(|place| place.checked_sub(1)).collect();
        // The others bid anything, not only their values.
        let bids: Vec<u64> = (0..members).map(|_| u64::from(random.below(top + 2))).collect();
        for (member, &value) in values.iter().enumerate() {
            let honest = utility(member, value, value, &bids, &last);
            assert!(honest >= 0, "seed {seed}, profile {profile}: an honest bid lost {honest}");
            for deviation in 0..u64::from(top) + 3 {
                let other = utility(member, value, deviation, &bids, &last);
                assert!(
                    other <= honest,
                    "seed {seed}, profile {profile}: member {member} with value {value} gains {other} by {deviation} \
                     and {honest} by its value, against {bids:?}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn the_price_is_at_most_the_bid_and_the_good_goes_to_a_highest_bid(
        bids in proptest::collection::vec(any::<u64>(), 1..12),
        last in proptest::collection::vec(proptest::option::of(0_u64..9), 12),
    ) {
        let Clearing { winner, price } = second_price(&bids, &last).unwrap();
        let bid = bids[winner as usize];
        prop_assert_eq!(Some(&bid), bids.iter().max());
        prop_assert!(price <= bid);
        let mut sorted = bids.clone();
        sorted.sort_unstable();
        prop_assert_eq!(price, if sorted.len() > 1 { sorted[sorted.len() - 2] } else { 0 });
    }
}
