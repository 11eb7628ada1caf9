use foundation_core::Code;
use proptest::prelude::*;
use serde_json::json;

use super::{Change, ProposalState, VariableState};
use crate::coordination::{Ballot, Confidence, Electorate, VotingRule};
use crate::variable::{Draft, VariableEvent};

const VOTERS: [&str; 3] = ["a", "b", "c"];

fn draft(base: u64, value: u64) -> Draft {
    Draft {
        value: json!(value),
        proposer: "p".to_owned(),
        base,
        electorate: Electorate::new(VOTERS).unwrap(),
        rule: VotingRule::Majority,
    }
}

fn ballot(voter: &str, accept: bool) -> Ballot {
    Ballot { voter: voter.to_owned(), accept, confidence: Confidence::FULL, reason: "so".to_owned() }
}

/// Takes a decision in.
fn tell(state: &mut VariableState, event: VariableEvent) -> Option<Change> {
    state.apply(&event).unwrap()
}

fn vote(state: &mut VariableState, proposal: u64, accept: &[bool]) {
    for (voter, accept) in VOTERS.iter().zip(accept) {
        let event = state.vote(proposal, ballot(voter, *accept)).unwrap().unwrap();
        tell(state, event);
    }
}

#[test]
fn a_change_is_committed_by_a_majority_and_told() {
    let mut state = VariableState::new();
    let event = state.propose(draft(0, 5)).unwrap();
    assert_eq!(tell(&mut state, event), None);
    vote(&mut state, 0, &[true]);
    assert_eq!(state.settle(0).unwrap(), None, "one of three decides nothing");
    vote_as(&mut state, "b", true);
    let event = state.settle(0).unwrap().unwrap();
    let change = tell(&mut state, event).unwrap();
    assert_eq!(change, Change { version: 1, value: json!(5), proposal: 0, proposer: "p".to_owned() });
    assert_eq!((state.version(), state.value()), (1, Some(&json!(5))));
    assert_eq!(state.settle(0).unwrap(), None, "it is over");
}

fn vote_as(state: &mut VariableState, voter: &str, accept: bool) {
    let event = state.vote(0, ballot(voter, accept)).unwrap().unwrap();
    tell(state, event);
}

#[test]
fn a_refused_proposal_stays_with_its_votes() {
    let mut state = VariableState::new();
    let event = state.propose(draft(0, 5)).unwrap();
    tell(&mut state, event);
    vote(&mut state, 0, &[true, false, false]);
    let event = state.settle(0).unwrap().unwrap();
    assert_eq!(tell(&mut state, event), None);
    assert_eq!((state.version(), state.value()), (0, None));
    let kept = state.proposal(0).unwrap();
    assert_eq!((kept.state, kept.poll.ballots().len()), (ProposalState::Refused, 3));
    assert_eq!(kept.poll.ballots()[1], ballot("b", false));
    let late = state.vote(0, ballot("c", true)).unwrap_err();
    assert_eq!(late.code(), Code::Conflict);
    // The next attempt starts anew.
    let event = state.propose(draft(0, 6)).unwrap();
    tell(&mut state, event);
    assert_eq!(state.proposals().len(), 2);
}

#[test]
fn who_stays_away_is_not_in_favour() {
    let mut state = VariableState::new();
    let event = state.propose(draft(0, 5)).unwrap();
    tell(&mut state, event);
    vote(&mut state, 0, &[true]);
    assert_eq!(state.close(0).unwrap(), Some(VariableEvent::Refused { proposal: 0 }));
}

#[test]
fn of_two_proposals_against_one_version_one_is_committed() {
    let mut state = VariableState::new();
    for value in [5, 6] {
        let event = state.propose(draft(0, value)).unwrap();
        tell(&mut state, event);
    }
    vote(&mut state, 0, &[true]);
    vote(&mut state, 1, &[true, true]);
    let event = state.settle(1).unwrap().unwrap();
    tell(&mut state, event);
    assert_eq!(state.proposal(0).unwrap().state, ProposalState::Superseded { by: 1 });
    assert_eq!(state.proposal(0).unwrap().poll.ballots().len(), 1, "it stays with its vote");
    assert_eq!(state.propose(draft(0, 7)).unwrap_err().code(), Code::Conflict);
    assert_eq!(state.close(0).unwrap(), None);
}

#[test]
fn the_same_ballot_again_is_nothing_and_another_is_refused() {
    let mut state = VariableState::new();
    let event = state.propose(draft(0, 5)).unwrap();
    tell(&mut state, event);
    vote(&mut state, 0, &[true]);
    assert_eq!(state.vote(0, ballot("a", true)).unwrap(), None);
    assert_eq!(state.vote(0, ballot("a", false)).unwrap_err().code(), Code::Conflict);
    assert_eq!(state.vote(0, ballot("z", true)).unwrap_err().code(), Code::InvalidInput);
    assert_eq!(state.vote(9, ballot("a", true)).unwrap_err().code(), Code::NotFound);
}

#[test]
fn an_impossible_story_is_refused_and_changes_nothing() {
    let mut state = VariableState::new();
    let event = state.propose(draft(0, 5)).unwrap();
    tell(&mut state, event.clone());
    vote(&mut state, 0, &[true]);
    let before = state.clone();
    let voted = VariableEvent::Voted(crate::variable::Voted { proposal: 0, ballot: ballot("a", true) });
    for impossible in [
        event,
        voted,
        VariableEvent::Committed { proposal: 0, version: 1 },
        VariableEvent::Committed { proposal: 0, version: 2 },
        VariableEvent::Committed { proposal: 3, version: 1 },
        VariableEvent::Refused { proposal: u64::MAX },
    ] {
        assert_eq!(state.apply(&impossible).unwrap_err().code(), Code::Corrupt, "{impossible:?}");
        assert_eq!(state, before);
    }
}

/// What somebody tries with a variable.
#[derive(Clone, Debug)]
enum Attempt {
    Propose(u64),
    Vote(u64, usize, bool),
    Settle(u64),
    Close(u64),
}

fn attempt() -> impl Strategy<Value = Attempt> {
    prop_oneof![
        2 => (0_u64..4).prop_map(Attempt::Propose),
        6 => (0_u64..5, 0_usize..3, any::<bool>()).prop_map(|(on, voter, accept)| Attempt::Vote(on, voter, accept)),
        3 => (0_u64..5).prop_map(Attempt::Settle),
        1 => (0_u64..5).prop_map(Attempt::Close),
    ]
}

proptest! {
    /// One commit a version, each with a majority, whatever is tried; and the events alone tell the whole variable.
    #[test]
    fn versions_rise_by_one_and_every_commit_has_its_votes(attempts in proptest::collection::vec(attempt(), 0..60)) {
        let mut state = VariableState::new();
        let mut told = Vec::new();
        let mut changes = Vec::new();
        for attempt in attempts {
            let decided = match attempt {
                Attempt::Propose(base) => state.propose(draft(base, told.len() as u64)).map(Some),
                Attempt::Vote(on, voter, accept) => state.vote(on, ballot(VOTERS[voter], accept)),
                Attempt::Settle(on) => state.settle(on),
                Attempt::Close(on) => state.close(on),
            };
            let Ok(Some(event)) = decided else { continue };
            changes.extend(state.apply(&event).unwrap());
            told.push(event);
        }
        let versions: Vec<u64> = changes.iter().map(|change| change.version).collect();
        prop_assert_eq!(&versions, &(1..=state.version()).collect::<Vec<_>>());
        for (proposal, version) in state.versions().zip(1..) {
            prop_assert_eq!(proposal.state, ProposalState::Committed { version });
            prop_assert_eq!(proposal.base + 1, version);
            prop_assert!(proposal.poll.tally().in_favour >= 2);
        }
        prop_assert_eq!(changes.last().map(|change| &change.value), state.value());
        let mut replayed = VariableState::new();
        for event in &told {
            replayed.apply(event).unwrap();
        }
        prop_assert_eq!(replayed, state);
    }
}
