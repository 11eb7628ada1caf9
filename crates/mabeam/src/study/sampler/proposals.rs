//! Who proposed what: the trials of each member of a team.

use rpds::RedBlackTreeMapSync;

/// The trials of each member, as sets of bits: a long study would have a node of a tree for each of them otherwise.
///
/// A clone shares everything, and a change of one of the two copies one path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Proposals {
    /// By member and trial / 64: bit n stands for the n-th of these trials. None is 0.
    words: RedBlackTreeMapSync<(u32, u64), u64>,
}

impl Proposals {
    /// Notes that `member` proposed `trial`; answers whether that is news.
    pub(super) fn insert(&mut self, member: u32, trial: u64) -> bool {
        let (place, bit) = ((member, trial / 64), 1_u64 << (trial % 64));
        let before = self.words.get(&place).copied().unwrap_or(0);
        if before & bit == 0 {
            self.words.insert_mut(place, before | bit);
        }
        before & bit == 0
    }

    /// The trials of `member`, by number.
    pub(super) fn of(&self, member: u32) -> impl DoubleEndedIterator<Item = u64> {
        let words = self.words.range((member, 0)..=(member, u64::MAX));
        words.flat_map(|((_, word), bits)| {
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
        })
    }
}

#[cfg(test)]
mod tests;
