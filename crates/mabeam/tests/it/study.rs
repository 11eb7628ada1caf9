//! A study with a trainer: the same outcome whatever happens to the team.

use std::sync::Arc;

use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{Bucket, Key, KeyRange, Read, Write};
use foundation_memory::Simulation;
use futures_util::StreamExt as _;
use mabeam::{
    Asha, RandomSampler, Study, StudyPorts, StudyState, Team, TpeSampler, TrialState, read_events, read_study,
};

use crate::world::{Approach, Disk, result, space, turns};

fn study() -> Study {
    Study::new("approach", space()).seed(7).budget(200).scheduler(Asha::default())
}

fn run(world: &Simulation, ports: &StudyPorts, study: Study) -> Arc<StudyState> {
    world.block_on(study.train(ports, Approach)).unwrap()
}

async fn stored_keys(disk: &Disk) -> Vec<Key> {
    let bucket = Bucket::new("checkpoints").unwrap();
    let entries = disk.key_value.scan(&bucket, KeyRange::all(), Read::Strict).await.unwrap();
    entries.map(|entry| entry.unwrap().key).collect().await
}

#[test]
fn one_agent_or_as_many_as_slots_give_the_same_study() {
    for slots in [1, 2, 4] {
        let mut results = Vec::new();
        for (seed, agents) in [(1, 1), (2, slots), (3, slots)] {
            let world = Simulation::new(seed);
            let state = run(&world, &Disk::new().on(&world), study().slots(slots).agents(agents));
            assert!(state.count(TrialState::Completed) > 0);
            results.push(result(&state));
        }
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{slots} slots");
    }
}

#[test]
fn nothing_is_left_over_at_the_end() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let state = run(&world, &disk.on(&world), study());
    assert!(state.trials().iter().all(|trial| trial.state.is_over()));
    assert_eq!(state.trials()[5].failure.as_deref(), Some("this one never works"));
    assert!(state.trials()[7].failure.as_deref().unwrap().contains("this one is broken"));
    assert!(world.block_on(stored_keys(&disk)).is_empty(), "checkpoints of trials that are over are gone");
    let told = world.block_on(read_study(&*disk.log, "approach")).unwrap().unwrap();
    assert_eq!(result(&told), result(&state), "the log alone tells the study");
}

/// The whole program ends again and again, at points drawn from a seed, and goes on from what is on disk.
#[test]
fn a_program_that_is_killed_again_and_again_finishes_the_same_study() {
    let world = Simulation::new(1);
    let expected = result(&run(&world, &Disk::new().on(&world), study()));
    let (mut restarts, mut wasted) = (0, 0);
    for seed in 0..12 {
        let mut random = RandomStream::new(seed, 0);
        let disk = Disk::new();
        let mut kills = 0;
        let state = loop {
            let world = Simulation::new(random.next_u64());
            let ports = disk.on(&world);
            if random.below(5) == 0 || kills > 30 {
                break run(&world, &ports, study().agents(1 + random.below(2)));
            }
            world.block_on(async {
                let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
                // Ends when so many turns of the scheduler have passed, at whatever point the team then is.
                turns(random.below(120)).await;
                drop(running);
            });
            kills += 1;
        };
        assert_eq!(result(&state), expected, "seed {seed}, {kills} kills");
        assert_eq!(state.epochs().granted, state.epochs().spent, "seed {seed}");
        assert!(world.block_on(stored_keys(&disk)).is_empty(), "seed {seed}");
        restarts += state.restarts();
        wasted += state.epochs().wasted;
    }
    assert!(restarts > 20 && wasted > 20, "the kills hit: {restarts} restarts, {wasted} epochs cut off");
}

/// Any process of the team is killed at any time; its supervisor starts it again.
#[test]
fn a_team_whose_members_are_killed_finishes_the_same_study() {
    let world = Simulation::new(1);
    let expected = result(&run(&world, &Disk::new().on(&world), study()));
    let mut wasted = 0;
    for seed in 0..20 {
        let world = Simulation::new(seed);
        let ports = Disk::new().on(&world);
        let mut random = RandomStream::new(seed, 1);
        let state = world.block_on(async {
            let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
            for _ in 0..8 {
                turns(random.below(60)).await;
                running.kill_member(random.below(4) as usize);
            }
            running.finish().await.unwrap()
        });
        assert_eq!(result(&state), expected, "seed {seed}");
        wasted += state.epochs().wasted;
    }
    assert!(wasted > 20, "the kills hit: {wasted} epochs cut off");
}

/// A team that bids: the same study and the same ledger whoever is killed, and each trial says whose it is.
#[test]
fn a_team_of_samplers_whose_members_are_killed_finishes_the_same_study_with_the_same_ledger() {
    let team = || {
        let team = Team::new().member("tpe", Arc::new(TpeSampler::default()));
        study().team(team.member("first", Arc::new(RandomSampler)).member("second", Arc::new(RandomSampler)))
    };
    let world = Simulation::new(1);
    let expected = run(&world, &Disk::new().on(&world), team());
    let ledger = expected.market().unwrap();
    assert!(ledger.records().iter().all(|record| record.starts > 0), "{ledger:?}");
    assert_eq!((ledger.ledger().total(), ledger.ledger().escrow()), (3_000, 0), "{ledger:?}");
    for seed in 0..10 {
        let world = Simulation::new(seed);
        let ports = Disk::new().on(&world);
        let mut random = RandomStream::new(seed, 1);
        let state = world.block_on(async {
            let running = team().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
            for _ in 0..8 {
                turns(random.below(60)).await;
                assert!(running.kill_member(random.below(6) as usize), "three samplers, the scheduler, two trainers");
            }
            assert!(!running.kill_member(6));
            running.finish().await.unwrap()
        });
        assert_eq!(result(&state), result(&expected), "seed {seed}");
        assert_eq!(state.market(), expected.market(), "seed {seed}");
    }
}

#[test]
fn a_lost_or_damaged_checkpoint_means_training_again_and_the_same_bits() {
    let world = Simulation::new(1);
    let expected = result(&run(&world, &Disk::new().on(&world), study()));
    let bucket = Bucket::new("checkpoints").unwrap();
    let (mut repeated, mut seed) = (0, 0);
    while repeated == 0 {
        seed += 1;
        let world = Simulation::new(seed);
        let disk = Disk::new();
        let ports = disk.on(&world);
        world.block_on(async {
            let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
            turns(100).await;
            running.stop().await;
            for (index, key) in stored_keys(&disk).await.into_iter().enumerate() {
                let write = if index % 2 == 0 { Write::delete(key) } else { Write::put(key, vec![1, 2, 3]) };
                disk.key_value.write(&bucket, write).await.unwrap();
            }
        });
        let world = Simulation::new(seed + 100);
        let state = run(&world, &disk.on(&world), study());
        assert_eq!(result(&state), expected, "seed {seed}");
        repeated = state.epochs().wasted;
        assert!(seed < 20, "no checkpoint was ever lost");
    }
}

/// Checkpoints of the first rungs in memory: none of them is written, a pause costs no epoch as long as the process
/// lives, and one that begins anew trains again to the same bits.
#[test]
fn checkpoints_of_early_rungs_that_stand_in_memory_are_trained_again_after_a_restart() {
    let world = Simulation::new(1);
    let expected = result(&run(&world, &Disk::new().on(&world), study()));
    let (in_memory, early) = (|| study().durable_checkpoints_from(u32::MAX), || study().durable_checkpoints_from(2));
    let disk = Disk::new();
    let state = run(&world, &disk.on(&world), in_memory());
    assert_eq!((result(&state), state.epochs().wasted), (expected.clone(), 0));
    let mut repeated = 0;
    for seed in 0..10 {
        let world = Simulation::new(seed);
        let (nothing, later) = (Disk::new(), Disk::new());
        let stopped = |disk: &Disk, study: Study| {
            let ports = disk.on(&world);
            world.block_on(async {
                let running = study.start_trainer(&ports, Arc::new(Approach)).await.unwrap();
                turns(100).await;
                running.stop().await;
                stored_keys(disk).await.len()
            })
        };
        assert_eq!(stopped(&nothing, in_memory()), 0);
        assert!(stopped(&later, early()) > 0, "later rungs are written, seed {seed}");
        let world = Simulation::new(seed + 100);
        for (disk, study) in [(nothing, in_memory()), (later, early())] {
            let state = run(&world, &disk.on(&world), study);
            assert_eq!(result(&state), expected, "seed {seed}");
            repeated += state.epochs().wasted;
        }
    }
    assert!(repeated > 0, "no trial went on from a checkpoint that was gone");
}

#[test]
fn a_finished_study_is_answered_from_its_log() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let first = run(&world, &disk.on(&world), study());
    let events = world.block_on(read_events(&*disk.log, "approach")).unwrap().len();
    let again = run(&world, &disk.on(&world), study());
    assert_eq!(result(&again), result(&first));
    assert_eq!(world.block_on(read_events(&*disk.log, "approach")).unwrap().len(), events, "nothing was added");
}

#[test]
fn another_description_of_a_study_that_exists_is_refused() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    run(&world, &ports, study());
    let other = study().seed(8).sampler(Arc::new(RandomSampler));
    let error = world.block_on(other.train(&ports, Approach)).unwrap_err();
    assert_eq!(error.code(), Code::StudyMismatch, "{error}");
    assert!(error.what().contains("`seed` was 7, is 8"), "{error}");
    assert!(error.what().contains("`samplers` was tpe, is random"), "{error}");
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_names() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    for (study, named) in [
        (study().budget(26), "`budget` is 26"),
        (study().trials(0), "`trials` is 0"),
        (study().slots(0), "`slots` is 0"),
        (study().slots(2).agents(3), "3 agents on 2 slots"),
        (study().agents(0), "0 agents"),
        (Study::new("a b", space()), "a b"),
        (Study::new("rungs", space()).scheduler(Asha::default()), "neither a budget"),
        (study().team(Team::new()), "0 samplers"),
        (study().team(Team::one(Arc::new(RandomSampler)).member("random", Arc::new(RandomSampler))), "called `random`"),
        (study().scheduler(Asha { rungs: vec![], ..Asha::default() }), "`rungs` is empty"),
    ] {
        let error = world.block_on(study.train(&ports, Approach)).unwrap_err();
        assert!(error.chain().contains(named), "{named}: {}", error.chain());
    }
}
