//! What holds after every event, whatever the sequence.

use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;
use proptest::prelude::*;

use crate::market::{Allocation, Given, Market, MarketEvent, Paid, Sold, Terms};

/// What somebody tries to do with a market, sensible or not.
#[derive(Clone, Debug)]
enum Attempt {
    Start(Vec<u64>),
    Deliver(u64),
    Refund(u64),
    Promote(u32, u32),
    Forged(MarketEvent),
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let forged = (0_u64..30, proptest::collection::vec(0_u64..2_000, 3..5), 0_u32..5, 0_u64..2_000).prop_map(
        |(round, bids, winner, price)| {
            let levies = bids.clone();
            Attempt::Forged(MarketEvent::Sold(Sold { round, cost: 1, bids, winner, price, levies }))
        },
    );
    let grabbed = (0_u32..6, 0_u32..80, 0_u64..3_000)
        .prop_map(|(member, rung, amount)| Attempt::Forged(MarketEvent::Paid(Paid { member, rung, cost: 1, amount })));
    prop_oneof![
        4 => proptest::collection::vec(0_u64..1_500, 4).prop_map(Attempt::Start),
        2 => (0_u64..30).prop_map(Attempt::Deliver),
        1 => (0_u64..30).prop_map(Attempt::Refund),
        3 => (0_u32..5, 0_u32..4).prop_map(|(member, rung)| Attempt::Promote(member, rung)),
        1 => forged,
        1 => grabbed,
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    (prop_oneof![Just(0_u64), 1_u64..2_000], 0_usize..4, 1_u64..500, 0_u64..40, 0_u64..5).prop_map(
        |(credit, rule, dividend, levy, turn)| Terms {
            dividend,
            levy,
            turn,
            ..Terms::new(4, credit, Allocation::ALL[rule])
        },
    )
}

proptest! {
    /// The sum is constant to the unit, what is refused changes nothing, and the events alone tell the whole market.
    #[test]
    fn money_is_neither_made_nor_lost(
        terms in terms(),
        attempts in proptest::collection::vec(attempt(), 0..80),
        seed in any::<u64>(),
    ) {
        let mut random = RandomStream::new(seed, 0);
        let mut market = Market::open(terms.clone()).unwrap();
        let mut told = vec![MarketEvent::Opened(terms.clone())];
        for attempt in attempts {
            let event = match attempt {
                Attempt::Start(bids) => market.next_owner(1, &bids, &mut random),
                Attempt::Deliver(round) => Ok(MarketEvent::Delivered { round }),
                Attempt::Refund(round) => Ok(MarketEvent::Refunded { round }),
                Attempt::Promote(member, rung) => market.dividend(member, rung, 2),
                Attempt::Forged(event) => Ok(event),
            };
            let Ok(event) = event else { continue };
            let before = market.clone();
            match market.apply(&event) {
                Ok(()) => {
                    if let MarketEvent::Sold(sold) = &event {
                        let bid = sold.bids[sold.winner as usize];
                        prop_assert!(sold.price <= bid && bid <= before.ledger().balances()[sold.winner as usize]);
                    }
                    told.push(event);
                }
                Err(error) => {
                    prop_assert_eq!(error.code(), Code::Corrupt);
                    prop_assert_eq!(&market, &before);
                }
            }
            prop_assert_eq!(market.ledger().total(), 4 * terms.credit);
        }
        prop_assert_eq!(Market::replay(&told).unwrap(), Some(market));
    }

    /// Everything the market itself decides can be done.
    #[test]
    fn the_markets_own_decisions_are_always_accepted(terms in terms(), seed in any::<u64>()) {
        let mut random = RandomStream::new(seed, 0);
        let mut market = Market::open(terms).unwrap();
        for round in 0..60 {
            let bids: Vec<u64> = (0..4).map(|_| random.next_u64() >> random.below(64)).collect();
            let owner = market.next_owner(1, &bids, &mut random).unwrap();
            market.apply(&owner).unwrap();
            let is_refunded = random.below(8) == 0;
            let end =
                if is_refunded { MarketEvent::Refunded { round } } else { MarketEvent::Delivered { round } };
            market.apply(&end).unwrap();
            let paid = market.dividend(random.below(4), random.below(5), 2).unwrap();
            market.apply(&paid).unwrap();
        }
    }
}

#[test]
fn a_refund_puts_everything_back_but_the_levy() {
    let mut market = Market::open(Terms { levy: 0, ..Terms::new(2, 100, Allocation::SecondPrice) }).unwrap();
    let fresh = market.clone();
    let sold = market.next_owner(1, &[50, 30], &mut RandomStream::new(1, 0)).unwrap();
    market.apply(&sold).unwrap();
    assert_eq!((market.ledger().balances(), market.ledger().escrow()), (&[70, 100][..], 30));
    market.apply(&MarketEvent::Refunded { round: 0 }).unwrap();
    assert_eq!(market.ledger(), fresh.ledger());
    assert_eq!((market.record(0).unwrap().starts, market.record(0).unwrap().spent), (0, 0));
    for event in [MarketEvent::Refunded { round: 0 }, MarketEvent::Delivered { round: 0 }] {
        assert_eq!(market.apply(&event).unwrap_err().code(), Code::Corrupt, "{event:?}");
    }
}

/// The balances are 75 and 120, and the house has 5.
fn uneven() -> Market {
    let terms = Terms { levy: 4, ..Terms::new(2, 100, Allocation::SecondPrice) };
    let sold = |round, winner: usize, price| {
        let bids = if winner == 0 { vec![price, 0] } else { vec![0, price] };
        MarketEvent::Sold(Sold { round, cost: 1, bids, winner: winner as u32, price, levies: Vec::new() })
    };
    let events = [
        MarketEvent::Opened(terms),
        sold(0, 0, 25),
        MarketEvent::Delivered { round: 0 },
        MarketEvent::Paid(Paid { member: 1, rung: 0, cost: 2, amount: 20 }),
    ];
    Market::replay(&events).unwrap().unwrap()
}

#[test]
fn records_tell_what_was_taken_and_what_came_back() {
    let mut market = uneven();
    let before = market.record(1).unwrap().clone();
    let sold = market.next_owner(7, &[30, 60], &mut RandomStream::new(1, 0)).unwrap();
    let MarketEvent::Sold(told) = &sold else { panic!("{sold:?}") };
    assert!(told.levies.is_empty(), "what the winner pays is no longer there to be taken of: {told:?}");
    market.apply(&sold).unwrap();
    assert_eq!(market.record(1).unwrap().cost, before.cost + 7);
    market.apply(&MarketEvent::Refunded { round: 1 }).unwrap();
    let after = market.record(1).unwrap();
    assert_eq!((after.cost, after.bought, after.levied), (before.cost, before.bought, 0));
    let sold = market.next_owner(7, &[30, 10], &mut RandomStream::new(1, 0)).unwrap();
    market.apply(&sold).unwrap();
    assert_eq!((market.record(1).unwrap().levied, market.record(0).unwrap().levied), (5, 0), "one in 4 of 20");
    assert_eq!(market.ledger().house(), 10);
}

#[test]
fn a_dividend_is_rounded_up_so_the_last_unit_gets_out() {
    let mut market = uneven();
    for left in [5, 4, 3, 2, 1] {
        assert_eq!(market.ledger().house(), left);
        let paid = market.dividend(0, 0, 1).unwrap();
        assert!(matches!(&paid, MarketEvent::Paid(paid) if paid.amount == 1), "a tenth of {left}: {paid:?}");
        market.apply(&paid).unwrap();
    }
    assert!(matches!(market.dividend(0, 0, 1).unwrap(), MarketEvent::Paid(paid) if paid.amount == 0));
}

#[test]
fn a_log_in_which_somebody_bids_what_it_has_not_is_refused() {
    let mut market = uneven();
    let before = market.clone();
    for bids in [vec![76, 50], vec![60, 121]] {
        let winner = u32::from(bids[1] > bids[0]);
        let sold = Sold { round: 1, cost: 1, bids, winner, price: 50, levies: Vec::new() };
        assert_eq!(market.apply(&MarketEvent::Sold(sold)).unwrap_err().code(), Code::Corrupt);
        assert_eq!(market, before);
    }
}

/// Whose work goes on from two rungs is better than whose work goes on from one alone.
#[test]
fn the_bandit_counts_promotions_from_every_rung() {
    let mut market = Market::open(Terms::new(2, 100, Allocation::Bandit)).unwrap();
    for round in 0..20 {
        market.apply(&MarketEvent::Given(Given { round, cost: 1, member: (round % 2) as u32 })).unwrap();
        for rung in 0..=(round % 2) as u32 {
            let paid = Paid { member: (round % 2) as u32, rung, cost: 1, amount: 0 };
            market.apply(&MarketEvent::Paid(paid)).unwrap();
        }
    }
    let mut random = RandomStream::new(1933, 0);
    let given = |random: &mut RandomStream| market.next_owner(1, &[], random).unwrap();
    let second = (0..200).filter(|_| matches!(given(&mut random), MarketEvent::Given(given) if given.member == 1));
    let second = second.count();
    assert!(second > 180, "{second} of 200");
}

#[test]
fn a_bid_beyond_the_balance_counts_as_the_balance() {
    let market = Market::open(Terms::new(2, 100, Allocation::SecondPrice)).unwrap();
    let MarketEvent::Sold(sold) = market.next_owner(1, &[u64::MAX, 60], &mut RandomStream::new(1, 0)).unwrap() else {
        panic!("the first start is sold")
    };
    assert_eq!((sold.bids, sold.winner, sold.price), (vec![100, 60], 0, 60));
    let error = market.next_owner(1, &[1], &mut RandomStream::new(1, 0)).unwrap_err();
    assert_eq!(error.code(), Code::InvalidInput);
}

#[test]
fn terms_that_cannot_be_kept_are_refused() {
    let good = Terms::new(2, 100, Allocation::SecondPrice);
    for terms in [
        Terms { members: 0, ..good.clone() },
        Terms { members: 1_001, ..good.clone() },
        Terms { credit: u64::MAX, ..good.clone() },
        Terms { dividend: 0, ..good.clone() },
        Terms { dividend: 501, ..good.clone() },
    ] {
        assert_eq!(Market::open(terms.clone()).unwrap_err().code(), Code::InvalidConfiguration, "{terms:?}");
    }
    let mut market = Market::open(good.clone()).unwrap();
    assert_eq!(market.apply(&MarketEvent::Opened(good)).unwrap_err().code(), Code::Corrupt);
    let rung = Terms::MOST_RUNGS;
    let too_high = MarketEvent::Paid(Paid { member: 0, rung, cost: 1, amount: 0 });
    assert_eq!(market.apply(&too_high).unwrap_err().code(), Code::Corrupt);
    market.apply(&MarketEvent::Paid(Paid { member: 0, rung: rung - 1, cost: 1, amount: 0 })).unwrap();
    assert_eq!(Market::replay(&[]).unwrap(), None);
    assert_eq!(Market::replay(&[MarketEvent::Delivered { round: 0 }]).unwrap_err().code(), Code::Corrupt);
}

#[test]
fn rules_are_found_by_their_names() {
    for rule in Allocation::ALL {
        assert_eq!(Allocation::by_name(rule.name()).unwrap(), rule);
        assert_eq!(serde_json::to_string(&rule).unwrap(), format!("\"{rule}\""));
    }
    let error = Allocation::by_name("vickrey").unwrap_err();
    assert!(error.advice().contains("second_price"), "{error}");
}
