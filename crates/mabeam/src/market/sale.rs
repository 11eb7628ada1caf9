//! One sale at second price.

/// How a sale came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clearing {
    /// Who has it.
    pub winner: u32,
    /// What the winner pays: the highest bid of the others, 0 where there are none.
    pub price: u64,
}

/// Sells one good to the highest bid at the price of the second highest; `None` where nobody is there.
///
/// Equal bids go to the member whose place in `last` is earliest: when each of them last had one, `None` for never;
/// where that is equal too, to the lowest number. `last` does not depend on the bids, so to bid one's value is a
/// dominant strategy: the price is none of the winner's doing, and a bid only decides whether one wins at it.
///
/// Source: Vickrey, "Counterspeculation, Auctions, and Competitive Sealed Tenders", Journal of Finance 1961.
#[must_use]
pub fn second_price(bids: &[u64], last: &[Option<u64>]) -> Option<Clearing> {
    let last_of = |member: usize| last.get(member).copied().flatten();
    let rank = |member: &usize| (std::cmp::Reverse(bids[*member]), last_of(*member), *member);
    let winner = (0..bids.len()).min_by_key(rank)?;
    let others = bids.iter().enumerate().filter(|(member, _)| *member != winner);
    let price = others.map(|(_, bid)| *bid).max().unwrap_or(0);
    Some(Clearing { winner: winner as u32, price })
}

#[cfg(test)]
mod tests;
