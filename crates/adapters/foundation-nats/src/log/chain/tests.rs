use proptest::prelude::*;

use super::*;

/// The events of one stream: batches of these sizes, with so many foreign messages before each.
fn history(batches: &[(u64, u32)]) -> Vec<(u64, Link)> {
    let mut events = Vec::new();
    let (mut sequence, mut previous) = (0, 0);
    for (foreign, count) in batches {
        sequence += foreign;
        for index in 0..*count {
            sequence += 1;
            events.push((sequence, Link { previous, index, count: *count, call: "c".to_owned() }));
        }
        previous = sequence;
    }
    events
}

/// What a reader of everything behind `reached` tells, and the first thing that it finds wrong.
fn read(reached: u64, events: &[(u64, Link)]) -> (Vec<u64>, Option<Next>) {
    let mut chain = Chain::behind(reached);
    let mut told = Vec::new();
    for (sequence, link) in events {
        match chain.judge(*sequence, link) {
            Next::Follows => {
                chain.told(*sequence);
                told.push(*sequence);
            }
            Next::Known => {}
            wrong => return (told, Some(wrong)),
        }
    }
    (told, None)
}

fn batches() -> impl Strategy<Value = Vec<(u64, u32)>> {
    proptest::collection::vec((0..4_u64, 1..5_u32), 1..12)
}

proptest! {
    #[test]
    fn what_is_whole_is_told_from_any_place(batches in batches(), from in 0..40_u64) {
        let events = history(&batches);
        let expected: Vec<u64> = events.iter().map(|event| event.0).filter(|place| *place > from).collect();
        prop_assert_eq!(read(from, &events), (expected, None));
    }

    #[test]
    fn no_gap_before_a_told_event_passes(batches in batches(), from in 0..20_u64, lost in proptest::collection::vec(any::<prop::sample::Index>(), 1..4)) {
        let events = history(&batches);
        let asked: Vec<u64> = events.iter().map(|event| event.0).filter(|place| *place > from).collect();
        let lost: Vec<u64> = lost.iter().map(|index| events[index.index(events.len())].0).collect();
        let kept: Vec<_> = events.iter().filter(|event| !lost.contains(&event.0)).cloned().collect();
        let (told, wrong) = read(from, &kept);
        // What is told is a beginning of what was asked for, with nothing left out.
        prop_assert_eq!(&told[..], &asked[..told.len()]);
        // It may end early only in silence where nothing is behind the loss; the head tells that.
        let first_lost = asked.iter().find(|place| lost.contains(place));
        let behind = first_lost.map(|first| kept.iter().any(|event| event.0 > *first)).unwrap_or(false);
        prop_assert_eq!(wrong.is_some(), behind);
    }

    #[test]
    fn what_comes_twice_is_told_once(batches in batches(), again in any::<prop::sample::Index>()) {
        let events = history(&batches);
        let expected: Vec<u64> = events.iter().map(|event| event.0).collect();
        let mut twice = events.clone();
        twice.extend_from_slice(&events[again.index(events.len())..]);
        prop_assert_eq!(read(0, &twice), (expected, None));
    }
}

#[test]
fn an_event_that_names_an_earlier_one_than_was_told_is_a_fork() {
    let mut chain = Chain::behind(0);
    chain.told(5);
    let link = Link { previous: 3, index: 0, count: 1, call: "c".to_owned() };
    assert_eq!(chain.judge(6, &link), Next::Forked { named: 3 });
}
