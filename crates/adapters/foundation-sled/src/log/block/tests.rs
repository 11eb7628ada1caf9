use foundation_core::Code;
use foundation_core::port::storage::{BatchId, StreamName};
use proptest::prelude::*;

use super::{Block, Builder, Link};
use crate::log::frame::{self, EncodedBatch, Frame};

fn sample(events: &[Vec<u8>]) -> (Link, Vec<u8>) {
    let before = Link { number: 6, hash: [9; 16], sequence: 41 };
    let mut builder = Builder::after(before);
    let stream = StreamName::new("a.stream").unwrap();
    let mut batch = EncodedBatch::from_encoded(&stream, BatchId(77), events.iter().map(Vec::as_slice));
    let count = batch.events;
    builder.push(batch.placed(42), count);
    builder.push(&frame::trim(&stream, 40), 0);
    builder.push(&frame::remember(BatchId(5), 3, 4), 0);
    builder.finish()
}

proptest! {
    #[test]
    fn a_block_is_read_as_it_was_made(events in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..9)) {
        let (link, bytes) = sample(&events);
        for block in [Block::parse(&bytes).unwrap(), Block::trusted(&bytes).unwrap()] {
            prop_assert_eq!(block.link, link);
            prop_assert_eq!((block.link.number, block.first), (7, 42));
            prop_assert_eq!(block.link.sequence, 41 + events.len() as u64);
            let frames: Vec<_> = block.frames().map(Result::unwrap).collect();
            match &frames[..] {
                [Frame::Batch(batch), Frame::Trim { stream, forgotten: 40 }, Frame::Remember { batch: BatchId(5), first: 3, last: 4 }] => {
                    prop_assert_eq!((batch.batch, batch.stream, batch.first), (BatchId(77), "a.stream", 42));
                    prop_assert_eq!(*stream, "a.stream");
                    let read: Vec<_> = batch.encoded().map(|event| event.unwrap().to_vec()).collect();
                    prop_assert_eq!(&read, &events);
                }
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn no_flipped_bit_and_no_cut_passes(at in any::<prop::sample::Index>()) {
        let (_, sound) = sample(&[vec![1; 50], vec![2; 30]]);
        let bit = at.index(sound.len() * 8);
        let mut bytes = sound.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(Block::parse(&bytes).unwrap_err().code(), Code::Corrupt);
        prop_assert_eq!(Block::parse(&sound[..at.index(sound.len())]).unwrap_err().code(), Code::Corrupt);
    }

    #[test]
    fn nonsense_is_an_error_and_no_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Block::parse(&bytes).is_err());
        bytes.splice(0..0, super::MAGIC);
        prop_assert!(Block::parse(&bytes).is_err());
        if let Some(block) = Block::trusted(&bytes) {
            for frame in block.frames() {
                if let Ok(Frame::Batch(batch)) = frame {
                    prop_assert!(batch.encoded().count() <= bytes.len() + 1);
                }
            }
        }
    }
}
