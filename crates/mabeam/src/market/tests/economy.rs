//! A toy team in which each member's work is promoted with a probability of its own: who ends up with the starts.

use foundation_core::port::entropy::RandomStream;

use crate::agent::{Bidder, Bidding as _};
use crate::market::{Allocation, Market, MarketEvent, Sold, Terms};

/// How a member of the toy team bids.
#[derive(Clone, Copy)]
enum Policy {
    Honest,
    /// Bids all it has, always.
    Hostile,
}

/// A member: its policy, and the chance in per cent that its work is promoted from each rung on which it stands.
type Member = (Policy, u32);

const STRONG: Member = (Policy::Honest, 45);
const WEAK: Member = (Policy::Honest, 20);
const USELESS: Member = (Policy::Honest, 0);
const HOSTILE: Member = (Policy::Hostile, 0);

/// Plays so many starts; each is followed by its promotions a few starts later, as in a study.
struct Toy {
    market: Market,
    team: Vec<Member>,
    random: RandomStream,
    /// Promotions under way: at which round, whose, from which rung.
    promotions: Vec<(u64, u32, u32)>,
    owners: Vec<u32>,
}

impl Toy {
    fn new(team: &[Member], allocation: Allocation, seed: u64) -> Self {
        let terms = Terms::new(team.len() as u32, 1_000, allocation);
        Self {
            market: Market::open(terms).unwrap(),
            team: team.to_vec(),
            random: RandomStream::new(seed, 0),
            promotions: Vec::new(),
            owners: Vec::new(),
        }
    }

    fn play(&mut self, starts: u64) {
        for _ in 0..starts {
            let round = self.market.round();
            let bids: Vec<u64> = (0..self.team.len() as u32).map(|member| self.bid(member)).collect();
            let event = self.market.next_owner(1, &bids, &mut self.random).unwrap();
            let owner = match &event {
                MarketEvent::Sold(sold) => sold.winner,
                MarketEvent::Given(given) => given.member,
                _ => unreachable!("a start is sold or given"),
            };
            self.tell(&event);
            self.tell(&MarketEvent::Delivered { round });
            self.owners.push(owner);
            for rung in 0..3 {
                if self.random.below(100) >= self.team[owner as usize].1 {
                    break;
                }
                self.promotions.push((round + 2 + 2 * u64::from(rung), owner, rung));
            }
            let (due, later) = self.promotions.iter().partition(|(at, _, _)| *at <= round);
            self.promotions = later;
            for (_, member, rung) in due {
                let paid = self.market.dividend(member, rung, 2 * 3_u64.pow(rung)).unwrap();
                self.tell(&paid);
            }
        }
    }

    fn bid(&self, member: u32) -> u64 {
        let standing = self.market.standing(member).unwrap();
        match self.team[member as usize].0 {
            Policy::Honest => Bidder::default().bid(&standing, self.market.record(member).unwrap()),
            Policy::Hostile => standing.balance,
        }
    }

    fn tell(&mut self, event: &MarketEvent) {
        self.market.apply(event).unwrap();
        assert_eq!(self.market.ledger().total(), self.market.ledger().minted());
    }

    /// The share of each member in the starts of these numbers, in per cent.
    fn shares(&self, from: usize, to: usize) -> Vec<u64> {
        let owners = &self.owners[from..to];
        let of = |member| owners.iter().filter(|owner| **owner == member as u32).count() * 100 / owners.len();
        (0..self.team.len()).map(|member| of(member) as u64).collect()
    }
}

const SEEDS: u64 = 12;

/// The mean shares of each member in per cent, over games of 500 starts: of the first 50 starts, of the next 100, and
/// of the rest.
fn mean_shares(games: &[Toy]) -> [Vec<u64>; 3] {
    let shares = [(0, 50), (50, 150), (150, 500)].map(|(from, to)| {
        let mut sums = vec![0; games[0].team.len()];
        for game in games {
            for (sum, share) in sums.iter_mut().zip(game.shares(from, to)) {
                *sum += share;
            }
        }
        sums.into_iter().map(|sum| sum / games.len() as u64).collect()
    });
    println!("{}: {shares:?}", games[0].market.terms().allocation);
    shares
}

fn games(team: &[Member], allocation: Allocation) -> Vec<Toy> {
    let game = |seed| {
        let mut toy = Toy::new(team, allocation, seed);
        toy.play(500);
        toy
    };
    (1..=SEEDS).map(game).collect()
}

#[test]
fn strong_members_soon_have_most_starts_share_them_and_the_weak_still_get_some() {
    let [early, later, last] = mean_shares(&games(&[STRONG, STRONG, WEAK, WEAK], Allocation::SecondPrice));
    assert!(early[0] + early[1] >= 65, "of the first 50: {early:?}");
    assert!(later[0] + later[1] >= 80, "of the next 100: {later:?}");
    assert!(last[0] + last[1] >= 88, "of the rest: {last:?}");
    assert!(last[0].min(last[1]) >= 30, "two that are as good share: {last:?}");
    assert!(last[2].min(last[3]) >= 1, "nobody is forgotten: {last:?}");
}

#[test]
fn useless_and_hostile_members_are_starved_and_the_team_hardly_suffers() {
    let clean = mean_shares(&games(&[STRONG, STRONG, WEAK], Allocation::SecondPrice));
    let games = games(&[STRONG, STRONG, WEAK, USELESS, HOSTILE], Allocation::SecondPrice);
    let [early, later, last] = mean_shares(&games);
    assert!(early[3] + early[4] <= 25, "of the first 50: {early:?}");
    assert!(later[3] + later[4] <= 6, "of the next 100: {later:?}");
    assert!(last[3] + last[4] <= 3, "of the rest: {last:?}");
    assert!(last[0] + last[1] + 5 >= clean[2][0] + clean[2][1], "{last:?} beside {clean:?}");
    for (seed, toy) in (1..).zip(&games) {
        let hostile = toy.market.record(4).unwrap();
        let left = toy.market.ledger().balances()[4];
        assert!(left < 100 && hostile.spent + left == 1_000, "seed {seed}: {left} left, {hostile:?}");
        // One start in twenty goes in turn, a fifth of those to each member: 5 of 500.
        assert!(hostile.starts <= 5 + 15, "seed {seed}: {hostile:?}");
        let useless = toy.market.record(3).unwrap();
        assert!(useless.starts <= 5 + 15 && useless.income == 0, "seed {seed}: {useless:?}");
    }
}

/// Once it is poor, a hostile bidder has a start only where nobody bids more than it has left.
#[test]
fn a_hostile_bidder_wins_no_sale_in_which_another_bids_more_than_it_has_left() {
    let mut toy = Toy::new(&[STRONG, HOSTILE, STRONG], Allocation::SecondPrice, 5);
    for _ in 0..300 {
        let left = toy.market.ledger().balances()[1];
        let most = toy.bid(0).max(toy.bid(2));
        let is_sold = toy.market.wants_bids();
        toy.play(1);
        let won = toy.owners.last() == Some(&1);
        assert!(!(won && is_sold && most > left), "with {left} left against a bid of {most}");
    }
    assert!(toy.market.ledger().balances()[1] < 100);
}

#[test]
fn a_strong_member_that_lost_everything_comes_back() {
    let team = [STRONG, STRONG, WEAK];
    let game = |seed| {
        let mut toy = Toy::new(&team, Allocation::SecondPrice, seed);
        // Both strong ones paid all they had for starts that came to nothing.
        for (round, winner) in [(0, 0), (1, 1)] {
            let bids = toy.market.ledger().balances().to_vec();
            let sold = Sold { round, cost: 1, price: bids[winner as usize], bids, winner, levies: Vec::new() };
            toy.tell(&MarketEvent::Sold(sold));
            toy.tell(&MarketEvent::Delivered { round });
        }
        assert_eq!(toy.market.ledger().balances(), [0, 0, 1_000]);
        toy.play(500);
        toy
    };
    let [_, _, last] = mean_shares(&(1..=SEEDS).map(game).collect::<Vec<_>>());
    assert!(last[0] + last[1] >= 75, "{last:?}");
}

#[test]
fn where_all_are_broke_starts_go_in_turn_at_price_0() {
    let mut market = Market::open(Terms { turn: 0, ..Terms::new(3, 0, Allocation::SecondPrice) }).unwrap();
    for round in 0..9 {
        let sold = market.next_owner(1, &[7, 7, 7], &mut RandomStream::new(1, 0)).unwrap();
        market.apply(&sold).unwrap();
        let MarketEvent::Sold(sold) = sold else { panic!("no start is given: {sold:?}") };
        assert_eq!((u64::from(sold.winner), sold.price), (round % 3, 0));
    }
}

#[test]
fn the_other_rules_move_no_money_and_do_what_they_say() {
    let team = [STRONG, WEAK, USELESS];
    for allocation in [Allocation::Bandit, Allocation::RoundRobin, Allocation::EqualSplit] {
        let mut toy = Toy::new(&team, allocation, 9);
        assert!(!toy.market.wants_bids());
        toy.play(150);
        assert_eq!(toy.market.ledger().balances(), [1_000; 3], "{allocation}");
        let starts: Vec<u64> = toy.market.records().iter().map(|record| record.starts).collect();
        let costs: Vec<u64> = toy.market.records().iter().map(|record| record.cost).collect();
        println!("{allocation}: {starts:?} starts, {costs:?} epochs");
        match allocation {
            Allocation::Bandit => assert!(starts[0] > 100 && starts[2] < 20, "{starts:?}"),
            Allocation::RoundRobin => assert_eq!(starts, [50; 3]),
            // One promotion from the highest rung costs 18.
            _ => assert!(costs.iter().max().unwrap() - costs.iter().min().unwrap() <= 3 * 18, "{costs:?}"),
        }
    }
}
