//! Where events lie: per stream its frames, per block how much of it is still wanted. Rebuilt at every opening.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;

use foundation_core::Result;

use super::block::{Block, Link};
use super::frame::Frame;

/// A run of events of one stream in one block, with one sequence after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameRef {
    pub(crate) block: u64,
    pub(crate) first: u64,
    pub(crate) events: u32,
}

impl FrameRef {
    pub(crate) fn last(self) -> u64 {
        self.first + u64::from(self.events.max(1)) - 1
    }
}

/// A stream's events.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamIndex {
    pub(crate) frames: VecDeque<FrameRef>,
    /// The last event.
    pub(crate) last: u64,
    /// Events up to here are forgotten; 0 where none is.
    pub(crate) forgotten: u64,
    /// The block that says so.
    pub(crate) trim_block: u64,
}

impl StreamIndex {
    /// The first event that is kept.
    pub(crate) fn oldest(&self) -> u64 {
        self.frames.front().map_or(self.forgotten + 1, |frame| frame.first.max(self.forgotten + 1))
    }

    /// Which event a trim before `before` is the last to forget; `None` where it forgets nothing.
    pub(crate) fn forgets(&self, before: u64) -> Option<u64> {
        let limit = before.min(self.last);
        let frame = self.frames.iter().rev().find(|frame| frame.first < limit)?;
        let forgotten = frame.last().min(limit - 1);
        (forgotten > self.forgotten).then_some(forgotten)
    }
}

/// What a block still holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    events: u32,
    bytes: u32,
}

/// What a read does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Plan {
    /// There is nothing to read yet.
    Nothing,
    /// The events were forgotten up to this one.
    Forgotten(u64),
    /// These frames have the next events.
    Frames(Vec<FrameRef>),
}

/// The blocks that nobody needs any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dead {
    /// The first block that is still needed.
    pub(crate) base: u64,
    pub(crate) blocks: u64,
    pub(crate) bytes: u64,
}

/// Where everything lies.
#[derive(Debug)]
pub(crate) struct Index {
    pub(crate) streams: BTreeMap<Box<str>, StreamIndex>,
    /// The first block that is kept.
    pub(crate) base: u64,
    pub(crate) head: Link,
    held: VecDeque<Held>,
    pub(crate) events: u64,
}

/// How many blocks one step of a read touches, and how many events it aims at.
const STEP_BLOCKS: usize = 8;
const STEP_EVENTS: usize = 1_024;

impl Index {
    pub(crate) fn new(base: u64) -> Self {
        Self { streams: BTreeMap::new(), base, head: Link::ORIGIN, held: VecDeque::new(), events: 0 }
    }

    /// Takes in the next block. `told` hears each batch: its id, first and last sequence.
    pub(crate) fn add(
        &mut self,
        block: &Block<'_>,
        bytes: usize,
        mut told: impl FnMut(foundation_core::port::storage::BatchId, u64, u64),
    ) -> Result<()> {
        let number = block.link.number;
        if self.held.is_empty() {
            self.base = number;
        }
        self.held.push_back(Held { events: 0, bytes: bytes as u32 });
        for frame in block.frames() {
            match frame? {
                Frame::Batch(batch) => {
                    let stream = self.stream(batch.stream);
                    let frame = FrameRef { block: number, first: batch.first, events: batch.events };
                    stream.frames.push_back(frame);
                    stream.last = frame.last();
                    self.events += u64::from(batch.events);
                    if let Some(held) = self.held.back_mut() {
                        held.events += batch.events;
                    }
                    told(batch.batch, frame.first, frame.last());
                }
                Frame::Trim { stream, forgotten } => self.forget(stream, forgotten, number),
                Frame::Remember { batch, first, last } => told(batch, first, last),
            }
        }
        self.head = block.link;
        Ok(())
    }

    fn stream(&mut self, name: &str) -> &mut StreamIndex {
        if !self.streams.contains_key(name) {
            self.streams.insert(name.into(), StreamIndex::default());
        }
        // Just made where it was not there.
        self.streams.entry(name.into()).or_default()
    }

    fn forget(&mut self, name: &str, forgotten: u64, block: u64) {
        let base = self.base;
        let stream = self.stream(name);
        stream.forgotten = stream.forgotten.max(forgotten);
        stream.trim_block = block;
        let mut gone = Vec::new();
        while let Some(frame) = stream.frames.pop_front_if(|frame| frame.last() <= forgotten) {
            gone.push(frame);
        }
        for frame in gone {
            self.events -= u64::from(frame.events);
            if let Some(held) = self.held.get_mut((frame.block - base) as usize) {
                held.events -= frame.events;
            }
        }
    }

    /// The streams that begin with `prefix` and have an event.
    pub(crate) fn named<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a StreamIndex)> {
        self.streams
            .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
            .take_while(move |(name, _)| name.starts_with(prefix))
            .filter(|(_, stream)| stream.last > 0)
            .map(|(name, stream)| (&**name, stream))
    }

    /// The last event of a stream.
    pub(crate) fn last(&self, stream: &str) -> Option<u64> {
        self.streams.get(stream).map(|stream| stream.last).filter(|last| *last > 0)
    }

    /// Which frames have the events from `next` up to and with `until`.
    pub(crate) fn plan(&self, stream: &str, next: u64, until: u64) -> Plan {
        let Some(stream) = self.streams.get(stream) else { return Plan::Nothing };
        if next <= stream.forgotten {
            return Plan::Forgotten(stream.forgotten);
        }
        let start = stream.frames.partition_point(|frame| frame.last() < next);
        let mut frames = Vec::new();
        let (mut blocks, mut events, mut block) = (0, 0, None);
        for frame in stream.frames.range(start..).take_while(|frame| frame.first <= until) {
            if block != Some(frame.block) {
                block = Some(frame.block);
                blocks += 1;
                if blocks > STEP_BLOCKS || events >= STEP_EVENTS {
                    break;
                }
            }
            events += frame.events as usize;
            frames.push(*frame);
        }
        if frames.is_empty() { Plan::Nothing } else { Plan::Frames(frames) }
    }

    /// The blocks at the beginning whose events are all forgotten. The last block always stays.
    pub(crate) fn dead(&self) -> Dead {
        let kept = self.held.len().saturating_sub(1);
        let dead = self.held.iter().take(kept).take_while(|held| held.events == 0);
        let (blocks, bytes) = dead.fold((0, 0), |(blocks, bytes), held| (blocks + 1, bytes + u64::from(held.bytes)));
        Dead { base: self.base + blocks, blocks, bytes }
    }

    /// Forgets the blocks before `base`.
    pub(crate) fn rebase(&mut self, base: u64) {
        while self.base < base && self.held.pop_front().is_some() {
            self.base += 1;
        }
    }

    /// The trims that only blocks before `base` tell of.
    pub(crate) fn trims_before(&self, base: u64) -> impl Iterator<Item = (&str, u64)> {
        self.streams
            .iter()
            .filter(move |(_, stream)| stream.forgotten > 0 && stream.trim_block < base)
            .map(|(name, stream)| (&**name, stream.forgotten))
    }
}

#[cfg(test)]
mod tests;
