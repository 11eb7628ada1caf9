use proptest::prelude::*;

use super::{Place, Roll};

#[test]
fn the_last_one_opens_the_round_and_the_next_is_closed() {
    let roll = Roll::new(3);
    assert!(!roll.would_open(3));
    let roll = roll.with(vec![], 1, 3);
    let roll = roll.with(roll.waiting().to_vec(), 2, 3);
    assert!(roll.would_open(3));
    assert_eq!(roll.place(1, None, None), Place::Waiting);
    let roll = roll.with(roll.waiting().to_vec(), 3, 3);
    assert_eq!((roll.generation(), roll.waiting()), (1, &[][..]));
    assert_eq!(roll.place(1, Some(0), Some(0)), Place::Passed { generation: 0 });
    assert!(roll.was_last(3) && !roll.was_last(1));
    assert_eq!(roll.place(4, None, None), Place::Outside);
}

#[test]
fn the_dead_are_not_counted() {
    let roll = Roll::new(2).with(vec![], 1, 2);
    let roll = roll.with(vec![], 2, 2);
    assert_eq!((roll.generation(), roll.waiting()), (0, &[2][..]));
    assert_eq!(roll.place(1, Some(0), Some(0)), Place::Dropped);
    assert_eq!(roll.without(2).waiting(), &[] as &[u128]);
}

#[test]
fn what_cannot_be_seen_any_more_is_not_guessed() {
    let mut roll = Roll::new(1);
    for nonce in 1..=3 {
        roll = roll.with(vec![], nonce, 1);
    }
    assert_eq!(roll.generation(), 3);
    assert_eq!(roll.place(3, None, Some(2)), Place::Passed { generation: 2 });
    assert_eq!(roll.place(1, Some(0), Some(0)), Place::PassedIfHeld { generation: 0 });
    assert_eq!(roll.place(1, None, Some(0)), Place::Unknown);
    assert_eq!(roll.place(9, None, Some(2)), Place::Outside, "the list of round 2 is there, and it is not in it");
}

proptest! {
    /// However parties come, die and leave: each round that opens has as many as it needs, all different.
    #[test]
    fn rounds_open_whole(parties in 1_u32..5, steps in prop::collection::vec((0_u8..4, 0_u128..8), 0..80)) {
        let mut roll = Roll::new(parties);
        for (kind, nonce) in steps {
            let before = roll.generation();
            roll = match kind {
                0 => roll.without(nonce),
                _ if roll.waiting().contains(&nonce) => continue,
                // One that waits is found dead.
                1 => roll.with(roll.waiting().iter().skip(1).copied().collect(), nonce, parties),
                _ => roll.with(roll.waiting().to_vec(), nonce, parties),
            };
            prop_assert!(roll.waiting().len() < parties as usize);
            if roll.generation() > before {
                prop_assert_eq!(roll.generation(), before + 1);
                prop_assert_eq!(roll.place(nonce, None, None), Place::Passed { generation: before });
                prop_assert!(roll.was_last(nonce));
                let passed: std::collections::BTreeSet<_> = (0..8).filter(|n| roll.place(*n, None, None) != Place::Outside).collect();
                prop_assert_eq!(passed.len(), parties as usize);
            }
        }
    }
}
