//! Chance: where seeds come from, and the streams that grow out of a seed.
//!
//! [`Entropy`] is the port: the only source of numbers that nobody chose. A [`RandomStream`] is no source but a
//! pure function of `(seed, stream)`, so a study that is seeded once draws the same numbers on every machine,
//! in any order, before and after a crash, with no generator state to save.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// A source of seeds and identifiers.
///
/// # Guarantees
/// - Two calls on one instance answer different numbers, but for chance.
/// - A seeded instance answers the same sequence again after the same seed.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait Entropy: Send + Sync + fmt::Debug {
    /// Draws 64 bits.
    fn next_u64(&self) -> u64;

    /// Draws 128 bits, for identifiers.
    fn next_u128(&self) -> u128 {
        (u128::from(self.next_u64()) << 64) | u128::from(self.next_u64())
    }
}

/// A repeatable sequence of random numbers, named by a seed and a stream number.
///
/// Source: ChaCha with eight rounds (RFC 8439 describes the twenty-round cipher); the key is the seed in little
/// endian followed by zeros, the nonce is the stream number. Neither depends on a default of a library, so the bits
/// stay the same over upgrades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RandomStream(ChaCha8Rng);

impl RandomStream {
    /// Opens the stream `stream` of `seed`. Streams of one seed do not overlap.
    #[must_use]
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0_u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Draws 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// Draws 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Draws a number from `[0, 1)` with 53 random bits.
    pub fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Draws an index from `0..n`, and 0 where `n` is 0.
    ///
    /// Multiply and shift (Lemire 2019) without the rejection step: the bias is below `n / 2^32`.
    pub fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// Puts `items` into a random order (Fisher and Yates), by [`below`](Self::below) alone.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let chosen = self.below(u32::try_from(last + 1).unwrap_or(u32::MAX)) as usize;
            items.swap(last, chosen);
        }
    }
}

#[cfg(test)]
mod tests;
