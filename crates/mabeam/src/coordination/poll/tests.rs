use foundation_core::Code;
use proptest::prelude::*;

use super::{Poll, Resolution, VotingRule};
use crate::coordination::{Ballot, Confidence, Electorate};

fn ballot(voter: usize, accept: bool, per_mille: u16) -> Ballot {
    let confidence = Confidence::new(per_mille).unwrap();
    Ballot { voter: format!("v{voter}"), accept, confidence, reason: "because".to_owned() }
}

fn poll(size: usize, rule: VotingRule) -> Poll {
    Poll::new(Electorate::new((0..size).map(|voter| format!("v{voter}"))).unwrap(), rule)
}

fn resolutions(size: usize, rule: VotingRule, votes: &[(bool, u16)]) -> (Resolution, Resolution) {
    let mut poll = poll(size, rule);
    for (voter, (accept, confidence)) in votes.iter().enumerate() {
        poll.cast(ballot(voter, *accept, *confidence)).unwrap();
    }
    (poll.resolution(), poll.close())
}

#[test]
fn a_majority_is_counted_over_those_entitled() {
    use Resolution::{Accepted, Open, Refused};
    let majority = |size, votes: &[bool]| {
        let votes: Vec<(bool, u16)> = votes.iter().map(|accept| (*accept, 1_000)).collect();
        resolutions(size, VotingRule::Majority, &votes)
    };
    assert_eq!(majority(3, &[true]), (Open, Refused), "two are absent and count as not in favour");
    assert_eq!(majority(3, &[true, true]), (Accepted, Accepted));
    assert_eq!(majority(4, &[true, true]), (Open, Refused), "half is not more than half");
    assert_eq!(majority(4, &[true, true, false, false]), (Refused, Refused));
    assert_eq!(majority(3, &[false, false]), (Refused, Refused));
    assert_eq!(majority(1, &[]), (Open, Refused));
}

#[test]
fn a_quorum_leaves_out_the_absent_beyond_it() {
    use Resolution::{Accepted, Open, Refused};
    let quorum = |votes: &[(bool, u16)]| resolutions(5, VotingRule::Quorum { quorum: 2 }, votes);
    assert_eq!(quorum(&[(true, 1)]), (Open, Refused));
    assert_eq!(quorum(&[(true, 1), (true, 1)]), (Open, Accepted));
    assert_eq!(quorum(&[(true, 1), (true, 1), (true, 1)]), (Accepted, Accepted));
    assert_eq!(quorum(&[(true, 1), (false, 1)]), (Open, Refused));
    assert_eq!(quorum(&[(false, 1), (false, 1), (false, 1)]), (Refused, Refused));
    assert_eq!(resolutions(2, VotingRule::Quorum { quorum: 3 }, &[]), (Refused, Refused), "it cannot be reached");
}

#[test]
fn confidence_weighs_and_silence_weighs_against() {
    use Resolution::{Accepted, Open, Refused};
    let weighted = |votes: &[(bool, u16)]| resolutions(3, VotingRule::ConfidenceWeighted, votes);
    assert_eq!(weighted(&[(true, 900), (false, 300), (false, 500)]), (Accepted, Accepted));
    assert_eq!(weighted(&[(true, 800), (false, 300), (false, 500)]), (Refused, Refused));
    assert_eq!(weighted(&[(true, 900), (true, 900)]), (Accepted, Accepted));
    assert_eq!(weighted(&[(true, 500), (true, 500)]), (Open, Refused));
}

#[test]
fn strangers_and_second_votes_change_nothing() {
    let mut poll = poll(2, VotingRule::Majority);
    poll.cast(ballot(0, true, 1_000)).unwrap();
    let before = poll.clone();
    assert_eq!(poll.cast(ballot(7, true, 1_000)).unwrap_err().code(), Code::InvalidInput);
    assert_eq!(poll.cast(ballot(0, false, 1_000)).unwrap_err().code(), Code::Conflict);
    assert_eq!(poll, before);
}

#[test]
fn an_electorate_has_voters_each_once_and_a_confidence_has_an_end() {
    for voters in [vec![], vec![""], vec!["a", "b", "a"]] {
        assert_eq!(Electorate::new(voters.clone()).unwrap_err().code(), Code::InvalidInput, "{voters:?}");
        assert!(serde_json::from_value::<Electorate>(serde_json::json!(voters)).is_err(), "{voters:?}");
    }
    assert!(serde_json::from_str::<Confidence>("1001").is_err());
    let of = |share| Confidence::from_share(share).per_mille();
    assert_eq!((of(0.1234), of(7.0), of(-1.0), of(f64::NAN)), (123, 1_000, 0, 0));
    assert_eq!(Confidence::from_share(0.5).to_string(), "0.500");
}

fn rule() -> impl Strategy<Value = VotingRule> {
    prop_oneof![
        Just(VotingRule::Majority),
        (0_u32..8).prop_map(|quorum| VotingRule::Quorum { quorum }),
        Just(VotingRule::ConfidenceWeighted),
    ]
}

proptest! {
    /// What is said to be decided is what comes out, whoever else votes or stays away, in whatever order.
    #[test]
    fn a_decision_is_final_and_the_order_of_votes_does_not_matter(
        rule in rule(),
        votes in proptest::collection::vec((any::<bool>(), 0_u16..=1_000, any::<bool>()), 1..7),
        order in any::<proptest::sample::Index>(),
    ) {
        let mut cast: Vec<Ballot> = votes.iter().enumerate()
            .filter(|(_, (_, _, comes))| *comes)
            .map(|(voter, (accept, confidence, _))| ballot(voter, *accept, *confidence))
            .collect();
        let mut one = poll(votes.len(), rule);
        let mut decided = Vec::new();
        for ballot in &cast {
            decided.push(one.resolution());
            one.cast(ballot.clone()).unwrap();
        }
        decided.push(one.resolution());
        for early in decided {
            prop_assert!(early == Resolution::Open || early == one.close(), "{early:?} and then {:?}", one.close());
        }
        if cast.len() == votes.len() {
            prop_assert_eq!(one.resolution(), one.close());
        }
        let turn = order.index(cast.len() + 1).min(cast.len());
        cast.rotate_left(turn);
        let mut other = poll(votes.len(), rule);
        for ballot in cast {
            other.cast(ballot).unwrap();
        }
        prop_assert_eq!((one.tally(), one.close()), (other.tally(), other.close()));
    }

    /// While a decision is open, there are votes that lead to either end.
    #[test]
    fn what_is_open_can_go_either_way(
        rule in rule(),
        votes in proptest::collection::vec((any::<bool>(), 0_u16..=1_000), 0..6),
        absent in 0_usize..4,
    ) {
        let size = (votes.len() + absent).max(1);
        let mut now = poll(size, rule);
        for (voter, (accept, confidence)) in votes.iter().enumerate() {
            now.cast(ballot(voter, *accept, *confidence)).unwrap();
        }
        let all = |accept| {
            let mut later = now.clone();
            (votes.len()..size).for_each(|voter| later.cast(ballot(voter, accept, 1_000)).unwrap());
            later.close()
        };
        let ends = [all(true), all(false), now.close()];
        match now.resolution() {
            Resolution::Open => {
                prop_assert!(ends.contains(&Resolution::Accepted) && ends.contains(&Resolution::Refused));
            }
            decided => prop_assert!(ends.iter().all(|end| *end == decided)),
        }
    }
}
