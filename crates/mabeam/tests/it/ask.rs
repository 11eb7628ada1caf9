//! Workers that ask and tell: leases, reports ahead of the study, restarts of everything.

use std::time::Duration;

use foundation_core::Code;
use foundation_core::port::clock::Clock as _;
use foundation_core::port::entropy::RandomStream;
use foundation_memory::Simulation;
use mabeam::{
    Asha, AskTell, Asked, Course, LeaseId, Next, Recorded, Study, StudyEvent, StudyPorts, TrialState, read_events,
    read_study,
};

use crate::world::{Disk, result, space};

const MINUTE: Duration = Duration::from_secs(60);

fn study() -> Study {
    Study::new("asked", space()).trials(20).minimize()
}

pub(crate) async fn open(ports: &StudyPorts) -> AskTell {
    study().ask_tell(ports).await.unwrap()
}

pub(crate) async fn ask(study: &AskTell, worker: &str) -> Asked {
    study.ask(worker, MINUTE).await.unwrap().unwrap()
}

fn value(asked: &Asked) -> f64 {
    (asked.params().float("x").unwrap() - 0.3).powi(2)
}

/// Asks and tells until the study is finished; answers how many trials that took.
async fn finish(study: &AskTell, worker: &str) -> usize {
    let mut told = 0;
    while let Some(asked) = study.ask(worker, MINUTE).await.unwrap() {
        assert_eq!(study.tell(asked.lease(), Ok(value(&asked))).await.unwrap(), Recorded::Now);
        told += 1;
    }
    told
}

async fn interruptions(disk: &Disk) -> usize {
    let events = read_events(&*disk.log, "asked").await.unwrap();
    events.iter().filter(|(_, event)| matches!(event, StudyEvent::Interrupted(_))).count()
}

#[test]
fn a_caller_asks_and_tells() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let study = open(&ports).await;
        // Two are out at once; one of them fails.
        let first = ask(&study, "a").await;
        let second = ask(&study, "b").await;
        assert_ne!(first.trial(), second.trial());
        study.tell(second.lease(), Err("lost".into())).await.unwrap();
        study.tell(first.lease(), Ok(1.0)).await.unwrap();
        // The program ends with a trial out; the next one gets it again.
        let out = ask(&study, "a").await;
        study.stop().await;
        let study = open(&ports).await;
        let again = ask(&study, "c").await;
        assert_eq!((again.trial(), again.params()), (out.trial(), out.params()));
        study.tell(again.lease(), Ok(2.0)).await.unwrap();
        assert_eq!(3 + finish(&study, "a").await, 20);
        let state = study.look().await.unwrap();
        assert!(state.is_finished());
        assert!(state.best().unwrap().value().unwrap() < 0.05);
        assert_eq!(state.count(TrialState::Failed), 1);
    });
}

#[test]
fn a_worker_that_vanishes_loses_its_trial_to_the_next() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let study = open(&ports).await;
        let gone = ask(&study, "gone").await;
        let kept = ask(&study, "other").await;
        // Both slots are out. Who asks waits until the lease of the one that vanished has run out, and no longer.
        let before = world.clock().now();
        let keep = async {
            for _ in 0..4 {
                world.clock().sleep(MINUTE / 2).await;
                assert_eq!(study.renew(kept.lease()).await.unwrap(), Course::Continue);
            }
        };
        let next = async {
            let next = ask(&study, "next").await;
            assert_eq!(world.clock().now().since(before), MINUTE);
            assert_eq!(study.report(next.lease(), 1, 0.0).await.unwrap(), Course::Continue);
            for _ in 0..2 {
                world.clock().sleep(MINUTE / 2).await;
                assert_eq!(study.renew(next.lease()).await.unwrap(), Course::Continue);
            }
            next
        };
        let (next, ()) = futures_util::future::join(next, keep).await;
        assert_eq!((next.trial(), next.params()), (gone.trial(), gone.params()), "the same trial, the same parameters");
        assert_eq!(gone.expires().since(before), MINUTE);
        assert_eq!(interruptions(&disk).await, 1);

        // The one that vanished comes back.
        for refused in [
            study.tell(gone.lease(), Ok(9.0)).await.unwrap_err(),
            study.report(gone.lease(), 1, 9.0).await.unwrap_err(),
            study.renew(gone.lease()).await.unwrap_err(),
        ] {
            assert_eq!(refused.code(), Code::LeaseLost, "{refused}");
            assert!(refused.advice().contains("ask for another trial"), "{refused}");
        }
        study.tell(next.lease(), Ok(value(&next))).await.unwrap();
        assert_eq!(study.tell(gone.lease(), Ok(9.0)).await.unwrap_err().code(), Code::LeaseLost);
        assert_eq!(
            study.tell(gone.lease(), Ok(value(&gone))).await.unwrap(),
            Recorded::Before,
            "it found the same, which does no harm"
        );
        study.tell(kept.lease(), Ok(value(&kept))).await.unwrap();
        finish(&study, "next").await;
        let state = study.look().await.unwrap();
        assert_eq!((state.trials().len(), state.count(TrialState::Completed)), (20, 20));
    });
}

#[test]
fn a_late_worker_that_nobody_replaced_may_still_tell() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let study = open(&ports).await;
        let slow = ask(&study, "slow").await;
        world.clock().sleep(10 * MINUTE).await;
        assert_eq!(study.report(slow.lease(), 1, 0.5).await.unwrap(), Course::Continue);
        world.clock().sleep(10 * MINUTE).await;
        assert_eq!(study.tell(slow.lease(), Ok(0.5)).await.unwrap(), Recorded::Now);
        assert_eq!(interruptions(&disk).await, 0, "nothing was done twice");
    });
}

#[test]
fn saying_it_twice_is_harmless() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let study = open(&ports).await;
        let first = ask(&study, "a").await;
        let again = ask(&study, "a").await;
        assert_eq!(first.lease(), again.lease(), "a question may be repeated");
        assert_eq!(study.tell(first.lease(), Ok(0.5)).await.unwrap(), Recorded::Now);
        let events = read_events(&*disk.log, "asked").await.unwrap().len();
        assert_eq!(study.tell(first.lease(), Ok(0.5)).await.unwrap(), Recorded::Before);
        assert_eq!(study.tell(first.lease(), Ok(0.6)).await.unwrap_err().code(), Code::Conflict);
        assert_eq!(study.renew(first.lease()).await.unwrap(), Course::Stop(TrialState::Completed));
        assert_eq!(read_events(&*disk.log, "asked").await.unwrap().len(), events);
        // Also after everything was started again.
        study.stop().await;
        let study = open(&ports).await;
        assert_eq!(study.tell(first.lease(), Ok(0.5)).await.unwrap(), Recorded::Before);
        assert_eq!(study.tell(first.lease(), Ok(0.6)).await.unwrap_err().code(), Code::LeaseLost);
        let failed = ask(&study, "a").await;
        assert_eq!(study.tell(failed.lease(), Err("no memory".into())).await.unwrap(), Recorded::Now);
        assert_eq!(study.tell(failed.lease(), Err("no memory".into())).await.unwrap(), Recorded::Before);
    });
}

#[test]
fn after_a_restart_whoever_comes_first_has_the_trial() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let study = open(&ports).await;
        let (a, b) = (ask(&study, "a").await, ask(&study, "b").await);
        study.stop().await;
        let study = open(&ports).await;
        // `a` speaks before anybody asked: its lease is taken in again, and runs from now.
        assert_eq!(study.renew(a.lease()).await.unwrap(), Course::Continue);
        let c = ask(&study, "c").await;
        assert_eq!(c.trial(), b.trial());
        assert_eq!(study.tell(b.lease(), Ok(1.0)).await.unwrap_err().code(), Code::LeaseLost);
        assert_eq!(study.tell(a.lease(), Ok(value(&a))).await.unwrap(), Recorded::Now);
        assert_eq!(study.tell(c.lease(), Ok(value(&c))).await.unwrap(), Recorded::Now);
        assert_eq!(2 + finish(&study, "c").await, 20);
    });
}

#[test]
fn a_lease_of_an_earlier_study_of_that_name_is_refused() {
    let world = Simulation::new(1);
    world.block_on(async {
        let old = open(&Disk::new().on(&world)).await;
        let lease = ask(&old, "a").await.lease();
        let seed = study().seed(99).ask_tell(&Disk::new().on(&world)).await.unwrap();
        assert_eq!(seed.tell(lease, Ok(0.1)).await.unwrap_err().code(), Code::LeaseLost);
        let none: LeaseId = "v1-999-60000-00000000000000ff-000000000000000a".parse().unwrap();
        assert_eq!(old.tell(none, Ok(0.1)).await.unwrap_err().code(), Code::NotFound);
    });
}

#[test]
fn what_makes_no_sense_is_refused_and_nonsense_that_was_measured_is_a_failure() {
    let world = Simulation::new(1);
    world.block_on(async {
        let study = open(&Disk::new().on(&world)).await;
        for (worker, length) in [("", MINUTE), ("a\nb", MINUTE), ("a", Duration::ZERO), ("a", 2_000 * MINUTE)] {
            assert_eq!(study.ask(worker, length).await.unwrap_err().code(), Code::InvalidInput);
        }
        let asked = ask(&study, "a").await;
        assert_eq!(study.report(asked.lease(), 0, 0.5).await.unwrap_err().code(), Code::InvalidInput);
        assert_eq!(study.report(asked.lease(), 1, f64::NAN).await.unwrap_err().code(), Code::InvalidInput);
        assert_eq!(study.tell(asked.lease(), Ok(f64::INFINITY)).await.unwrap(), Recorded::Now);
        let state = study.look().await.unwrap();
        assert!(state.trials()[asked.trial() as usize].failure.as_deref().unwrap().contains("inf"));
    });
}

#[test]
fn who_will_not_wait_is_told_that_there_is_nothing() {
    let world = Simulation::new(1);
    world.block_on(async {
        let study = open(&Disk::new().on(&world)).await;
        let (_a, _b) = (ask(&study, "a").await, ask(&study, "b").await);
        let began = world.clock().now();
        assert!(matches!(study.ask_within("c", MINUTE, MINUTE / 4).await.unwrap(), Next::Nothing));
        assert_eq!(world.clock().now().since(began), MINUTE / 4);
        assert!(matches!(study.ask_within("d", MINUTE, Duration::ZERO).await.unwrap(), Next::Nothing));
        // Whoever waits holds up nobody that does not, and nobody that has a trial.
        let waits = study.ask_within("c", MINUTE, MINUTE / 4);
        let does_not = async {
            assert!(matches!(study.ask_within("d", MINUTE, Duration::ZERO).await.unwrap(), Next::Nothing));
            assert!(matches!(study.ask_within("a", MINUTE, Duration::ZERO).await.unwrap(), Next::Trial(_)));
            world.clock().now().since(began)
        };
        let (waited, at_once) = futures_util::future::join(waits, does_not).await;
        assert!(matches!(waited.unwrap(), Next::Nothing));
        assert_eq!(at_once, MINUTE / 4);
        let began = began + MINUTE / 4;
        assert!(matches!(study.ask_within("a", MINUTE, Duration::ZERO).await.unwrap(), Next::Trial(_)));
        assert_eq!(world.clock().now().since(began), MINUTE / 4);
    });
}

pub(crate) fn halving() -> Study {
    Study::new("asked", space()).seed(3).slots(3).trials(40).scheduler(Asha::default())
}

/// A worker that reports as the objective of `live.rs` does.
async fn climb(study: &AskTell, asked: &Asked) -> Result<f64, TrialState> {
    let goal = 1.0 - (asked.params().float("x").unwrap() - 0.3).abs();
    let mut value = 0.0;
    for step in 1..=27 {
        value += (goal - value) * 0.3;
        if let Course::Stop(state) = study.report(asked.lease(), step, value).await.unwrap() {
            return Err(state);
        }
    }
    Ok(value)
}

pub(crate) async fn climb_all(study: &AskTell, worker: &str) {
    while let Some(asked) = study.ask(worker, MINUTE).await.unwrap() {
        match climb(study, &asked).await {
            Ok(value) => assert_ne!(study.tell(asked.lease(), Ok(value)).await.unwrap(), Recorded::Before),
            Err(state) => assert_eq!(state, TrialState::Stopped),
        }
    }
}

/// One worker alone never waits for a trial that nobody measures, and any number of them give the same study.
#[test]
fn workers_that_report_are_stopped_when_others_are_better() {
    let mut results = Vec::new();
    for workers in [1, 2, 3, 5] {
        let world = Simulation::new(workers);
        let disk = Disk::new();
        let ports = disk.on(&world);
        let state = world.block_on(async {
            let study = halving().ask_tell(&ports).await.unwrap();
            let names: Vec<String> = (0..workers).map(|worker| format!("w{worker}")).collect();
            futures_util::future::join_all(names.iter().map(|name| climb_all(&study, name))).await;
            study.look().await.unwrap()
        });
        assert_eq!(state.trials().len(), 40);
        assert!(state.count(TrialState::Stopped) > 10 && state.count(TrialState::Completed) > 1);
        let told = world.block_on(read_study(&*disk.log, "asked")).unwrap().unwrap();
        assert_eq!(result(&told), result(&state), "the log alone tells the study");
        results.push(result(&state));
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]), "any number of workers gives the same study");
}

#[test]
fn an_answer_ahead_of_the_study_is_durable_before_it_is_acknowledged() {
    let world = Simulation::new(1);
    let disk = Disk::new();
    let ports = disk.on(&world);
    world.block_on(async {
        let study = halving().ask_tell(&ports).await.unwrap();
        let (a, b) = (ask(&study, "a").await, ask(&study, "b").await);
        // `b` does nothing, so the study cannot decide about the first rung; `a` goes all the way.
        let value = climb(&study, &a).await.unwrap();
        assert_eq!(study.tell(a.lease(), Ok(value)).await.unwrap(), Recorded::Now);
        assert_eq!(study.look().await.unwrap().trials()[a.trial() as usize].state, TrialState::Running);
        study.stop().await;
        let study = halving().ask_tell(&ports).await.unwrap();
        assert_eq!(study.tell(a.lease(), Ok(value)).await.unwrap(), Recorded::Before, "it was kept");
        let others = [ask(&study, "a").await, ask(&study, "c").await];
        assert!(others.iter().all(|other| other.trial() != a.trial()), "nobody does it again");
        assert!(others.iter().any(|other| other.trial() == b.trial()));
        for other in others {
            study.tell(other.lease(), Ok(0.0)).await.unwrap();
        }
        climb_all(&study, "a").await;
        let state = study.look().await.unwrap();
        let trial = &state.trials()[a.trial() as usize];
        assert!(trial.state.is_over(), "{trial:?}");
        if trial.state == TrialState::Completed {
            assert_eq!(trial.value().unwrap().to_bits(), value.to_bits());
            assert_eq!(trial.rungs.len(), 4, "each rung has its own value");
        }
    });
}

/// Workers vanish, the scheduler is killed and the whole program is started again, at points drawn from a seed; the
/// study comes out the same, nothing that was acknowledged is missing and nothing stands twice.
#[test]
fn workers_that_vanish_and_schedulers_that_die_leave_the_study_as_it_is() {
    let expected = {
        let world = Simulation::new(1);
        let ports = Disk::new().on(&world);
        world.block_on(async {
            let study = halving().ask_tell(&ports).await.unwrap();
            climb_all(&study, "alone").await;
            result(&study.look().await.unwrap())
        })
    };
    let (mut lost, mut vanished) = (0, 0);
    for seed in 0..15 {
        let world = Simulation::new(seed);
        let disk = Disk::new();
        let ports = disk.on(&world);
        let mut random = RandomStream::new(seed, 0);
        let state = world.block_on(async {
            let mut study = halving().ask_tell(&ports).await.unwrap();
            let mut acknowledged: Vec<(u64, f64)> = Vec::new();
            for turn in 0.. {
                if random.below(12) == 0 {
                    study.running().kill_member(1);
                }
                if random.below(15) == 0 {
                    study.stop().await;
                    study = halving().ask_tell(&ports).await.unwrap();
                }
                let Some(asked) = study.ask(&format!("w{turn}"), MINUTE).await.unwrap() else { break };
                if turn < 200 && random.below(3) == 0 {
                    // It vanishes in the middle, sometimes after a report.
                    vanished += 1;
                    if random.below(2) == 0 {
                        let _ = study.report(asked.lease(), 1, rung_value(&asked, 1)).await.unwrap();
                    }
                    if random.below(2) == 0 {
                        world.clock().sleep(MINUTE).await;
                    }
                    continue;
                }
                if let Ok(value) = climb(&study, &asked).await
                    && study.tell(asked.lease(), Ok(value)).await.unwrap() == Recorded::Now
                {
                    acknowledged.push((asked.trial(), value));
                }
            }
            let state = study.look().await.unwrap();
            for (trial, value) in acknowledged {
                let trial = &state.trials()[trial as usize];
                let is_kept = trial.value().is_some_and(|kept| kept.to_bits() == value.to_bits());
                assert!(is_kept || trial.state == TrialState::Stopped, "seed {seed}: {value} is not in {trial:?}");
            }
            state
        });
        assert_eq!(result(&state), expected, "seed {seed}");
        lost += world.block_on(interruptions(&disk));
    }
    assert!(lost > 20 && vanished > 50, "the blows hit: {lost} interruptions, {vanished} workers vanished");
}

/// What `climb` reports at a step.
pub(crate) fn rung_value(asked: &Asked, steps: u32) -> f64 {
    let goal = 1.0 - (asked.params().float("x").unwrap() - 0.3).abs();
    (0..steps).fold(0.0, |value, _| value + (goal - value) * 0.3)
}
