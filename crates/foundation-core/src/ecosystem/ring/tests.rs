use proptest::prelude::{ProptestConfig, any, proptest};

use super::*;
use crate::port::entropy::RandomStream;

#[test]
fn the_token_goes_round() {
    let mut ring = Ring::new();
    assert_eq!(ring.set_living(BTreeMap::from([(0, 1), (1, 1), (2, 1)])), Some(0));
    for hop in 1..10 {
        let member = (hop as usize - 1) % 3;
        assert_eq!(ring.receive(member, 1), Some(Token { epoch: 1, hop }));
        assert_eq!(ring.receive(member, 1), None, "it is taken up once");
        assert_eq!(ring.pass(member, 1, hop), Some((member + 1) % 3));
        assert_eq!(ring.pass(member, 1, hop), None, "it is handed on once");
    }
}

#[test]
fn a_token_that_is_lost_is_made_anew_for_the_next_and_the_old_one_is_over() {
    let mut ring = Ring::new();
    ring.set_living(BTreeMap::from([(0, 1), (1, 1), (2, 1)]));
    ring.receive(0, 1);
    ring.pass(0, 1, 1);
    assert_eq!(ring.receive(1, 1), Some(Token { epoch: 1, hop: 2 }));
    assert_eq!(ring.set_living(BTreeMap::from([(0, 1), (2, 1)])), Some(2));
    assert_eq!((ring.pass(1, 1, 2), ring.receive(1, 1)), (None, None));
    assert_eq!(ring.set_living(BTreeMap::from([(0, 1), (1, 2), (2, 1)])), None, "who comes back finds it going round");
    assert_eq!(ring.receive(2, 1), Some(Token { epoch: 2, hop: 3 }));
    assert_eq!(ring.pass(2, 1, 3), Some(0));
}

#[test]
fn a_holder_that_is_started_again_has_lost_its_token() {
    let mut ring = Ring::new();
    ring.set_living(BTreeMap::from([(0, 1), (1, 1)]));
    ring.receive(0, 1);
    assert_eq!(ring.set_living(BTreeMap::from([(0, 2), (1, 1)])), Some(1));
    assert_eq!((ring.receive(0, 2), ring.receive(1, 1)), (None, Some(Token { epoch: 2, hop: 2 })));
}

#[test]
fn a_death_elsewhere_leaves_the_token_alone() {
    let mut ring = Ring::new();
    ring.set_living(BTreeMap::from([(0, 1), (1, 1), (2, 1)]));
    ring.receive(0, 1);
    assert_eq!(ring.set_living(BTreeMap::from([(0, 1), (2, 1)])), None);
    assert_eq!(ring.pass(0, 1, 1), Some(2));
}

#[test]
fn with_nobody_there_is_no_token_and_the_first_who_comes_gets_one() {
    let mut ring = Ring::new();
    assert_eq!((ring.set_living(BTreeMap::new()), ring.place()), (None, None));
    assert_eq!(ring.set_living(BTreeMap::from([(1, 1)])), Some(1));
    assert_eq!((ring.receive(1, 1).is_some(), ring.pass(1, 1, 1)), (true, Some(1)), "alone, it hands it to itself");
    assert_eq!((ring.set_living(BTreeMap::new()), ring.place()), (None, None));
    assert_eq!(ring.set_living(BTreeMap::from([(0, 1)])), Some(0));
    assert_eq!(ring.receive(0, 1), Some(Token { epoch: 2, hop: 3 }));
}

/// Members that die and come back, wake-ups that come late, twice, or to the dead.
fn schedule(seed: u64) {
    let mut random = RandomStream::new(seed, 1);
    let size = 1 + random.below(6) as usize;
    let mut ring = Ring::new();
    let mut living: BTreeMap<usize, u64> = BTreeMap::new();
    let mut lives = vec![0; size];
    // Wake-ups under way, and stays that their holders have not ended.
    let mut told: Vec<usize> = Vec::new();
    let mut held: Vec<(usize, u64, Token)> = Vec::new();
    let (mut last_hop, mut losses) = (0, 0);
    let mut change = |ring: &mut Ring, living: &BTreeMap<usize, u64>, told: &mut Vec<usize>| {
        let had = ring.place();
        let had_life = ring.place.map(|place| place.life);
        let is_lost = had.is_none_or(|had| living.get(&had.worker.0).copied() != had_life);
        let woken = ring.set_living(living.clone());
        assert_eq!(woken.is_some(), is_lost && !living.is_empty(), "a new token exactly where the old one is lost");
        losses += u64::from(woken.is_some());
        told.extend(woken);
        losses
    };
    for _ in 0..200 {
        let member = random.below(size as u32) as usize;
        match random.below(6) {
            0 => {
                living.remove(&member);
                held.retain(|(holder, ..)| *holder != member);
                let losses = change(&mut ring, &living, &mut told);
                assert_eq!(ring.token.epoch, losses);
            }
            1 if !living.contains_key(&member) => {
                lives[member] += 1;
                living.insert(member, lives[member]);
                change(&mut ring, &living, &mut told);
            }
            2 => told.push(member),
            3 | 4 if !told.is_empty() => {
                let member = told.swap_remove(random.below(told.len() as u32) as usize);
                let Some(life) = living.get(&member).copied() else { continue };
                if let Some(token) = ring.receive(member, life) {
                    assert!(token.hop > last_hop, "hops only rise");
                    last_hop = token.hop;
                    held.push((member, life, token));
                    assert_eq!(held.len(), 1, "two have it");
                }
            }
            _ => {
                if let Some((member, life, token)) = held.pop() {
                    let next = ring.pass(member, life, token.hop);
                    told.push(next.expect("who has it can hand it on"));
                }
            }
        }
    }
    // Everybody comes back, and the token goes round once: each member has it once.
    for (member, life) in lives.into_iter().enumerate() {
        if living.get(&member) != Some(&life) {
            living.insert(member, life + 1);
            change(&mut ring, &living, &mut told);
        }
    }
    if let Some((member, life, token)) = held.pop() {
        ring.pass(member, life, token.hop);
    }
    let mut seen = vec![0; size];
    for _ in 0..3 * size {
        let at = ring.place().expect("there is a token").worker.0;
        let token = ring.receive(at, living[&at]).expect("it is nobody else's");
        seen[at] += 1;
        ring.pass(at, living[&at], token.hop);
    }
    assert_eq!(seen, vec![3; size]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn under_random_deaths_one_token_circulates_and_each_member_sees_it(seed in any::<u64>()) {
        schedule(seed);
    }
}
