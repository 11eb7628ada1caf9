//! Studies under every schedule: the same outcome whatever happens to the team.

use std::sync::Arc;

use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{Bucket, Key, KeyRange, Read};
use foundation_memory::Simulation;
use futures_util::StreamExt as _;
use mabeam::{Hyperband, MedianStopping, Pbt, Schedule, Study, StudyPorts, StudyState, TrialState, read_study};

use crate::world::{Approach, Disk, result, space, turns};

fn schedules() -> Vec<Schedule> {
    let median = MedianStopping { least_completed: 2, ..MedianStopping::every(3, 27) };
    vec![Hyperband::default().into(), median.into(), Pbt::default().into()]
}

fn study(schedule: &Schedule) -> Study {
    Study::new("scheduled", space()).seed(7).budget(500).slots(3).scheduler(schedule.clone())
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
fn one_agent_or_as_many_as_slots_give_the_same_study_under_every_schedule() {
    for schedule in schedules() {
        let mut results = Vec::new();
        for (seed, agents) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
            let world = Simulation::new(seed);
            let disk = Disk::new();
            let state = run(&world, &disk.on(&world), study(&schedule).agents(agents));
            assert!(state.count(TrialState::Completed) > 2, "{schedule}");
            assert!(state.count(TrialState::Stopped) > 2, "{schedule}");
            assert!(state.trials().iter().all(|trial| trial.state.is_over()), "{schedule}");
            assert!(state.epochs().granted <= 500, "{schedule}");
            assert_eq!(state.epochs().wasted, 0, "{schedule}");
            assert!(world.block_on(stored_keys(&disk)).is_empty(), "{schedule}: a checkpoint is left over");
            let told = world.block_on(read_study(&*disk.log, "scheduled")).unwrap().unwrap();
            assert_eq!(result(&told), result(&state), "{schedule}: the log alone tells the study");
            results.push(result(&state));
        }
        assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "{schedule}");
    }
}

/// Any process of the team is killed at any time; its supervisor starts it again.
#[test]
fn a_team_whose_members_are_killed_finishes_the_same_study_under_every_schedule() {
    for schedule in schedules() {
        let world = Simulation::new(1);
        let expected = result(&run(&world, &Disk::new().on(&world), study(&schedule)));
        let mut wasted = 0;
        for seed in 0..8 {
            let world = Simulation::new(seed);
            let disk = Disk::new();
            let ports = disk.on(&world);
            let mut random = RandomStream::new(seed, 1);
            let state = world.block_on(async {
                let running = study(&schedule).start_trainer(&ports, Arc::new(Approach)).await.unwrap();
                for _ in 0..8 {
                    turns(random.below(60)).await;
                    running.kill_member(random.below(5) as usize);
                }
                running.finish().await.unwrap()
            });
            assert_eq!(result(&state), expected, "{schedule}, seed {seed}");
            assert!(world.block_on(stored_keys(&disk)).is_empty(), "{schedule}, seed {seed}");
            wasted += state.epochs().wasted;
        }
        assert!(wasted > 10, "the kills hit: {wasted} epochs cut off under {schedule}");
    }
}

/// The whole program ends again and again, and goes on from what is on disk.
#[test]
fn a_program_that_is_killed_again_and_again_finishes_the_same_study_under_every_schedule() {
    for schedule in schedules() {
        let world = Simulation::new(1);
        let expected = result(&run(&world, &Disk::new().on(&world), study(&schedule)));
        for seed in 0..4 {
            let mut random = RandomStream::new(seed, 0);
            let disk = Disk::new();
            for _ in 0..6 {
                let world = Simulation::new(random.next_u64());
                let ports = disk.on(&world);
                world.block_on(async {
                    let running = study(&schedule).start_trainer(&ports, Arc::new(Approach)).await.unwrap();
                    turns(random.below(120)).await;
                    drop(running);
                });
            }
            let world = Simulation::new(random.next_u64());
            let state = run(&world, &disk.on(&world), study(&schedule).agents(2));
            assert_eq!(result(&state), expected, "{schedule}, seed {seed}");
            assert!(world.block_on(stored_keys(&disk)).is_empty(), "{schedule}, seed {seed}");
        }
    }
}
