mod lossy;

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::event::{EventSource, NodeId};
use foundation_core::port::storage::{BatchId, EventLog, Expect};
use foundation_memory::{MemoryEventLog, Simulation, SystemClock};
use futures_util::{FutureExt as _, StreamExt as _};
use serde_json::{Value, json};

use super::{VariableLog, VariablePorts, read_variable, variable_stream};
use crate::coordination::{Ballot, Confidence, Electorate, VotingRule};
use crate::variable::{Draft, ProposalState, VariableEvent};

/// The ports of one who opens the variable; each has other random numbers.
fn ports(log: &MemoryEventLog, who: u64) -> VariablePorts {
    let world = Simulation::new(who);
    let clock = Arc::new(SystemClock::new());
    VariablePorts {
        log: Arc::new(log.clone()),
        clock: clock.clone(),
        entropy: world.entropy(),
        source: EventSource::new(clock, world.entropy(), NodeId::new("test").unwrap()),
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

async fn open(log: &MemoryEventLog, who: u64) -> VariableLog {
    VariableLog::open(ports(log, who), "best").await.unwrap()
}

fn draft(base: u64, value: Value, voters: &[&str]) -> Draft {
    let electorate = Electorate::new(voters.iter().copied()).unwrap();
    Draft { value, proposer: "p".to_owned(), base, electorate, rule: VotingRule::Majority }
}

fn ballot(voter: &str, accept: bool) -> Ballot {
    Ballot { voter: voter.to_owned(), accept, confidence: Confidence::FULL, reason: "so".to_owned() }
}

#[test]
fn a_vote_goes_on_after_a_restart_in_its_middle() {
    let log = MemoryEventLog::new();
    let voters = ["a", "b", "c"];
    run(async {
        let mut first = open(&log, 1).await;
        let proposal = first.propose(draft(0, json!(1), &voters)).await.unwrap();
        assert_eq!(first.vote(proposal, ballot("a", true)).await.unwrap(), ProposalState::Open);
    });
    // Everything in memory is gone; the log stays.
    run(async {
        let mut second = open(&log, 2).await;
        let (id, electorate) = {
            let proposal = &second.state().proposals()[0];
            (proposal.id, proposal.poll.electorate().clone())
        };
        assert_eq!(electorate, Electorate::new(voters).unwrap(), "those entitled at the start are still entitled");
        // A voter that was started again judges again and votes the same.
        second.vote(id, ballot("a", true)).await.unwrap();
        second.vote(id, ballot("c", true)).await.unwrap();
        assert_eq!(second.settle(id).await.unwrap(), ProposalState::Committed { version: 1 });
    });
    let state = run(read_variable(&log, "best")).unwrap();
    assert_eq!((state.version(), state.value()), (1, Some(&json!(1))));
    assert_eq!(state.proposals()[0].poll.ballots().len(), 2);
}

#[test]
fn of_two_writers_that_propose_against_one_version_one_commits() {
    let log = MemoryEventLog::new();
    run(async {
        let (mut one, mut two) = (open(&log, 1).await, open(&log, 2).await);
        let ours = one.propose(draft(0, json!("one"), &["a"])).await.unwrap();
        // The second has not heard of the first, and gets the next number.
        let theirs = two.propose(draft(0, json!("two"), &["b"])).await.unwrap();
        assert_eq!((ours, theirs), (0, 1));
        one.vote(ours, ballot("a", true)).await.unwrap();
        two.vote(theirs, ballot("b", true)).await.unwrap();
        assert_eq!(two.settle(theirs).await.unwrap(), ProposalState::Committed { version: 1 });
        // The first decides by what it knows; its append fails, and it hears what happened.
        assert_eq!(one.settle(ours).await.unwrap(), ProposalState::Superseded { by: 1 });
        assert_eq!(one.state(), two.state());
        assert_eq!(one.state().value(), Some(&json!("two")));
        // Against the old version nothing can be proposed any more.
        let late = one.propose(draft(0, json!("late"), &["a"])).await.unwrap_err();
        assert_eq!(late.code(), Code::Conflict);
        assert!(late.what().contains("best"), "{late}");
    });
}

#[test]
fn two_that_settle_one_proposal_commit_it_once() {
    let log = MemoryEventLog::new();
    run(async {
        let mut one = open(&log, 1).await;
        let proposal = one.propose(draft(0, json!(1), &["a"])).await.unwrap();
        one.vote(proposal, ballot("a", true)).await.unwrap();
        let mut two = open(&log, 2).await;
        for settled in [one.settle(proposal).await, two.settle(proposal).await, two.close(proposal).await] {
            assert_eq!(settled.unwrap(), ProposalState::Committed { version: 1 });
        }
        assert_eq!(open(&log, 3).await.state().version(), 1);
    });
}

/// Four threads raise one number together, each by proposal, vote and commit against the version it has seen.
#[test]
fn racing_writers_commit_each_version_once_and_lose_no_change() {
    const CHANGES: u64 = 15;
    let log = MemoryEventLog::new();
    let raise = |who: u64| {
        run(async {
            let mut variable = open(&log, who).await;
            let name = format!("w{who}");
            let mut done = 0;
            while done < CHANGES {
                variable.refresh().await.unwrap();
                let value = variable.state().value().and_then(Value::as_u64).unwrap_or(0) + 1;
                let base = variable.state().version();
                let proposal = match variable.propose(draft(base, json!(value), &[&name])).await {
                    Ok(proposal) => proposal,
                    Err(error) if error.code() == Code::Conflict => continue,
                    Err(error) => panic!("{error}"),
                };
                match variable.vote(proposal, ballot(&name, true)).await {
                    Err(error) if error.code() == Code::Conflict => continue,
                    voted => voted.unwrap(),
                };
                match variable.settle(proposal).await.unwrap() {
                    ProposalState::Committed { version } => {
                        assert_eq!(version, base + 1);
                        done += 1;
                    }
                    ProposalState::Superseded { by } => assert_eq!(by, base + 1),
                    other => panic!("{other:?}"),
                }
            }
        });
    };
    std::thread::scope(|scope| {
        for who in 1..=4 {
            let raise = &raise;
            scope.spawn(move || raise(who));
        }
    });
    let state = run(read_variable(&log, "best")).unwrap();
    assert_eq!((state.version(), state.value()), (4 * CHANGES, Some(&json!(4 * CHANGES))));
    let bases: Vec<u64> = state.versions().map(|proposal| proposal.base).collect();
    assert_eq!(bases, (0..4 * CHANGES).collect::<Vec<_>>(), "one commit for each base version");
    assert!(state.proposals().iter().all(|proposal| proposal.state != ProposalState::Open));
}

#[test]
fn subscribers_are_told_every_change_once_in_order_those_of_the_past_first() {
    let log = MemoryEventLog::new();
    run(async {
        let mut variable = open(&log, 1).await;
        let commit = async |variable: &mut VariableLog, value: u64, accept: bool| {
            let base = variable.state().version();
            let proposal = variable.propose(draft(base, json!(value), &["a"])).await.unwrap();
            variable.vote(proposal, ballot("a", accept)).await.unwrap();
            variable.settle(proposal).await.unwrap();
        };
        commit(&mut variable, 10, true).await;
        commit(&mut variable, 20, true).await;
        let mut all = variable.subscribe(0).await.unwrap();
        let mut later = open(&log, 2).await.subscribe(2).await.unwrap();
        commit(&mut variable, 30, false).await;
        commit(&mut variable, 40, true).await;
        let mut told = Vec::new();
        while let Some(Some(change)) = all.next().now_or_never() {
            let change = change.unwrap();
            told.push((change.version, change.value));
        }
        assert_eq!(told, [(1, json!(10)), (2, json!(20)), (3, json!(40))]);
        let change = later.next().await.unwrap().unwrap();
        assert_eq!((change.version, change.value), (3, json!(40)));
        assert!(later.next().now_or_never().is_none(), "nothing else happened");
    });
}

#[test]
fn a_log_that_tells_no_variable_is_an_error_and_not_a_value() {
    let log = MemoryEventLog::new();
    run(async {
        let ports = ports(&log, 1);
        let forged = VariableEvent::Committed { proposal: 0, version: 1 }.to_event(&ports.source).unwrap();
        log.append(&variable_stream("best").unwrap(), BatchId(1), vec![forged], Expect::Empty).await.unwrap();
        let error = VariableLog::open(ports.clone(), "best").await.unwrap_err();
        assert_eq!(error.code(), Code::Corrupt);
        assert!(error.what().contains("variable.best"), "{error}");
        assert_eq!(VariableLog::open(ports, "no good name").await.unwrap_err().code(), Code::InvalidInput);
    });
}
