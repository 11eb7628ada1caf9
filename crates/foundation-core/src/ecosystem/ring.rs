//! The token of a ring: where it is, and who gets it next.
//!
//! It is pure, and it is the one truth about the token: a member that is told of the token asks here whether it has it.
//! The members share it in memory, as they share the book; it is no protocol between machines.
//!
//! A token is lost with the life that has it. That life's end is told once, and makes a new token, of a new epoch, for
//! the next member; what is still on its way from before the loss finds that it is over.

use std::collections::BTreeMap;

use serde::Serialize;

use super::layout::successor;
use super::worker::WorkerId;

/// A stay of the token with a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Token {
    /// How often a token was made: 1 for the first, and one more each time that it was lost.
    pub epoch: u64,
    /// How often it was handed over, over all epochs. It never repeats and only rises, so it tells an old holder from
    /// a new one where something outside must know (a fencing token).
    pub hop: u64,
}

/// Where a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TokenPlace {
    /// Who has it, or is about to.
    pub worker: WorkerId,
    /// Its present stay.
    pub token: Token,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    member: usize,
    life: u64,
    /// The member has taken it up.
    is_held: bool,
}

/// A ring of members and its token.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    living: BTreeMap<usize, u64>,
    place: Option<Place>,
    /// Who had it last, so that a new one goes on from there.
    last: usize,
    token: Token,
}

impl Ring {
    pub(super) fn new() -> Self {
        Self { living: BTreeMap::new(), place: None, last: usize::MAX, token: Token::default() }
    }

    /// These live now, with this life each. Answers to whom a new token goes, where the old one is lost with the life
    /// that had it, or where there was none.
    pub(super) fn set_living(&mut self, living: BTreeMap<usize, u64>) -> Option<usize> {
        self.living = living;
        if let Some(place) = self.place {
            if self.living.get(&place.member) == Some(&place.life) {
                return None;
            }
            self.place = None;
        }
        self.token.epoch += u64::from(!self.living.is_empty());
        self.give()
    }

    /// A member's life takes up the token that was handed to it. `None` where it has none, or has taken it up.
    pub(super) fn receive(&mut self, member: usize, life: u64) -> Option<Token> {
        let place = self.place.as_mut().filter(|place| (place.member, place.life) == (member, life))?;
        if std::mem::replace(&mut place.is_held, true) { None } else { Some(self.token) }
    }

    /// A member's life hands the token of that stay on. Answers to whom; `None` where it does not have it any more.
    pub(super) fn pass(&mut self, member: usize, life: u64, hop: u64) -> Option<usize> {
        let place = self.place?;
        if (place.member, place.life, place.is_held, self.token.hop) != (member, life, true, hop) {
            return None;
        }
        self.give()
    }

    pub(super) fn place(&self) -> Option<TokenPlace> {
        self.place.map(|place| TokenPlace { worker: WorkerId(place.member), token: self.token })
    }

    /// Gives the token to the next after the one that had it last.
    fn give(&mut self) -> Option<usize> {
        if let Some(place) = self.place.take() {
            self.last = place.member;
        }
        let living: Vec<_> = self.living.keys().copied().collect();
        let next = successor(self.last, &living)?;
        let life = *self.living.get(&next)?;
        self.token.hop += 1;
        self.last = next;
        self.place = Some(Place { member: next, life, is_held: false });
        Some(next)
    }
}

#[cfg(test)]
mod tests;
