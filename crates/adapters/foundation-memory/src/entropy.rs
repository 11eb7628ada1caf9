//! Two sources of chance: the machine's, and one that a seed names.

use std::fmt;

use foundation_core::port::entropy::{Entropy, RandomStream};
use foundation_core::{Code, Error, Result};
use parking_lot::Mutex;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// Chance from the operating system: ChaCha with twenty rounds (RFC 8439), keyed by it once.
///
/// The key is never shown. A process that forks shares the sequence with its child; this project never forks.
pub struct SystemEntropy(Mutex<ChaCha20Rng>);

impl SystemEntropy {
    /// Draws a key from the operating system.
    ///
    /// # Errors
    /// `Io` where the operating system has no chance to give.
    pub fn new() -> Result<Self> {
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key).map_err(|error| {
            Error::new(Code::Io, "draw a random key from the operating system").caused_by(error.to_string())
        })?;
        Ok(Self(Mutex::new(ChaCha20Rng::from_seed(key))))
    }
}

impl fmt::Debug for SystemEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemEntropy").finish_non_exhaustive()
    }
}

impl Entropy for SystemEntropy {
    fn next_u64(&self) -> u64 {
        self.0.lock().next_u64()
    }

    fn next_u128(&self) -> u128 {
        let mut random = self.0.lock();
        (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64())
    }
}

/// Chance that a seed names: the same seed answers the same sequence, on every machine.
///
/// Callers on several threads share one sequence, and which of them gets which number is then up to the threads.
pub struct SeededEntropy {
    seed: u64,
    random: Mutex<RandomStream>,
}

/// The stream of a seed that identifiers are drawn from; far from the low numbers that studies use for theirs.
pub(crate) const ENTROPY_STREAM: u64 = u64::MAX;

impl SeededEntropy {
    /// The sequence of `seed`, from its beginning.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed, random: Mutex::new(RandomStream::new(seed, ENTROPY_STREAM)) }
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl fmt::Debug for SeededEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeededEntropy").field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl Entropy for SeededEntropy {
    fn next_u64(&self) -> u64 {
        self.random.lock().next_u64()
    }
}
