//! What workers have said and the study has not taken in: told once, and safe over restarts.

use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::clock::Clock as _;
use foundation_memory::Simulation;
use mabeam::{Course, Recorded, StudyEvent, TrialState, read_events};

use crate::ask::{ask, climb_all, halving, open, rung_value};
use crate::world::{Disk, result};

/// The answer stands in the log, and the study takes it in only when an earlier trial is answered too.
#[test]
fn an_answer_that_the_study_has_not_taken_in_is_told_once() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let study = open(&ports).await;
        let (a, b) = (ask(&study, "a").await, ask(&study, "b").await);
        assert_eq!(study.tell(b.lease(), Ok(0.5)).await.unwrap(), Recorded::Now);
        assert_eq!(study.look().await.unwrap().trials()[b.trial() as usize].state, TrialState::Running);
        let events = read_events(&*disk.log, "asked").await.unwrap().len();
        assert_eq!(study.tell(b.lease(), Ok(0.5)).await.unwrap(), Recorded::Before);
        assert_eq!(study.tell(b.lease(), Ok(0.6)).await.unwrap_err().code(), Code::Conflict);
        assert_eq!(study.tell(b.lease(), Err("broken".into())).await.unwrap_err().code(), Code::Conflict);
        // Also after everything was started again, where nobody knows whose lease it was.
        study.stop().await;
        let study = open(&ports).await;
        assert_eq!(study.tell(b.lease(), Ok(0.5)).await.unwrap(), Recorded::Before);
        assert_eq!(study.tell(b.lease(), Ok(0.6)).await.unwrap_err().code(), Code::LeaseLost);
        let told = read_events(&*disk.log, "asked").await.unwrap();
        assert!(!told.iter().any(|(_, event)| matches!(event, StudyEvent::Told(_))), "nothing was added");
        // The restart itself stands there, with the trial that was out.
        assert_eq!(told.len(), events + 2);
        study.tell(a.lease(), Err("broken".into())).await.unwrap();
        let state = study.look().await.unwrap();
        assert_eq!(state.trials()[b.trial() as usize].value(), Some(0.5));
        assert_eq!(state.trials()[b.trial() as usize].state, TrialState::Completed);
    });
}

/// A worker is ahead of the study when its server is started again: what it had reported is forgotten with the server,
/// so its trial is measured anew and not judged at a rung by what it reached later.
#[test]
fn a_restart_does_not_let_a_rung_take_a_later_value() {
    let expected = {
        let world = Simulation::new(1);
        let ports = Disk::new().on(&world);
        world.block_on(async {
            let study = halving().ask_tell(&ports).await.unwrap();
            climb_all(&study, "alone").await;
            result(&study.look().await.unwrap())
        })
    };
    // How far the worker had come, and whether it reports again before it tells.
    let mut lost = 0;
    for (before, reports_again) in [(0, true), (1, true), (2, true), (2, false), (12, true), (12, false), (27, false)] {
        let world = Simulation::new(1);
        let ports = Disk::new().on(&world);
        let state = world.block_on(async {
            let study = halving().ask_tell(&ports).await.unwrap();
            // Nobody measures the first trial, so nothing is decided.
            let (_idle, ahead) = (ask(&study, "idle").await, ask(&study, "ahead").await);
            for step in 1..=before {
                let course = study.report(ahead.lease(), step, rung_value(&ahead, step)).await.unwrap();
                assert_eq!(course, Course::Continue);
            }
            study.stop().await;
            let study = halving().ask_tell(&ports).await.unwrap();
            let mut went = Ok(Course::Continue);
            for step in before + 1..=27 {
                if reports_again && went == Ok(Course::Continue) {
                    went = study.report(ahead.lease(), step, rung_value(&ahead, step)).await.map_err(|e| e.code());
                }
            }
            if went == Ok(Course::Continue) {
                match study.tell(ahead.lease(), Ok(rung_value(&ahead, 27))).await {
                    Ok(_) => {}
                    Err(error) => went = Err(error.code()),
                }
            }
            assert!(matches!(went, Ok(_) | Err(Code::LeaseLost)), "{before} {reports_again}: {went:?}");
            lost += u32::from(went.is_err());
            climb_all(&study, "alone").await;
            study.look().await.unwrap()
        });
        assert_eq!(result(&state), expected, "after {before} steps, reports again: {reports_again}");
    }
    assert_eq!(lost, 4, "had to begin anew");
}

/// Nobody says anything: the lease's end alone wakes whoever waits.
#[test]
fn who_waits_gets_a_trial_when_a_lease_runs_out_and_nobody_speaks() {
    let world = Simulation::new(1);
    world.block_on(async {
        let study = open(&Disk::new().on(&world)).await;
        let gone = ask(&study, "gone").await;
        world.clock().sleep(Duration::from_secs(10)).await;
        let _other = ask(&study, "other").await;
        let next = study.ask("next", Duration::from_secs(600)).await.unwrap().unwrap();
        assert_eq!((next.trial(), world.clock().now()), (gone.trial(), gone.expires()));
    });
}
