//! Population-based training: checkpoints that are copied, lost and trained again.

use std::sync::{Arc, Mutex};

use foundation_core::Code;
use foundation_core::port::storage::{Bucket, KeyRange, Read, Write};
use foundation_memory::Simulation;
use futures_util::StreamExt as _;
use mabeam::{
    Advanced, LookedUp, Params, Pbt, Study, StudyEvent, StudyState, Trainer, TrialContext, TrialError, TrialState,
    read_events, read_study,
};

use crate::world::{Approach, Disk, result, space};

fn study() -> Study {
    Study::new("population", space()).seed(7).slots(3).scheduler(Pbt::default()).budget(400)
}

/// A call of a trainer: trial, epochs before and after, and whether there was a checkpoint.
type Call = (u64, u32, u32, bool);

/// Trains like [`Approach`] and notes what it was asked for.
#[derive(Debug, Default)]
struct Noting(Mutex<Vec<Call>>);

impl Trainer for Noting {
    fn advance(&self, trial: &TrialContext, params: &Params, from: Option<&[u8]>) -> Result<Advanced, TrialError> {
        self.0.lock().unwrap().push((trial.trial, trial.from_epoch, trial.to_epoch, from.is_some()));
        Approach.advance(trial, params, from)
    }
}

fn uninterrupted() -> Arc<StudyState> {
    let world = Simulation::new(1);
    world.block_on(study().train(&Disk::new().on(&world), Approach)).unwrap()
}

/// How many epochs were trained again because a checkpoint was lost.
fn repeated(world: &Simulation, disk: &Disk) -> u64 {
    let events = world.block_on(read_events(&*disk.log, "population")).unwrap();
    let of = |event: &StudyEvent| if let StudyEvent::Reported(reported) = event { reported.repeated } else { 0 };
    events.iter().map(|(_, event)| of(event)).sum()
}

#[test]
fn a_child_goes_on_from_its_parents_checkpoint_and_trains_nothing_again() {
    let world = Simulation::new(3);
    let disk = Disk::new();
    let noting = Arc::new(Noting::default());
    let running = async { study().start_trainer(&disk.on(&world), noting.clone()).await.unwrap().finish().await };
    let state = world.block_on(running).unwrap();
    let calls = noting.0.lock().unwrap().clone();
    let children: Vec<_> = state.trials().iter().filter(|trial| trial.parent.is_some()).collect();
    assert!(children.len() > 8);
    for child in &children {
        let first = calls.iter().find(|call| call.0 == child.id).unwrap();
        assert_eq!((first.1, first.3), (child.inherited_epochs, true), "trial {}", child.id);
    }
    let trained: u64 = calls.iter().map(|call| u64::from(call.2 - call.1)).sum();
    assert_eq!(trained, state.epochs().granted, "no epoch was trained twice");
    assert_eq!(repeated(&world, &disk), 0);
    let best = state.best().unwrap();
    assert!(best.parent.is_some(), "who won descends from another: {best:?}");
}

/// Stops the study after so many turns; answers the state at that point.
fn stopped_after(world: &Simulation, disk: &Disk, turns: u32) -> StudyState {
    let ports = disk.on(world);
    world.block_on(async {
        let running = study().start_trainer(&ports, Arc::new(Approach)).await.unwrap();
        crate::world::turns(turns).await;
        running.stop().await;
    });
    // What was written last, which may be more than the team had done before it was told to stop.
    world.block_on(read_study(&*disk.log, "population")).unwrap().unwrap()
}

/// Removes the checkpoints of those trials for which `is_meant` answers so; answers how many entries they had.
fn remove(world: &Simulation, disk: &Disk, is_meant: impl Fn(u64) -> bool) -> usize {
    let bucket = Bucket::new("checkpoints").unwrap();
    world.block_on(async {
        let entries = disk.key_value.scan(&bucket, KeyRange::all(), Read::Strict).await.unwrap();
        let keys: Vec<_> = entries.map(|entry| entry.unwrap().key).collect().await;
        let mut removed = 0;
        for key in keys {
            let trial = key.as_str().split('.').nth(1).and_then(|part| part[1..].parse().ok()).unwrap();
            if is_meant(trial) {
                disk.key_value.write(&bucket, Write::delete(key)).await.unwrap();
                removed += 1;
            }
        }
        removed
    })
}

#[test]
fn a_lineage_without_any_checkpoint_is_trained_again_from_its_beginning() {
    let expected = result(&uninterrupted());
    let mut all_repeated = 0;
    for (seed, turns) in [(1, 60), (2, 90), (3, 120), (4, 150), (5, 180)] {
        let disk = Disk::new();
        let world = Simulation::new(seed);
        let state = stopped_after(&world, &disk, turns);
        let lost = remove(&world, &disk, |_| true);
        let world = Simulation::new(seed + 100);
        let again = world.block_on(study().train(&disk.on(&world), Approach)).unwrap();
        assert_eq!(result(&again), expected, "{turns} turns, {lost} entries lost at {:?}", state.epochs());
        assert_eq!(again.epochs().granted, again.epochs().spent);
        all_repeated += repeated(&world, &disk);
    }
    assert!(all_repeated > 20, "{all_repeated} epochs were trained again");
}

/// Once a child's first report is written, it stands on its own, and the checkpoints of a parent that is over go.
#[test]
fn nobody_misses_the_checkpoints_that_nobody_needs() {
    let expected = result(&uninterrupted());
    let mut stopped = 0;
    for turns in (10..400).step_by(10) {
        let disk = Disk::new();
        let world = Simulation::new(u64::from(turns));
        let state = stopped_after(&world, &disk, turns);
        if state.is_finished() {
            break;
        }
        stopped += 1;
        // Most are gone; some are left where the team was stopped before it had removed them.
        remove(&world, &disk, |trial| !state.needs_checkpoints(trial));
        let world = Simulation::new(u64::from(turns) + 1);
        let again = world.block_on(study().train(&disk.on(&world), Approach)).unwrap();
        assert_eq!(result(&again), expected, "{turns} turns");
        assert_eq!(repeated(&world, &disk), 0, "{turns} turns");
    }
    assert!(stopped > 10, "stopped {stopped} times under way");
}

#[test]
fn a_population_needs_a_trainer() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    let refused = |error: foundation_core::Error| {
        assert_eq!(error.code(), Code::InvalidStudy, "{error}");
        assert!(error.what().contains("pbt(10 members"), "{error}");
    };
    refused(world.block_on(study().optimize(&ports, |_| Ok(1.0))).unwrap_err());
    refused(world.block_on(study().ask_tell(&ports)).unwrap_err());
    struct Nothing;
    impl mabeam::Tabulated for Nothing {
        fn look_up(&self, _: &Params, _: u32, _: u32) -> Result<LookedUp, TrialError> {
            Ok(LookedUp { value: 0.0, seconds: 1.0 })
        }
    }
    refused(study().simulate(&Nothing).unwrap_err());
}

#[test]
fn settings_of_a_population_that_make_no_sense_are_refused_with_their_names() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    let fixed = Pbt { fixed: vec!["hidden".to_owned()], ..Pbt::default() };
    for (study, named) in [
        (study().budget(269), "`budget` is 269 epochs, too small for its population: 270"),
        (study().scheduler(fixed), "`fixed` names `hidden`"),
        (study().scheduler(Pbt { population: 3, ..Pbt::default() }), "`population` is 3"),
    ] {
        let error = world.block_on(study.train(&ports, Approach)).unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.chain().contains(named), "{named}: {}", error.chain());
    }
}

#[test]
fn without_a_budget_a_population_is_trained_once() {
    let world = Simulation::new(1);
    let study = Study::new("once", space()).seed(3).scheduler(Pbt { population: 5, ..Pbt::default() });
    let state = world.block_on(study.train(&Disk::new().on(&world), Approach)).unwrap();
    assert!(state.epochs().granted <= 5 * 27);
    assert!(state.count(TrialState::Completed) >= 3, "two places lack what two failed trials took");
}
