//! Thompson sampling, drawn with whole numbers alone.

use foundation_core::port::entropy::RandomStream;

/// As many outcomes a member are remembered; more are scaled down to these. It bounds the work of a draw, and lets a
/// member's chances change.
const MEMORY: u64 = 100;

/// What is known of a member: how often it could have succeeded, and how often it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) chances: u64,
    pub(super) successes: u64,
}

/// Draws a chance of success for each member from what is known of it, and answers who drew the highest; the lowest
/// number where two are equal, 0 where there are none.
pub(super) fn thompson(tallies: &[Tally], random: &mut RandomStream) -> u32 {
    let mut best = (0, 0);
    for (member, tally) in tallies.iter().enumerate() {
        let drawn = beta(*tally, random);
        if member == 0 || drawn > best.0 {
            best = (drawn, member);
        }
    }
    best.1 as u32
}

/// Draws from the beta distribution of a member that begins with one success and one failure, in units of 2^-64.
///
/// The k-th smallest of n uniform numbers has the distribution Beta(k, n + 1 - k), so no logarithm is needed, and the
/// same bits come out on every machine.
fn beta(tally: Tally, random: &mut RandomStream) -> u64 {
    let successes = tally.successes.min(tally.chances);
    let (chances, successes) = if tally.chances > MEMORY {
        let scaled = u128::from(successes) * u128::from(MEMORY) / u128::from(tally.chances);
        (MEMORY, scaled as u64)
    } else {
        (tally.chances, successes)
    };
    let mut drawn: Vec<u64> = (0..=chances).map(|_| random.next_u64()).collect();
    let (_, kth, _) = drawn.select_nth_unstable(successes as usize);
    *kth
}

#[cfg(test)]
mod tests;
