use std::collections::BTreeMap;

use proptest::prelude::*;

use super::History;
use crate::study::sampler::Observation;
use crate::study::space::Params;

fn seen(trial: u64, rung: u32, value: f64) -> Observation {
    Observation {
        trial,
        member: None,
        params: Params::new(),
        epochs: 3_u32.pow(rung),
        rung,
        value,
        further: Vec::new(),
        failed: false,
    }
}

fn order(observations: &[Observation]) -> Vec<u64> {
    let mut sorted: Vec<&Observation> = observations.iter().collect();
    sorted.sort_by(|one, two| one.by_merit(two));
    sorted.iter().map(|one| one.trial).collect()
}

#[test]
fn merit_is_rung_then_value_then_number() {
    let failed = Observation { failed: true, ..seen(0, 3, 1.0) };
    let all = [
        failed,
        seen(1, 0, f64::NAN),
        seen(5, 0, 0.9),
        seen(4, 0, 0.9),
        seen(3, 1, 0.5),
        seen(2, 0, f64::NEG_INFINITY),
    ];
    assert_eq!(order(&all), [3, 4, 5, 2, 0, 1]);
    assert_eq!(order(&[seen(1, 0, 0.0), seen(0, 0, -0.0)]), [0, 1]);
}

#[test]
fn the_order_of_completion_leaves_no_trace() {
    let mut one = History::new();
    let mut two = History::new();
    for trial in [3, 0, 2, 1] {
        one.record(seen(trial, 0, 0.5));
        two.record(seen(3 - trial, 0, 0.5));
    }
    one.record(seen(0, 1, 0.7));
    two.record(seen(0, 1, 0.7));
    assert_eq!(one, two);
    assert_eq!(one.len(), 4);
    assert_eq!(one.get(0), Some(&seen(0, 1, 0.7)));
    assert_eq!(one.get(9), None);
    assert_eq!(one.best().map(|best| best.trial), Some(0));
}

#[test]
fn a_trial_is_pending_until_it_is_recorded_or_withdrawn() {
    let mut history = History::new();
    history.propose(7, Some(1), Params::new().with("x", 1));
    history.propose(8, None, Params::new());
    history.propose(9, None, Params::new());
    assert_eq!([7, 8, 10].map(|trial| history.member(trial)), [Some(1), None, None]);
    let before = history.clone();
    history.record(Observation { member: history.member(7), ..seen(7, 0, 0.5) });
    assert_eq!(history.member(7), Some(1));
    history.withdraw(9);
    assert_eq!(history.pending().map(|one| one.trial).collect::<Vec<_>>(), [8]);
    assert_eq!(before.pending().len(), 3);
    assert!(before.is_empty());
    assert!(before.best().is_none());
}

#[test]
fn proposals_are_counted_by_member() {
    let mut history = History::new();
    history.propose(0, Some(1), Params::new());
    history.propose(1, Some(0), Params::new());
    history.propose(2, Some(1), Params::new());
    history.record(Observation { member: Some(1), ..seen(0, 0, 0.5) });
    history.record(Observation { member: Some(1), ..seen(0, 1, 0.6) });
    history.record(seen(3, 0, 0.5));
    history.withdraw(2);
    assert_eq!([0, 1, 2].map(|member| history.proposals_of(member)), [1, 2, 0]);
    assert_eq!(history.trials_of(1).collect::<Vec<_>>(), [0, 2]);
    assert_eq!(history.trials_of(1).next_back(), Some(2));
}

proptest! {
    #[test]
    fn the_order_of_merit_is_that_of_sorting(
        records in prop::collection::vec((0_u64..20, 0_u32..3, any::<f64>(), any::<bool>()), 0..60),
    ) {
        let mut history = History::new();
        let mut known = BTreeMap::new();
        for (trial, rung, value, failed) in records {
            let observation = Observation { failed, ..seen(trial, rung, value) };
            let before = history.clone();
            history.record(observation.clone());
            let others = |history: &History| -> Vec<u64> {
                history.observations().map(|one| one.trial).filter(|other| *other != trial).collect()
            };
            prop_assert_eq!(others(&before), others(&history), "a copy stays as it was");
            known.insert(trial, observation);
        }
        let usable: Vec<Observation> = known.values().filter(|one| one.is_usable()).cloned().collect();
        let best_first: Vec<u64> = history.best_first().map(|one| one.trial).collect();
        prop_assert_eq!(best_first, order(&usable));
        prop_assert_eq!(history.usable(), usable.len());
        prop_assert_eq!(history.len(), known.len());
    }
}
