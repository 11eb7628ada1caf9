mod descent;
mod front;
mod quarantine;
mod schedules;

use foundation_core::port::entropy::RandomStream;

use super::{Decision, StudyState, TrialState};
use crate::study::config::{Direction, StudyConfig};
use crate::study::event::{Interrupted, Outcome, Reported, StudyEvent};
use crate::study::{Asha, Halving, Params, Schedule, SearchSpace};

fn config(slots: u32, budget: u64, schedule: impl Into<Schedule>) -> StudyConfig {
    let space = SearchSpace::builder().float("x", 0.0, 1.0).build().unwrap();
    StudyConfig { seed: 1, slots, schedule: schedule.into(), budget, ..StudyConfig::new("test", space) }
}

/// The objective: depends on trial and epoch alone.
fn outcome(trial: u64, epoch: u32) -> Outcome {
    if trial % 13 == 12 {
        return Outcome::Failed("unlucky".to_owned());
    }
    let value = RandomStream::new(trial, u64::from(epoch)).next_f64();
    Outcome::Reached { value, checkpoint: None, is_done: false, further: Vec::new() }
}

fn report(slot: usize, state: &StudyState, agent: u32) -> StudyEvent {
    let job = state.slots()[slot].open_job().unwrap().clone();
    StudyEvent::Reported(Reported {
        slot: slot as u32,
        trial: job.trial,
        rung: job.rung as u32,
        outcome: outcome(job.trial, job.to_epoch),
        repeated: 0,
        agent,
        seconds: 0.0,
    })
}

/// Takes every decision that is due; answers the events.
fn decide(state: &mut StudyState) -> Vec<StudyEvent> {
    let mut events = Vec::new();
    while let Some(decision) = state.decision() {
        let event = match decision {
            Decision::Event(event) => event,
            Decision::Offer { .. } => panic!("a team of one has no market"),
            Decision::Start { trial, assigned, .. } => {
                // The parameters tell what was known when they were chosen.
                let known: f64 = state.history().observations().map(|o| o.value).filter(|v| v.is_finite()).sum();
                Decision::started(assigned, Some(0), Params::new().with("x", known.fract() + trial as f64))
            }
        };
        state.apply(&event).unwrap();
        events.push(event);
    }
    events
}

/// Runs a study to its end; `order` draws who reports next and who is cut off.
fn run(config: StudyConfig, order: u64) -> (StudyState, Vec<StudyEvent>) {
    let mut random = RandomStream::new(order, 0);
    let mut state = StudyState::new(config);
    let mut log = decide(&mut state);
    while !state.is_finished() {
        let open: Vec<usize> = (0..state.slots().len()).filter(|&s| state.slots()[s].open_job().is_some()).collect();
        assert!(!open.is_empty(), "order {order}: nothing is under way and the study is not finished");
        let slot = open[random.below(open.len() as u32) as usize];
        let event = if order > 0 && random.below(10) == 0 {
            let job = state.slots()[slot].open_job().unwrap();
            StudyEvent::Interrupted(Interrupted { slot: slot as u32, trial: job.trial, epochs: job.cost() })
        } else {
            report(slot, &state, random.below(3))
        };
        state.apply(&event).unwrap();
        log.push(event);
        log.extend(decide(&mut state));
    }
    (state, log)
}

/// What has to be the same: everything but who did the work and how long it took.
fn result(state: &StudyState) -> String {
    let trials: Vec<_> = state.trials().iter().map(|t| (t.id, &t.params, t.state, &t.rungs, &t.failure)).collect();
    format!("{trials:?} {:?} {}", state.promotions(), state.epochs().granted)
}

#[test]
fn any_order_of_reports_and_any_kills_give_the_same_study() {
    for halving in [Halving::Promotion, Halving::Stopping] {
        for slots in [1, 2, 3, 7] {
            let config = config(slots, 300, Asha { halving, ..Asha::default() });
            let expected = result(&run(config.clone(), 0).0);
            for order in 1..40 {
                assert_eq!(
                    result(&run(config.clone(), order).0),
                    expected,
                    "{halving:?}, {slots} slots, order {order}"
                );
            }
        }
    }
}

#[test]
fn the_log_alone_tells_the_state() {
    let (state, log) = run(config(3, 300, Asha::default()), 5);
    let mut again = StudyState::new(state.config().clone());
    for event in &log {
        again.apply(event).unwrap();
    }
    assert_eq!(result(&again), result(&state));
    assert_eq!(again.epochs(), state.epochs());
    assert!(again.is_finished());
}

#[test]
fn at_the_end_nothing_is_left_over_and_the_books_balance() {
    for order in 0..20 {
        let (state, log) = run(config(2, 450, Asha::default()), order);
        assert!(state.trials().iter().all(|trial| trial.state.is_over()), "order {order}");
        let epochs = state.epochs();
        assert_eq!(epochs.granted, epochs.spent, "order {order}");
        assert!(epochs.granted <= 450, "order {order}");
        let cut_off: u64 =
            log.iter().map(|event| if let StudyEvent::Interrupted(cut) = event { cut.epochs } else { 0 }).sum();
        assert_eq!(epochs.wasted, cut_off, "order {order}");
        assert_eq!(state.count(TrialState::Completed), state.trials().iter().filter(|t| t.epochs() == 27).count());
        assert!(state.count(TrialState::Completed) > 3, "order {order}");
        assert!(state.count(TrialState::Failed) > 1, "order {order}");
        assert_eq!(state.best().unwrap().epochs(), 27);
    }
}

#[test]
fn a_budget_for_one_trial_finishes_one_trial() {
    for (slots, budget) in [(1, 27), (1, 60), (2, 27), (2, 60)] {
        let (state, _) = run(config(slots, budget, Asha::default()), 0);
        assert!(state.count(TrialState::Completed) >= 1, "{slots} slots, {budget} epochs");
        assert!(state.epochs().granted <= budget);
    }
}

#[test]
fn a_limit_of_trials_is_kept_and_they_are_brought_to_an_end() {
    let mut limited = config(2, 10_000, Asha::default());
    limited.max_trials = Some(10);
    let (state, _) = run(limited, 3);
    assert_eq!(state.trials().len(), 10);
    assert!(state.trials().iter().all(|trial| trial.state.is_over()));
}

#[test]
fn smaller_is_better_where_the_study_says_so() {
    let mut config = config(2, 300, Asha::default());
    config.direction = Direction::Minimize;
    let (state, _) = run(config, 0);
    let best = state.best().unwrap().value().unwrap();
    assert!(state.trials().iter().filter(|t| t.state == TrialState::Completed).all(|t| t.value().unwrap() >= best));
}

#[test]
fn impossible_events_are_refused_and_change_nothing() {
    let mut state = StudyState::new(config(1, 100, Asha::default()));
    decide(&mut state);
    let before = format!("{state:?}");
    let good = report(0, &state, 0);
    let StudyEvent::Reported(good_body) = &good else { unreachable!() };
    for event in [
        StudyEvent::Reported(Reported { trial: 9, ..good_body.clone() }),
        StudyEvent::Reported(Reported { slot: 9, ..good_body.clone() }),
        StudyEvent::Reported(Reported { rung: 2, ..good_body.clone() }),
        StudyEvent::Interrupted(Interrupted { slot: 0, trial: 9, epochs: 1 }),
        StudyEvent::Created(Box::new(state.config().clone())),
    ] {
        assert!(state.apply(&event).is_err(), "{event:?}");
        assert_eq!(format!("{state:?}"), before);
    }
    state.apply(&good).unwrap();
    assert!(state.apply(&good).is_err(), "a report counts once");
}
