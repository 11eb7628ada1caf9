//! Many studies on one set of ports, by name.

use std::time::Duration;

use foundation_core::Code;
use foundation_memory::Simulation;
use mabeam::{
    Allocation, Asha, Direction, Goal, LocalStudies, Next, Opened, Pbt, RandomSampler, Recorded, Studies, Study,
    StudyConfig, Team, TeamConfig, TpeSampler, TrialState,
};

use crate::world::{Approach, Disk, space};

const MINUTE: Duration = Duration::from_secs(60);

fn config(name: &str) -> StudyConfig {
    StudyConfig { budget: 10, max_trials: Some(10), ..StudyConfig::new(name, space()) }
}

/// Does all there is to do; answers how much that was.
async fn work(studies: &LocalStudies, study: &str) -> usize {
    let mut told = 0;
    loop {
        match studies.ask(study, "w", MINUTE, MINUTE).await.unwrap() {
            Next::Trial(asked) => {
                let recorded = studies.tell(study, asked.lease(), Ok(0.5)).await.unwrap();
                assert_eq!(recorded, Recorded::Now);
                told += 1;
            }
            Next::Nothing => panic!("nobody else is at work"),
            Next::Finished => return told,
        }
    }
}

#[test]
fn studies_are_begun_found_and_finished_by_name() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        assert_eq!(studies.open(config("one")).await.unwrap(), Opened::Begun);
        assert_eq!(studies.open(config("two")).await.unwrap(), Opened::Begun);
        assert_eq!(studies.open(config("one")).await.unwrap(), Opened::Resumed);
        let patient = StudyConfig { max_failures: 7, ..config("patient") };
        assert_eq!(studies.open(patient.clone()).await.unwrap(), Opened::Begun);
        assert_eq!(studies.open(patient).await.unwrap(), Opened::Resumed);
        assert_eq!(studies.names().await.unwrap(), ["one", "patient", "two"]);
        assert_eq!(work(&studies, "one").await, 10);
        assert!(studies.look("one").await.unwrap().is_finished());
        assert_eq!(studies.look("two").await.unwrap().count(TrialState::Completed), 0);
        assert_eq!(work(&studies, "two").await, 10);
    });
}

#[test]
fn a_worker_that_asks_for_an_unfinished_study_opens_it_again() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    world.block_on(async {
        let before = LocalStudies::new(disk.on(&world), []);
        before.open(config("kept")).await.unwrap();
        let Next::Trial(out) = before.ask("kept", "w", MINUTE, MINUTE).await.unwrap() else { panic!("it has begun") };
        before.stop().await;

        let studies = LocalStudies::new(disk.on(&world), []);
        assert_eq!(studies.look("kept").await.unwrap().trials().len(), 2, "also without opening it");
        assert_eq!(studies.tell("kept", out.lease(), Ok(0.5)).await.unwrap(), Recorded::Now);
        assert_eq!(work(&studies, "kept").await, 9);
        assert_eq!(studies.open(config("kept")).await.unwrap(), Opened::Resumed);
    });
}

#[test]
fn a_team_that_was_stopped_is_started_again_when_somebody_speaks_to_it() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        studies.open(config("one")).await.unwrap();
        let Next::Trial(out) = studies.ask("one", "w", MINUTE, MINUTE).await.unwrap() else { panic!("it has begun") };
        studies.stop().await;
        assert_eq!(studies.tell("one", out.lease(), Ok(0.5)).await.unwrap(), Recorded::Now);
    });
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports.clone(), ["digits".to_owned()]);
        studies.open(config("one")).await.unwrap();
        let code = |result: foundation_core::Result<Opened>| result.unwrap_err().code();
        assert_eq!(code(studies.open(StudyConfig { seed: 9, ..config("one") }).await), Code::StudyMismatch);
        assert_eq!(code(studies.open(config("digits")).await), Code::Held);
        assert_eq!(code(studies.open(config("a b")).await), Code::InvalidStudy);
        assert_eq!(code(studies.open(StudyConfig { slots: 0, ..config("two") }).await), Code::InvalidStudy);
        let nobody = TeamConfig::one("nobody", serde_json::Value::Null);
        assert_eq!(code(studies.open(StudyConfig { team: nobody, ..config("two") }).await), Code::UnknownName);
        let goals = vec![Goal { name: "size".to_owned(), direction: Direction::Minimize }];
        assert_eq!(code(studies.open(StudyConfig { goals, ..config("two") }).await), Code::InvalidStudy);
        let schedule = Pbt::default().into();
        let population = StudyConfig { schedule, budget: 10_000, ..config("two") };
        assert_eq!(code(studies.open(population).await), Code::InvalidStudy, "its trials go on from checkpoints");
        assert_eq!(studies.ask("three", "w", MINUTE, MINUTE).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(studies.look("three").await.unwrap_err().code(), Code::NotFound);
        assert_eq!(studies.look("a b").await.unwrap_err().code(), Code::InvalidStudy);
        assert_eq!(studies.names().await.unwrap(), ["one"]);

        // A study whose trials wait with checkpoints is not one for workers elsewhere.
        let trained = Study::new("trained", space()).budget(60).scheduler(Asha::default());
        trained.train(&ports, Approach).await.unwrap();
        assert_eq!(studies.ask("trained", "w", MINUTE, MINUTE).await.unwrap_err().code(), Code::StudyMismatch);
    });
}

#[test]
fn a_study_of_a_team_comes_back_with_its_team() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    world.block_on(async {
        let team = Team::new()
            .member("tpe", std::sync::Arc::new(TpeSampler::default()))
            .member("random", std::sync::Arc::new(RandomSampler))
            .allocation(Allocation::RoundRobin);
        let study =
            Study::new("team", space()).trials(10).minimize().team(team).ask_tell(&disk.on(&world)).await.unwrap();
        let described = study.look().await.unwrap().config().clone();
        study.stop().await;
        assert_eq!(described.direction, Direction::Minimize);
        let studies = LocalStudies::new(disk.on(&world), []);
        assert_eq!(work(&studies, "team").await, 10);
        assert_eq!(studies.open(described).await.unwrap(), Opened::Resumed);
    });
}

#[test]
fn finished_studies_make_room_for_new_ones() {
    let world = Simulation::new(1);
    let ports = Disk::new().on(&world);
    world.block_on(async {
        let studies = LocalStudies::new(ports, []);
        let small = |name: String| StudyConfig { budget: 1, max_trials: Some(1), slots: 1, ..config(&name) };
        for number in 0..256 {
            studies.open(small(format!("s{number}"))).await.unwrap();
        }
        let error = studies.open(small("one-more".to_owned())).await.unwrap_err();
        assert_eq!(error.code(), Code::ResourceExhausted, "{error}");
        assert_eq!(work(&studies, "s7").await, 1);
        assert_eq!(studies.open(small("one-more".to_owned())).await.unwrap(), Opened::Begun);
        assert!(studies.look("s7").await.unwrap().is_finished());
    });
}
