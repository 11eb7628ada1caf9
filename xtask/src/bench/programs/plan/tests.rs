use super::*;

const VICTIMS: [(Victim, usize); 2] = [(Victim::Study, 3), (Victim::Program, 3)];

#[test]
fn kills_are_drawn_at_different_trials_and_within_them() {
    for seed in 1..=50 {
        let plan = Plan::draw(seed, &VICTIMS);
        let trials: BTreeSet<u64> = plan.left.iter().map(|blow| blow.trial).collect();
        assert_eq!(trials.len(), 6, "seed {seed}: {plan:?}");
        assert!(plan.left.iter().all(|blow| blow.trial < TRIALS && (1..EPOCHS).contains(&blow.epoch)), "seed {seed}");
        assert_eq!(plan.left.iter().filter(|blow| blow.victim == Victim::Study).count(), 3, "seed {seed}");
        assert_eq!(plan.left, Plan::draw(seed, &VICTIMS).left);
    }
    assert_ne!(Plan::draw(1, &VICTIMS).left, Plan::draw(2, &VICTIMS).left);
}

fn plan(blows: &[Blow]) -> Plan {
    Plan { left: blows.to_vec(), used: blows.iter().map(|blow| blow.trial).collect() }
}

const EARLY: Blow = Blow { victim: Victim::Program, trial: 4, epoch: 10 };
const LATE: Blow = Blow { victim: Victim::Study, trial: 6, epoch: 2 };

#[test]
fn a_kill_is_due_when_its_trial_has_come_so_far_and_comes_once() {
    let mut plan = plan(&[EARLY, LATE]);
    assert_eq!(plan.due(|_| 0), None);
    assert_eq!(plan.due(|trial| if trial == 4 { 9 } else { 0 }), None);
    assert_eq!(plan.due(|trial| if trial == 4 { 11 } else { 0 }), Some(EARLY));
    assert_eq!(plan.due(|trial| if trial == 4 { 12 } else { 0 }), None);
    // Trials run beside each other, so the order is that of what is seen.
    assert_eq!(plan.due(|trial| if trial == 6 { 2 } else { 0 }), Some(LATE));
    assert!(plan.left.is_empty());
}

#[test]
fn a_kill_that_comes_too_late_moves_to_a_trial_that_nobody_else_hits() {
    let mut plan = plan(&[EARLY, LATE]);
    // Trial 4 is done; 6 is another one's.
    assert_eq!(plan.due(|trial| if trial <= 4 { EPOCHS } else { 0 }), None);
    assert_eq!(plan.left[0], Blow { trial: 7, ..EARLY });
    assert_eq!(plan.due(|trial| if trial == 7 { 10 } else { 0 }), Some(Blow { trial: 7, ..EARLY }));
}

#[test]
fn a_kill_that_finds_no_later_trial_is_given_up() {
    let mut plan = plan(&[Blow { trial: TRIALS - 1, ..LATE }]);
    assert_eq!(plan.due(|_| EPOCHS), None);
    assert!(plan.left.is_empty());
}
