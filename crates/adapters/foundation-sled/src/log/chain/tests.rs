use foundation_core::Code;
use foundation_core::port::storage::{BatchId, StreamName};

use super::Chain;
use crate::anchor::LogHead;
use crate::log::block::{Builder, Link};
use crate::log::frame::EncodedBatch;

fn blocks(count: u64, mark: u8) -> Vec<(Link, Vec<u8>)> {
    let mut last = Link::ORIGIN;
    let make = |number: u64| {
        let mut builder = Builder::after(last);
        let event = [mark; 9];
        let stream = StreamName::new("s").unwrap();
        let mut batch = EncodedBatch::from_encoded(&stream, BatchId(u128::from(number)), [&event[..]].into_iter());
        let first = builder.next_sequence();
        builder.push(batch.placed(first), 1);
        let (link, bytes) = builder.finish();
        last = link;
        (link, bytes)
    };
    (1..=count).map(make).collect()
}

fn head(link: Link, base: u64) -> LogHead {
    LogHead { block: link.number, hash: link.hash, sequence: link.sequence, base }
}

#[test]
fn only_the_anchored_chain_is_whole() {
    let blocks = blocks(4, 1);
    let mut chain = Chain::new(head(blocks[2].0, 1), 10);
    for (link, bytes) in &blocks {
        assert_eq!(chain.is_whole(), link.number > 3);
        chain.push(link.number, bytes).unwrap();
    }
    assert!(chain.is_whole());
    assert_eq!((chain.last, chain.index.events), (blocks[3].0, 4));
    assert_eq!(chain.remembered.get(BatchId(3)).map(|landed| landed.first), Some(3));
}

#[test]
fn gaps_strangers_and_other_heads_are_corrupt() {
    let (ours, theirs) = (blocks(4, 1), blocks(4, 2));
    let refused = |numbers: &[(u64, &Vec<u8>)], head: LogHead| {
        let mut chain = Chain::new(head, 10);
        let error = numbers.iter().find_map(|(number, bytes)| chain.push(*number, bytes).err());
        assert_eq!(error.map(|error| error.code()), Some(Code::Corrupt));
    };
    refused(&[(1, &ours[0].1), (3, &ours[2].1)], head(ours[3].0, 1));
    refused(&[(2, &ours[1].1)], head(ours[3].0, 1));
    refused(&[(1, &ours[0].1), (2, &ours[2].1)], head(ours[3].0, 1));
    refused(&[(1, &ours[0].1), (2, &theirs[1].1)], head(ours[3].0, 1));
    refused(&[(1, &ours[0].1), (2, &ours[1].1)], head(theirs[1].0, 1));
    // From a base on, and not from another.
    let mut chain = Chain::new(head(ours[3].0, 3), 10);
    chain.push(3, &ours[2].1).unwrap();
    refused(&[(4, &ours[3].1)], head(ours[3].0, 3));
}
