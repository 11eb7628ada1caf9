//! Trials that descend from others.

use super::{config, run};
use crate::study::event::{Assigned, Parent, StudyEvent};
use crate::study::{Pbt, StudyState, Trial, TrialState};

fn births(log: &[StudyEvent]) -> impl Iterator<Item = (usize, &Assigned)> {
    log.iter().enumerate().filter_map(|(at, event)| match event {
        StudyEvent::Assigned(assigned) if assigned.parent.is_some() => Some((at, assigned)),
        _ => None,
    })
}

#[test]
fn a_population_keeps_its_size_and_descends_from_its_best() {
    for slots in [1, 3, 10] {
        let (state, log) = run(config(slots, 600, Pbt::default()), 4);
        assert_eq!(state.count(TrialState::Completed), 10, "every place is brought to its end");
        let mut children = 0;
        for (_, assigned) in births(&log) {
            children += 1;
            let parent = assigned.parent.unwrap();
            let (of, replaced) = (&state.trials()[parent.trial as usize], &state.trials()[parent.replaces as usize]);
            let value = |trial: &Trial| {
                trial.rungs.iter().find(|reached| reached.rung == parent.rung as usize).map(|reached| reached.value)
            };
            match replaced.state {
                TrialState::Stopped => assert!(value(of) > value(replaced), "{parent:?}"),
                state => assert_eq!(state, TrialState::Failed),
            }
            let child = &state.trials()[assigned.trial as usize];
            assert_eq!((child.parent, child.inherited_epochs), (Some(parent), assigned.from_epoch));
            assert_eq!(child.member, None, "nobody of the team proposed it");
        }
        assert!(children > 8, "{children} children on {slots} slots");
        let started = state.trials().iter().filter(|trial| trial.parent.is_none()).count();
        assert!((10..=12).contains(&started), "{started} began from nothing on {slots} slots");
    }
}

#[test]
fn an_impossible_descent_is_refused_and_changes_nothing() {
    let (state, log) = run(config(2, 300, Pbt::default()), 0);
    let (birth, good) = births(&log).next().unwrap();
    let mut before = StudyState::new(state.config().clone());
    for event in &log[..birth] {
        before.apply(event).unwrap();
    }
    let shown = format!("{before:?}");
    let parent = good.parent.unwrap();
    for wrong in [
        Parent { trial: 99, ..parent },
        Parent { rung: parent.rung + 1, ..parent },
        Parent { replaces: 99, ..parent },
        Parent { replaces: good.trial, ..parent },
    ] {
        let wrong = StudyEvent::Assigned(Assigned { parent: Some(wrong), ..good.clone() });
        assert!(before.apply(&wrong).is_err(), "{wrong:?}");
        assert_eq!(format!("{before:?}"), shown);
    }
    let orphan = StudyEvent::Assigned(Assigned { parent: None, ..good.clone() });
    assert!(before.apply(&orphan).is_err(), "it has epochs of nobody");
    before.apply(&log[birth]).unwrap();
}

/// While a child has not reached its first rung, its parent's checkpoints are needed, even if that one is over.
#[test]
fn checkpoints_are_needed_until_the_last_child_has_its_own() {
    let mut kept_for_a_child = 0;
    for order in 0..20 {
        let (state, log) = run(config(3, 600, Pbt::default()), order);
        let mut again = StudyState::new(state.config().clone());
        for event in &log {
            again.apply(event).unwrap();
            for trial in again.trials() {
                let awaits = |child: &Trial| {
                    let is_child = child.parent.is_some_and(|parent| parent.trial == trial.id);
                    is_child && !child.state.is_over() && child.rungs.is_empty()
                };
                let has_child = again.trials().iter().any(awaits);
                let is_alive = !trial.state.is_over() || trial.state == TrialState::Completed;
                assert_eq!(again.needs_checkpoints(trial.id), !again.is_finished() && (is_alive || has_child));
                kept_for_a_child += usize::from(has_child && !is_alive);
            }
        }
        assert!(state.trials().iter().all(|trial| !state.needs_checkpoints(trial.id)));
    }
    assert!(kept_for_a_child > 0, "some parent was over before its child had a rung");
}

#[test]
fn a_lineage_covers_every_epoch_once_and_ends_with_the_trial() {
    let (state, _) = run(config(3, 600, Pbt::default()), 1);
    let mut longest = 0;
    for trial in state.trials() {
        let legs = state.legs_of(trial.id, 27);
        assert_eq!((legs[0].from_epoch, legs[legs.len() - 1].to_epoch), (0, 27));
        assert!(legs.windows(2).all(|pair| pair[0].to_epoch == pair[1].from_epoch));
        assert_eq!(legs.last().map(|leg| (leg.trial, &leg.params)), Some((trial.id, &trial.params)));
        longest = longest.max(legs.len());
    }
    assert!(longest > 3, "{longest} generations");
}
