//! The latest blocks in memory, so that whoever follows a stream reads neither sled nor the disk.

use std::collections::VecDeque;

use bytes::Bytes;

/// How many bytes of blocks are kept.
const KEPT_BYTES: usize = 2 << 20;

/// A window over the end of the chain.
#[derive(Debug, Default)]
pub(super) struct Recent {
    blocks: VecDeque<(u64, Bytes)>,
    bytes: usize,
}

impl Recent {
    pub(super) fn push(&mut self, number: u64, block: Bytes) {
        self.bytes += block.len();
        self.blocks.push_back((number, block));
        while self.bytes > KEPT_BYTES {
            let Some((_, oldest)) = self.blocks.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    pub(super) fn get(&self, number: u64) -> Option<Bytes> {
        let (oldest, _) = self.blocks.front()?;
        let at = usize::try_from(number.checked_sub(*oldest)?).ok()?;
        self.blocks.get(at).map(|(_, block)| block.clone())
    }
}
