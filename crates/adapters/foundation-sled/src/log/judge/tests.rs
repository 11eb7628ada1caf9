use std::collections::HashMap;

use foundation_core::Code;
use foundation_core::port::storage::{BatchId, Expect, Sequence, StreamName};

use super::{Heads, Verdict, judge};
use crate::log::block::{Block, Builder, Link};
use crate::log::frame::EncodedBatch;
use crate::log::index::Index;
use crate::log::remembered::{Landed, Remembered};

/// An index in which stream `old` has one event.
fn index() -> Index {
    let mut index = Index::new(1);
    let mut builder = Builder::after(Link::ORIGIN);
    let event: &[u8] = b"event";
    let mut frame = EncodedBatch::from_encoded(&StreamName::new("old").unwrap(), BatchId(1), [event].into_iter());
    builder.push(frame.placed(1), 1);
    let (_, bytes) = builder.finish();
    index.add(&Block::parse(&bytes).unwrap(), bytes.len(), |_, _, _| {}).unwrap();
    index
}

#[test]
fn each_expectation_is_judged_by_the_newest_head() {
    let published = index();
    let [old, new, none] = ["old", "new", "none"].map(|name| StreamName::new(name).unwrap());
    let mut staged = HashMap::from([(new.clone(), 5)]);
    let cases = |staged: &HashMap<StreamName, u64>, old_head: u64| {
        let heads = Heads { published: &published, staged };
        let head_of = |name: &StreamName, sequence| Expect::HeadOf(name.clone(), Sequence(sequence));
        for (stream, expect, holds) in [
            (&none, Expect::Any, true),
            (&none, Expect::Empty, true),
            (&none, Expect::Head(Sequence(0)), false),
            (&new, Expect::Empty, false),
            (&new, Expect::Head(Sequence(5)), true),
            (&new, Expect::Head(Sequence(6)), false),
            (&old, Expect::Head(Sequence(old_head)), true),
            (&old, Expect::Head(Sequence(old_head + 1)), false),
            (&none, head_of(&old, old_head), true),
            (&none, head_of(&new, 4), false),
            (&new, head_of(&none, 1), false),
        ] {
            match judge(stream, BatchId(9), &expect, &heads, &Remembered::new(10)) {
                Verdict::Append => assert!(holds, "{stream} {expect:?}"),
                Verdict::Refused(error) => {
                    assert!(!holds, "{stream} {expect:?}");
                    assert_eq!(error.code(), Code::Conflict);
                }
                Verdict::Known(appended) => panic!("{appended:?}"),
            }
        }
    };
    cases(&staged, 1);
    // What the group has staged counts before what is published.
    staged.insert(old.clone(), 7);
    cases(&staged, 7);
}

#[test]
fn a_repeated_batch_is_answered_whatever_it_expects() {
    let published = index();
    let heads = Heads { published: &published, staged: &HashMap::new() };
    let mut remembered = Remembered::new(2);
    for first in [10, 20, 30] {
        remembered.insert(BatchId(u128::from(first)), Landed { first, last: first + 2, block: 1 });
    }
    let old = StreamName::new("old").unwrap();
    let expect = Expect::Head(Sequence(99));
    match judge(&old, BatchId(30), &expect, &heads, &remembered) {
        Verdict::Known(appended) => assert_eq!((appended.first, appended.last), (Sequence(30), Sequence(32))),
        other => panic!("{other:?}"),
    }
    // Of three, two are remembered.
    assert!(matches!(judge(&old, BatchId(10), &expect, &heads, &remembered), Verdict::Refused(_)));
}
