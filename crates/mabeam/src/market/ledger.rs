//! Accounts in whole units, between which money moves and nothing else happens to it.

use foundation_core::{Code, Error, Result};

/// Where money can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// With a member.
    Member(u32),
    /// With the house, which pays dividends from it.
    House,
    /// Paid for a start that was neither delivered nor refunded yet.
    Escrow,
}

/// The accounts of a market.
///
/// Money moves by [`transfer`](Self::transfer) alone, so the sum over all accounts is what was
/// [minted](Self::minted) at the beginning, always.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    balances: Vec<u64>,
    house: u64,
    escrow: u64,
    minted: u64,
}

impl Ledger {
    /// Accounts for so many members with `credit` units each; house and escrow are empty.
    ///
    /// # Errors
    /// `InvalidConfiguration` where the sum does not fit into 64 bits.
    pub fn new(members: u32, credit: u64) -> Result<Self> {
        let minted = u64::from(members).checked_mul(credit).ok_or_else(|| {
            Error::new(
                Code::InvalidConfiguration,
                format!("open {members} accounts with {credit} units: more than {} together", u64::MAX),
            )
        })?;
        Ok(Self { balances: vec![credit; members as usize], house: 0, escrow: 0, minted })
    }

    /// Moves `amount` units; all of them or, where it fails, none.
    ///
    /// # Errors
    /// `InvalidInput` where a member does not exist or `from` has less.
    pub fn transfer(&mut self, from: Account, to: Account, amount: u64) -> Result<()> {
        let has = self.balance(from)?;
        self.balance(to)?;
        let Some(left) = has.checked_sub(amount) else {
            return Err(Error::new(
                Code::InvalidInput,
                format!("move {amount} units from {from:?} to {to:?}: it has {has}"),
            ));
        };
        // The receiver cannot overflow: together all accounts hold what was minted, which fits.
        self.put(from, left);
        let received = self.balance(to)? + amount;
        self.put(to, received);
        Ok(())
    }

    /// What is in an account.
    ///
    /// # Errors
    /// `InvalidInput` where the member does not exist.
    pub fn balance(&self, account: Account) -> Result<u64> {
        match account {
            Account::House => Ok(self.house),
            Account::Escrow => Ok(self.escrow),
            Account::Member(member) => self.balances.get(member as usize).copied().ok_or_else(|| {
                Error::new(Code::InvalidInput, format!("member {member} has no account: there are {}", self.members()))
            }),
        }
    }

    fn put(&mut self, account: Account, units: u64) {
        match account {
            Account::House => self.house = units,
            Account::Escrow => self.escrow = units,
            Account::Member(member) => {
                if let Some(balance) = self.balances.get_mut(member as usize) {
                    *balance = units;
                }
            }
        }
    }

    /// How many members have an account.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.balances.len() as u32
    }

    /// What each member has.
    #[must_use]
    pub fn balances(&self) -> &[u64] {
        &self.balances
    }

    /// What the house has.
    #[must_use]
    pub fn house(&self) -> u64 {
        self.house
    }

    /// What is paid for starts that are neither delivered nor refunded.
    #[must_use]
    pub fn escrow(&self) -> u64 {
        self.escrow
    }

    /// How much money there is: fixed at the beginning.
    #[must_use]
    pub fn minted(&self) -> u64 {
        self.minted
    }

    /// The sum over all accounts, added up anew. Equal to [`minted`](Self::minted).
    #[must_use]
    pub fn total(&self) -> u64 {
        self.balances.iter().sum::<u64>() + self.house + self.escrow
    }
}

#[cfg(test)]
mod tests;
