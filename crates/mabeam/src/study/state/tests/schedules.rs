//! What holds under every schedule.

use proptest::prelude::*;

use super::{config, result, run};
use crate::study::event::StudyEvent;
use crate::study::{Asha, Halving, Hyperband, MedianStopping, Pbt, Schedule, StudyState, TrialState};

fn halved(halving: Halving) -> Asha {
    Asha { halving, ..Asha::default() }
}

/// One of each kind, for trials that wait and for such that do not.
fn schedules() -> Vec<Schedule> {
    let median = MedianStopping { least_completed: 2, ..MedianStopping::every(3, 27) };
    vec![
        halved(Halving::Promotion).into(),
        halved(Halving::Stopping).into(),
        Hyperband { ladder: halved(Halving::Promotion), brackets: 4 }.into(),
        Hyperband { ladder: halved(Halving::Stopping), brackets: 3 }.into(),
        median.into(),
        Pbt::default().into(),
    ]
}

/// What a finished study's events have to be true of.
fn check_story(state: &StudyState, log: &[StudyEvent], told: &str) {
    let config = state.config();
    let epochs = state.epochs();
    assert!(state.is_finished(), "{told}");
    assert!(epochs.granted <= config.budget, "{told}: {} of {}", epochs.granted, config.budget);
    assert_eq!(epochs.granted, epochs.spent, "{told}");
    assert!(state.trials().iter().all(|trial| trial.state.is_over()), "{told}");
    assert!(config.max_trials.is_none_or(|most| state.trials().len() as u64 <= most), "{told}");
    let mut climbs: Vec<(u64, u32)> = log
        .iter()
        .filter_map(|event| if let StudyEvent::Assigned(assigned) = event { Some(assigned) } else { None })
        .map(|assigned| (assigned.trial, assigned.rung))
        .collect();
    let all = climbs.len();
    climbs.sort_unstable();
    climbs.dedup();
    assert_eq!(climbs.len(), all, "{told}: a trial climbed to one rung twice");
    for trial in state.trials() {
        let rungs = config.schedule.rungs();
        let first = trial.parent.map_or(trial.bracket as usize, |parent| parent.rung as usize + 1);
        for (place, reached) in trial.rungs.iter().enumerate() {
            assert_eq!((reached.rung, reached.epochs), (first + place, rungs[first + place]), "{told}");
        }
        assert_eq!(trial.state == TrialState::Completed, trial.epochs() == config.schedule.last_rung(), "{told}");
    }
}

#[test]
fn any_order_of_reports_and_any_kills_give_the_same_study_under_every_schedule() {
    for schedule in schedules() {
        for slots in [1, 2, 5] {
            let config = config(slots, 600, schedule.clone());
            let (first, log) = run(config.clone(), 0);
            let told = format!("{schedule}, {slots} slots");
            check_story(&first, &log, &told);
            assert!(first.count(TrialState::Completed) > 2, "{told}");
            assert!(first.count(TrialState::Stopped) > 2, "{told}");
            for order in 1..25 {
                let (state, log) = run(config.clone(), order);
                assert_eq!(result(&state), result(&first), "{told}, order {order}");
                check_story(&state, &log, &told);
            }
        }
    }
}

#[test]
fn the_log_alone_tells_the_state_under_every_schedule() {
    for schedule in schedules() {
        let (state, log) = run(config(3, 400, schedule.clone()), 5);
        let mut again = StudyState::new(state.config().clone());
        for event in &log {
            again.apply(event).unwrap();
        }
        assert_eq!(format!("{again:?}"), format!("{state:?}"), "{schedule}");
    }
}

#[test]
fn hyperband_divides_the_trials_among_its_brackets() {
    let (state, _) = run(config(2, 2_000, Hyperband::default()), 0);
    let of_bracket = |bracket: u32| state.trials().iter().filter(move |trial| trial.bracket == bracket);
    let sizes: Vec<usize> = (0..4).map(|bracket| of_bracket(bracket).count()).collect();
    for (size, weight) in sizes.iter().zip(Hyperband::default().weights()) {
        let share = state.trials().len() as f64 * weight as f64 / 49.0;
        assert!((*size as f64 - share).abs() < 1.5, "{sizes:?}");
    }
    // Trials of the last bracket are not halved: they end completed or failed.
    assert!(of_bracket(3).all(|trial| matches!(trial.state, TrialState::Completed | TrialState::Failed)));
    assert!(of_bracket(0).any(|trial| trial.state == TrialState::Completed));
}

#[test]
fn median_stopping_stops_the_same_trials_where_they_could_wait() {
    let median: Schedule = MedianStopping { least_completed: 2, ..MedianStopping::every(3, 27) }.into();
    let waiting = run(config(2, 600, median.clone().with_halving(Halving::Promotion)), 0).0;
    let running = run(config(2, 600, median.with_halving(Halving::Stopping)), 0).0;
    assert_eq!(result(&waiting), result(&running));
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let rungs = prop::collection::btree_set(1_u32..30, 1..6).prop_map(|rungs| rungs.into_iter().collect::<Vec<u32>>());
    let halving = prop_oneof![Just(Halving::Promotion), Just(Halving::Stopping)];
    let asha = (rungs.clone(), 2_u32..5, halving, 0_u64..40).prop_map(|(rungs, eta, halving, reserve)| Asha {
        rungs,
        eta,
        halving,
        reserve,
    });
    let hyperband = (asha.clone(), 1_u32..6)
        .prop_map(|(ladder, brackets)| Hyperband { brackets: brackets.min(ladder.rungs.len() as u32), ladder });
    let shares = (5_u32..12, 20_u32..51, 0_u32..101);
    let pbt = (rungs.clone(), shares).prop_map(|(rungs, (population, share_percent, resample_percent))| Pbt {
        population,
        rungs,
        share_percent,
        resample_percent,
        fixed: Vec::new(),
    });
    let median = (rungs, 0_u32..10, 1_u32..6, 0_u64..40)
        .prop_map(|(rungs, grace, least_completed, reserve)| MedianStopping { rungs, grace, least_completed, reserve });
    prop_oneof![
        asha.prop_map(Schedule::from),
        hyperband.prop_map(Schedule::from),
        median.prop_map(Schedule::from),
        pbt.prop_map(Schedule::from)
    ]
}

proptest! {
    #[test]
    fn no_schedule_exceeds_its_budget_or_lets_a_trial_climb_twice_or_hang(
        schedule in any_schedule(),
        (slots, budget) in (1_u32..6, 30_u64..400),
        max_trials in prop::option::of(1_u64..40),
        order in any::<u64>(),
    ) {
        let mut config = config(slots, budget, schedule);
        config.max_trials = max_trials;
        config.budget = config.budget.max(config.schedule.least_budget());
        config.check().unwrap();
        let (state, log) = run(config.clone(), order);
        check_story(&state, &log, &config.schedule.to_string());
        prop_assert_eq!(result(&state), result(&run(config, 0).0));
    }
}
