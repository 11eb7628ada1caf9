use std::collections::BTreeMap;

use foundation_core::port::storage::{BatchId, StreamName};
use proptest::prelude::*;

use super::{Index, Plan};
use crate::log::block::{Block, Builder, Link};
use crate::log::frame::{self, EncodedBatch};

/// What a test does to an index.
#[derive(Clone, Debug)]
enum Step {
    Append { stream: u8, events: usize },
    Trim { stream: u8, before: u64 },
    Reclaim,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8, 1..4_usize).prop_map(|(stream, events)| Step::Append { stream, events }),
        2 => (0..3_u8, 0..60_u64).prop_map(|(stream, before)| Step::Trim { stream, before }),
        1 => Just(Step::Reclaim),
    ]
}

fn name(stream: u8) -> StreamName {
    StreamName::new(format!("s{stream}")).unwrap()
}

/// Every sequence that an index says a stream has, read as a reader would.
fn listed(index: &Index, stream: u8) -> Vec<u64> {
    let name = name(stream);
    let mut next = index.streams.get(name.as_str()).map_or(1, super::StreamIndex::oldest);
    let mut found = Vec::new();
    loop {
        match index.plan(name.as_str(), next, u64::MAX) {
            Plan::Nothing => return found,
            Plan::Forgotten(_) => panic!("it began at the oldest"),
            Plan::Frames(frames) => {
                for frame in frames {
                    assert!(frame.block >= index.base, "a frame in a deleted block");
                    found.extend((frame.first..=frame.last()).filter(|sequence| *sequence >= next));
                }
                next = found.last().unwrap() + 1;
            }
        }
    }
}

proptest! {
    /// Against a plain list of events: the same sequences stand, trims never take the last one, and blocks are only
    /// given up when nothing in them is listed.
    #[test]
    fn it_keeps_what_a_list_keeps(steps in prop::collection::vec(step(), 1..60)) {
        let mut index = Index::new(1);
        let mut last = Link::ORIGIN;
        let mut model: BTreeMap<u8, Vec<u64>> = BTreeMap::new();
        for step in steps {
            let mut builder = Builder::after(last);
            match step {
                Step::Append { stream, events } => {
                    let first = builder.next_sequence();
                    let empty: Vec<&[u8]> = vec![b"x"; events];
                    let mut batch = EncodedBatch::from_encoded(&name(stream), BatchId(u128::from(first)), empty.into_iter());
                    builder.push(batch.placed(first), events as u32);
                    model.entry(stream).or_default().extend(first..first + events as u64);
                }
                Step::Trim { stream, before } => {
                    let forgets = index.streams.get(name(stream).as_str()).and_then(|stream| stream.forgets(before));
                    let list = model.entry(stream).or_default();
                    let end = list.last().copied().unwrap_or(0);
                    let gone = list.iter().copied().filter(|sequence| *sequence < before && *sequence != end).max();
                    prop_assert_eq!(forgets, gone);
                    let Some(forgotten) = forgets else { continue };
                    builder.push(&frame::trim(&name(stream), forgotten), 0);
                    list.retain(|sequence| *sequence > forgotten);
                }
                Step::Reclaim => {
                    let dead = index.dead();
                    index.rebase(dead.base);
                    prop_assert_eq!(index.base, dead.base);
                    continue;
                }
            }
            let (link, bytes) = builder.finish();
            index.add(&Block::parse(&bytes).unwrap(), bytes.len(), |_, _, _| {}).unwrap();
            last = link;
            for (stream, list) in &model {
                prop_assert_eq!(&listed(&index, *stream), list);
                prop_assert_eq!(index.last(name(*stream).as_str()), list.last().copied());
            }
        }
    }
}
