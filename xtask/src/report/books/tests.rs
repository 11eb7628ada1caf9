use mabeam::{Allocation, Market, MarketEvent, Paid, Sold, Terms};

use super::{Books, MOST_MOMENTS, Moment};

fn sold(market: &Market, price: u64) -> MarketEvent {
    let (round, winner) = (market.round(), 0);
    MarketEvent::Sold(Sold { round, cost: 1, bids: vec![price, 0], winner, price, levies: Vec::new() })
}

fn happens(books: &mut Books, market: &mut Market, event: MarketEvent) {
    market.apply(&event).unwrap();
    books.note(&event, market);
}

#[test]
fn prices_and_balances_are_those_of_the_log() {
    let mut market = Market::open(Terms::new(2, 100, Allocation::SecondPrice)).unwrap();
    let mut books = Books::open(&market);
    let first = sold(&market, 30);
    happens(&mut books, &mut market, first);
    happens(&mut books, &mut market, MarketEvent::Delivered { round: 0 });
    happens(&mut books, &mut market, MarketEvent::Paid(Paid { member: 1, rung: 0, cost: 2, amount: 10 }));
    let second = sold(&market, 5);
    happens(&mut books, &mut market, second);
    assert_eq!(
        books.sales.iter().map(|sale| (sale.round, sale.winner, sale.price)).collect::<Vec<_>>(),
        [(0, 0, 30), (1, 0, 5)]
    );
    let last = Moment { events: 4, balances: vec![65, 110], house: 20, escrow: 5 };
    assert_eq!(books.moments.last(), Some(&last));
    assert_eq!(books.moments.len(), 5, "before the first event and after each");
    assert_eq!((books.checked, books.unequal), (4, 0));
}

#[test]
fn of_a_long_story_moments_lie_evenly() {
    let mut market = Market::open(Terms::new(2, 100, Allocation::SecondPrice)).unwrap();
    let mut books = Books::open(&market);
    for _ in 0..3 * MOST_MOMENTS {
        let next = sold(&market, 0);
        happens(&mut books, &mut market, next);
    }
    assert!(books.moments.len() <= MOST_MOMENTS && books.moments.len() > MOST_MOMENTS / 2);
    let gaps: Vec<u64> = books.moments.windows(2).map(|pair| pair[1].events - pair[0].events).collect();
    assert!(gaps.iter().all(|gap| *gap == gaps[0]), "{gaps:?}");
    assert_eq!(books.sales.len(), 3 * MOST_MOMENTS);
}
