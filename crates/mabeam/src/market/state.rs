//! The state of a market: a fold over its events, and the decisions that rest on it.

mod decision;

use std::collections::BTreeMap;

use foundation_core::{Code, Error, Result};

use super::event::{Given, MarketEvent, Paid, Sold};
use super::ledger::{Account, Ledger};
use super::terms::Terms;

/// What a member did and got so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Starts it had, bought or given, without those that were refunded.
    pub starts: u64,
    /// Starts it bought, without those that were refunded.
    pub bought: u64,
    /// What its starts and promotions cost whoever pays for the work, in epochs.
    pub cost: u64,
    /// What it paid for starts, in units, without what was refunded.
    pub spent: u64,
    /// What the house took of its balance, in units.
    pub levied: u64,
    /// What it was paid for promotions, in units.
    pub income: u64,
    /// What its promotions were worth, in per mille of what the house had each time.
    pub merit: u64,
    /// Its promotions from each rung.
    pub promotions: Vec<u64>,
    /// The number of its latest start.
    pub last_start: Option<u64>,
}

/// What a bidder can see of the market: its own purse and what is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it has.
    pub balance: u64,
    /// What the house has.
    pub house: u64,
    /// How many starts there were, of all members together.
    pub round: u64,
    /// How many members bid.
    pub members: u32,
    /// What a promotion from the first rung is worth, in per mille of what the house has.
    pub dividend: u64,
}

/// A start that was neither delivered nor refunded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Open {
    member: u32,
    price: u64,
    cost: u64,
    is_sold: bool,
}

/// A market as its events tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Market {
    terms: Terms,
    ledger: Ledger,
    records: Vec<Record>,
    open: BTreeMap<u64, Open>,
    round: u64,
    last_price: Option<u64>,
}

impl Market {
    /// A market that has just opened; its first event is [`MarketEvent::Opened`] with the same terms.
    ///
    /// # Errors
    /// `InvalidConfiguration` as [`Terms::check`].
    pub fn open(terms: Terms) -> Result<Self> {
        terms.check()?;
        let ledger = Ledger::new(terms.members, terms.credit)?;
        let records = vec![Record::default(); terms.members as usize];
        Ok(Self { terms, ledger, records, open: BTreeMap::new(), round: 0, last_price: None })
    }

    /// The market that these events tell; `None` where there are none.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`apply`](Self::apply); `Corrupt` where the first event does not open a market.
    pub fn replay<'a>(events: impl IntoIterator<Item = &'a MarketEvent>) -> Result<Option<Self>> {
        let mut events = events.into_iter();
        let Some(first) = events.next() else { return Ok(None) };
        let MarketEvent::Opened(terms) = first else {
            return Err(impossible(format!("it begins with `{}`, not with its terms", first.kind())));
        };
        let mut market = Self::open(terms.clone())?;
        events.try_for_each(|event| market.apply(event))?;
        Ok(Some(market))
    }

    /// Its terms.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Its accounts.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How many starts there were; the number of the next one.
    #[must_use]
    pub fn round(&self) -> u64 {
        self.round
    }

    /// The price of the start that was sold last.
    #[must_use]
    pub fn last_price(&self) -> Option<u64> {
        self.last_price
    }

    /// What each member did and got, in the order of their numbers.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What a member did and got; `None` for a number that is nobody's.
    #[must_use]
    pub fn record(&self, member: u32) -> Option<&Record> {
        self.records.get(member as usize)
    }

    /// Takes in one more event.
    ///
    /// # Errors
    /// `Corrupt` where the event cannot follow those before it: it opens a second time, a round is out of order or not
    /// open, a member does not exist, somebody would pay more than it bid or has. The market is then as it was.
    pub fn apply(&mut self, event: &MarketEvent) -> Result<()> {
        match event {
            MarketEvent::Opened(_) => Err(impossible("it opens a second time".to_owned())),
            MarketEvent::Sold(sold) => self.sold(sold),
            MarketEvent::Given(given) => self.given(given),
            MarketEvent::Delivered { round } => self.close(*round, Account::House).map(drop),
            MarketEvent::Refunded { round } => self.refunded(*round),
            MarketEvent::Paid(paid) => self.paid(paid),
        }
    }

    fn sold(&mut self, sold: &Sold) -> Result<()> {
        let Sold { round, cost, bids, winner, price, levies } = sold;
        self.is_next(*round)?;
        let told = |what: &str| Err(impossible(format!("round {round}: {what}")));
        if bids.len() != self.records.len() || !(levies.is_empty() || levies.len() == bids.len()) {
            return told("there are not as many bids or levies as members");
        }
        if bids.iter().zip(self.ledger.balances()).any(|(bid, balance)| bid > balance) {
            return told("a bid is above what the bidder has");
        }
        if bids.get(*winner as usize).is_none_or(|bid| price > bid) {
            return told("the winner pays more than it bid, or did not bid");
        }
        let mut ledger = self.ledger.clone();
        let paid = |from: u32, to: Account, units: u64, ledger: &mut Ledger| {
            ledger
                .transfer(Account::Member(from), to, units)
                .map_err(|error| impossible(format!("round {round}")).caused_by(error))
        };
        paid(*winner, Account::Escrow, *price, &mut ledger)?;
        for (member, levy) in levies.iter().enumerate() {
            paid(member as u32, Account::House, *levy, &mut ledger)?;
        }
        self.ledger = ledger;
        for (record, levy) in self.records.iter_mut().zip(levies) {
            record.levied = record.levied.saturating_add(*levy);
        }
        self.last_price = Some(*price);
        self.begin(Open { member: *winner, price: *price, cost: *cost, is_sold: true });
        Ok(())
    }

    fn given(&mut self, given: &Given) -> Result<()> {
        self.is_next(given.round)?;
        self.account_of(given.member)?;
        self.begin(Open { member: given.member, price: 0, cost: given.cost, is_sold: false });
        Ok(())
    }

    fn is_next(&self, round: u64) -> Result<()> {
        if round == self.round {
            return Ok(());
        }
        Err(impossible(format!("round {round} comes where {} is next", self.round)))
    }

    fn account_of(&self, member: u32) -> Result<()> {
        if self.records.len() > member as usize {
            return Ok(());
        }
        Err(impossible(format!("member {member} is none of the {}", self.records.len())))
    }

    fn begin(&mut self, start: Open) {
        if let Some(record) = self.records.get_mut(start.member as usize) {
            record.starts += 1;
            record.bought += u64::from(start.is_sold);
            record.cost = record.cost.saturating_add(start.cost);
            record.spent = record.spent.saturating_add(start.price);
            record.last_start = Some(self.round);
        }
        self.open.insert(self.round, start);
        self.round += 1;
    }

    /// Takes the price of a start out of escrow.
    fn close(&mut self, round: u64, to: Account) -> Result<Open> {
        let Some(start) = self.open.get(&round).cloned() else {
            return Err(impossible(format!("round {round} is closed, but it is not open")));
        };
        self.ledger
            .transfer(Account::Escrow, to, start.price)
            .map_err(|error| impossible(format!("round {round}")).caused_by(error))?;
        self.open.remove(&round);
        Ok(start)
    }

    fn refunded(&mut self, round: u64) -> Result<()> {
        let Some(member) = self.open.get(&round).map(|start| start.member) else {
            return Err(impossible(format!("round {round} is refunded, but it is not open")));
        };
        let start = self.close(round, Account::Member(member))?;
        if let Some(record) = self.records.get_mut(member as usize) {
            record.starts -= 1;
            record.bought -= u64::from(start.is_sold);
            record.cost = record.cost.saturating_sub(start.cost);
            record.spent = record.spent.saturating_sub(start.price);
        }
        Ok(())
    }

    fn paid(&mut self, paid: &Paid) -> Result<()> {
        let Paid { member, rung, cost, amount } = *paid;
        if rung >= Terms::MOST_RUNGS {
            let most = Terms::MOST_RUNGS;
            return Err(impossible(format!("a promotion from rung {rung}, at most {most} are known")));
        }
        self.ledger
            .transfer(Account::House, Account::Member(member), amount)
            .map_err(|error| impossible(format!("a promotion of member {member} is paid")).caused_by(error))?;
        let merit = self.terms.share(rung);
        if let Some(record) = self.records.get_mut(member as usize) {
            record.income = record.income.saturating_add(amount);
            record.merit = record.merit.saturating_add(merit);
            record.cost = record.cost.saturating_add(cost);
            if record.promotions.len() <= rung as usize {
                record.promotions.resize(rung as usize + 1, 0);
            }
            record.promotions[rung as usize] += 1;
        }
        Ok(())
    }
}

fn impossible(what: String) -> Error {
    Error::new(Code::Corrupt, format!("the market's log tells an impossible story: {what}"))
}
