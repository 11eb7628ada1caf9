//! Critics and the variable `best_config`: the same proposals, votes and versions whoever is killed on the way.

use std::sync::Arc;

use foundation_core::port::entropy::RandomStream;
use foundation_memory::Simulation;
use futures_util::StreamExt as _;
use mabeam::{
    Asha, Judge, Judgement, Judging, Params, ProposalState, Study, StudyState, TrialError, VariableState,
    best_config_of, read_study, read_variable, variable_stream,
};

use crate::world::{Approach, Disk, result, space, turns};

/// Each critic looks for another `x`, so they disagree; the last one fails on some parameters and panics on others.
#[derive(Debug)]
struct Taste;

impl Judge for Taste {
    fn judge(&self, judging: &Judging, params: &Params) -> Result<Judgement, TrialError> {
        let x = params.float("x")?;
        if judging.critic == 2 {
            assert!(x < 0.9, "this critic is broken there");
            if x > 0.6 {
                return Err("not my taste".into());
            }
        }
        let wanted = [0.3, 0.25, 0.5][judging.critic as usize];
        let mut random = RandomStream::new(judging.seed, judging.critic.into());
        let score = |_| 1.0 - (x - wanted).abs() + 0.01 * random.next_f64();
        Ok(Judgement { scores: (0..40).map(score).collect(), epochs: 5, cpu_s: None })
    }
}

fn point(x: f64) -> Params {
    Params::new().with("x", x).with("rate", 0.01)
}

/// Begins with configurations that get better and better, so that there is something to decide on from the start.
fn study() -> Study {
    let study = Study::new("judged", space()).seed(11).trials(16).scheduler(Asha::single_rung(9));
    let better = (0..10).map(|step| point(0.95 - 0.06 * f64::from(step)));
    better.fold(study, Study::enqueue).critics(3, Arc::new(Taste))
}

async fn variable(disk: &Disk) -> VariableState {
    read_variable(&*disk.log, &best_config_of("judged")).await.unwrap()
}

fn run(world: &Simulation, disk: &Disk) -> (Arc<StudyState>, VariableState) {
    let state = world.block_on(study().train(&disk.on(world), Approach)).unwrap();
    (state, world.block_on(variable(disk)))
}

#[test]
fn whatever_becomes_the_best_is_proposed_judged_by_all_and_committed_by_a_majority() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let (state, variable) = run(&world, &disk);
    let proposed: Vec<u64> =
        variable.proposals().iter().map(|proposal| proposal.value["trial"].as_u64().unwrap()).collect();
    assert_eq!(proposed, state.bests(), "in the order in which they became the best");
    assert!(proposed.len() > 4, "few proposals are no story");
    for proposal in variable.proposals() {
        let tally = proposal.poll.tally();
        assert_eq!((tally.entitled, tally.absent()), (3, 0), "{proposal:?}");
        let is_committed = matches!(proposal.state, ProposalState::Committed { .. });
        assert_eq!(is_committed, tally.in_favour >= 2, "{proposal:?}");
        assert!(proposal.poll.ballots().iter().all(|ballot| !ballot.reason.is_empty()));
        let trial = &state.trials()[proposal.value["trial"].as_u64().unwrap() as usize];
        assert_eq!(proposal.proposer, if trial.member.is_some() { "tpe" } else { "enqueued" });
    }
    assert!(variable.version() > 0);
    let standing = variable.value().unwrap();
    let trial = &state.trials()[standing["trial"].as_u64().unwrap() as usize];
    assert_eq!(standing["params"], serde_json::to_value(&trial.params).unwrap());
    let epochs: u64 = state.judgements().iter().map(|judged| judged.epochs).sum();
    assert!(epochs > 0 && state.epochs().granted == 16 * 9, "what critics train is counted apart");
    let told = world.block_on(read_study(&*disk.log, "judged")).unwrap().unwrap();
    assert_eq!(told.judgements(), state.judgements());
}

#[test]
fn a_refused_proposal_stays_with_its_votes_and_changes_nothing() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    // Each trial is completed in one step, and the trainer likes 0.3 better than 0.5 better than 0.95.
    let study = Study::new("judged", space()).trials(3).slots(1).scheduler(Asha::single_rung(9));
    let study = study.enqueue(point(0.5)).enqueue(point(0.95)).enqueue(point(0.31));
    /// Likes what is far from 0.3.
    struct Contrary;
    impl Judge for Contrary {
        fn judge(&self, _judging: &Judging, params: &Params) -> Result<Judgement, TrialError> {
            Ok(Judgement { scores: vec![(params.float("x")? - 0.3).abs(); 20], epochs: 1, cpu_s: None })
        }
    }
    let state = world.block_on(study.critics(3, Arc::new(Contrary)).train(&disk.on(&world), Approach)).unwrap();
    assert_eq!(state.bests(), [0, 2], "what became the best");
    let variable = world.block_on(variable(&disk));
    assert_eq!(variable.version(), 1);
    assert_eq!(variable.value().unwrap()["trial"], 0, "the first one stands");
    let refused = &variable.proposals()[1];
    assert_eq!((refused.state, refused.poll.tally().against), (ProposalState::Refused, 3));
}

#[test]
fn subscribers_hear_of_every_version() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    let heard = world.block_on(async {
        let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
        let stream = variable_stream(&best_config_of("judged")).unwrap();
        let mut events = disk.log.subscribe(&stream, foundation_core::port::storage::Sequence::START).await.unwrap();
        let mut heard = 0;
        let versions = running.best_config().await.unwrap().unwrap();
        running.finished().await.unwrap();
        let all = running.best_config().await.unwrap().unwrap();
        assert!(all.version() >= versions.version());
        while heard < all.version() {
            let event = events.next().await.unwrap().unwrap();
            heard += u64::from(event.event.kind.as_str() == "variable.committed");
        }
        running.stop().await;
        heard
    });
    assert!(heard > 0);
}

/// Any process of the team is killed at any time, panel and critics among them.
#[test]
fn killed_critics_and_panels_come_to_the_same_votes() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let (expected, voted) = run(&world, &disk);
    let mut repeated = 0;
    for seed in 0..20 {
        let world = Simulation::new(seed);
        let disk = Disk::new();
        let ports = disk.on(&world);
        let mut random = RandomStream::new(seed, 1);
        let state = world.block_on(async {
            let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
            assert!(!running.kill_member(8), "1 sampler, scheduler, 2 trainers, panel, 3 critics");
            for kill in 0..60 {
                // A look lets the others work meanwhile; the scheduler may have been killed just now.
                for _ in 0..random.below(6) {
                    let _ = running.look().await;
                }
                // Mostly critics and panel: sampler and scheduler may not die more often than their supervisor allows.
                let first = if kill % 12 == 0 { 0 } else { 4 };
                running.kill_member((first + random.below(8 - first)) as usize);
            }
            running.finish().await.unwrap()
        });
        assert_eq!(result(&state), result(&expected), "seed {seed}");
        assert_eq!(world.block_on(variable(&disk)), voted, "seed {seed}");
        repeated += state.judgements().len().saturating_sub(expected.judgements().len());
    }
    assert!(repeated > 0, "no kill ever made a critic judge again");
}

/// The whole program ends at points drawn from a seed, and goes on from what is on disk.
#[test]
fn a_program_killed_again_and_again_comes_to_the_same_variable() {
    let world = Simulation::new(1);
    let (expected, voted) = run(&world, &Disk::new());
    let mut kills = 0;
    for seed in 0..8 {
        let mut random = RandomStream::new(seed, 0);
        let disk = Disk::new();
        let state = loop {
            let world = Simulation::new(random.next_u64());
            let ports = disk.on(&world);
            if random.below(6) == 0 {
                break world.block_on(study().train(&ports, Approach)).unwrap();
            }
            world.block_on(async {
                let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
                turns(random.below(150)).await;
                drop(running);
            });
            kills += 1;
        };
        assert_eq!(result(&state), result(&expected), "seed {seed}");
        assert_eq!(world.block_on(variable(&disk)), voted, "seed {seed}");
    }
    assert!(kills > 8, "{kills} kills");
}
