//! Reading the whole log and proving that nothing is missing: block after block from the base to the anchored head.

use std::sync::Arc;

use foundation_core::{Error, Result};

use super::block::{Block, Link};
use super::index::Index;
use super::remembered::{Landed, Remembered};
use crate::anchor::LogHead;
use crate::bytes::Digest;
use crate::engine::Engine;
use crate::failure::corrupt;

/// Follows a chain of blocks and builds the index of it.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) index: Index,
    pub(crate) remembered: Remembered,
    pub(crate) last: Link,
    pub(crate) blocks: u64,
    base: u64,
    anchored: LogHead,
    met_anchor: bool,
}

impl Chain {
    pub(crate) fn new(anchored: LogHead, remembered: usize) -> Self {
        let base = anchored.base.max(1);
        Self {
            index: Index::new(base),
            remembered: Remembered::new(remembered),
            last: Link::ORIGIN,
            blocks: 0,
            base,
            anchored,
            met_anchor: anchored.block == 0,
        }
    }

    /// Takes the block that stands under `number`.
    ///
    /// # Errors
    /// Why it cannot be the next one. The chain is then as before, but for a block that passed its own checks and
    /// has frames that cannot be read.
    pub(crate) fn push(&mut self, number: u64, bytes: &[u8]) -> Result<()> {
        let block = Block::parse(bytes).map_err(|error| error.during(format!("block {number}")))?;
        self.push_block(number, &block, bytes.len())
    }

    pub(crate) fn push_block(&mut self, number: u64, block: &Block<'_>, bytes: usize) -> Result<()> {
        let expected = if self.blocks == 0 { self.base } else { self.last.number + 1 };
        if number != expected {
            return Err(corrupt(format!("block {expected} is missing, the next one is {number}")));
        }
        if block.link.number != number {
            return Err(corrupt(format!("block {number} says that it is block {}", block.link.number)));
        }
        if self.blocks > 0 || number == 1 {
            follows(&self.last, block)?;
        }
        if number == self.anchored.block && block.link.hash != self.anchored.hash {
            return Err(corrupt(format!("block {number} is another one than `head` names")));
        }
        let remembered = &mut self.remembered;
        self.index
            .add(block, bytes, |batch, first, last| remembered.insert(batch, Landed { first, last, block: number }))
            .map_err(|error| error.during(format!("block {number}")))?;
        self.met_anchor |= number == self.anchored.block;
        self.last = block.link;
        self.blocks += 1;
        Ok(())
    }

    /// The anchored head was reached: everything that was acknowledged is there.
    pub(crate) fn is_whole(&self) -> bool {
        self.met_anchor
    }
}

fn follows(last: &Link, block: &Block<'_>) -> Result<()> {
    let number = block.link.number;
    if block.previous != last.hash {
        let zero: Digest = [0; 16];
        let what = if last.hash == zero { "nothing" } else { "the block before it" };
        return Err(corrupt(format!("block {number} does not follow {what}")));
    }
    if block.first != last.sequence + 1 {
        return Err(corrupt(format!("block {number} begins at sequence {}, not {}", block.first, last.sequence + 1)));
    }
    Ok(())
}

/// A log that was read to its end.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) chain: Chain,
    /// Blocks behind the anchored head: whole, never acknowledged.
    pub(crate) unanchored: u64,
    /// Blocks behind a gap behind the anchored head: never acknowledged, never readable.
    pub(crate) discarded: Vec<u64>,
    /// Blocks before the base that a crash left.
    pub(crate) leftovers: Vec<u64>,
}

/// Reads and proves the log.
///
/// `anchor_damaged` says that the anchor's newer slot may be lost; then nothing behind it is given up as unfinished.
pub(crate) fn verify(
    engine: &Arc<Engine>,
    anchored: LogHead,
    anchor_damaged: bool,
    remembered: usize,
) -> Result<Verified, (Error, Box<Chain>)> {
    let mut chain = Chain::new(anchored, remembered);
    let mut leftovers = Vec::new();
    let mut discarded: Vec<u64> = Vec::new();
    let mut broken: Option<Error> = None;
    let scanned = engine.scan(|key, value| {
        let Ok(key) = <[u8; 8]>::try_from(key) else {
            broken = Some(corrupt("a row of the log has a key that is no block number"));
            return false;
        };
        let number = u64::from_be_bytes(key);
        if number < chain.base {
            leftovers.push(number);
        } else if !discarded.is_empty() {
            discarded.push(number);
        } else if let Err(error) = chain.push(number, value) {
            if chain.is_whole() && !anchor_damaged && number > anchored.block {
                discarded.push(number);
            } else {
                broken = Some(error);
                return false;
            }
        }
        true
    });
    if let Some(error) = broken.or(scanned.err()) {
        return Err((error, Box::new(chain)));
    }
    if !chain.is_whole() {
        let error = corrupt(match chain.blocks {
            0 => format!("`head` names block {}, the log is empty", anchored.block),
            _ => format!("`head` names block {}, the log ends with block {}", anchored.block, chain.last.number),
        });
        return Err((error, Box::new(chain)));
    }
    let unanchored = chain.last.number.saturating_sub(anchored.block);
    Ok(Verified { chain, unanchored, discarded, leftovers })
}

#[cfg(test)]
mod tests;
