use super::super::{Choice, Pbt, Rung};
use super::Population;

/// Five members; the one of the bottom and the one of the top are one each.
fn five() -> Pbt {
    Pbt { population: 5, rungs: vec![2, 4, 6], ..Pbt::default() }
}

fn choose(population: &Population, pbt: &Pbt, rungs: &[Rung], left: u64) -> Choice {
    population.choose(pbt, rungs, |_| 2, left, true)
}

/// A population all of whose members stand on the first rung with values that rise with their numbers.
fn level(pbt: &Pbt) -> (Population, Vec<Rung>) {
    let mut population = Population::default();
    let mut rungs = vec![Rung::default(); 3];
    for trial in 0..5 {
        assert_eq!(choose(&population, pbt, &rungs, 100), Choice::Start);
        population.start(pbt, &rungs);
        rungs[0].reach(trial, trial as f64);
    }
    (population, rungs)
}

#[test]
fn a_full_population_replaces_its_weakest_and_goes_on_with_the_others() {
    let pbt = five();
    let (mut population, mut rungs) = level(&pbt);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Branch { replaces: 0, rung: 0 });
    assert_eq!(population.parents(&pbt, &rungs, 0, 0), [4]);
    assert_eq!(population.choose(&pbt, &rungs, |_| 2, 100, false), Choice::Promote { trial: 0, from_rung: 0 });
    population.branch(0);
    rungs[0].go_on(0, 0.0);
    for trial in 1..5 {
        assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Promote { trial, from_rung: 0 });
        rungs[0].go_on(trial, trial as f64);
    }
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Nothing, "all are under way");
}

#[test]
fn whoever_had_fewest_epochs_goes_on_first() {
    let pbt = five();
    let (mut population, mut rungs) = level(&pbt);
    population.branch(0);
    for trial in [0, 3, 4] {
        rungs[0].go_on(trial, trial as f64);
    }
    rungs[1].reach(3, 9.0);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Promote { trial: 1, from_rung: 0 });
    rungs[0].go_on(1, 1.0);
    rungs[0].go_on(2, 2.0);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Promote { trial: 3, from_rung: 1 });
    assert_eq!(choose(&population, &pbt, &rungs, 1), Choice::Nothing, "two epochs do not fit into one");
    rungs[2].reach(3, 9.0);
    rungs[1].go_on(3, 9.0);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Nothing, "who stands on the last rung is completed");
}

#[test]
fn the_place_of_a_failed_member_goes_to_a_child_of_the_best_on_its_rung() {
    let pbt = five();
    let (mut population, mut rungs) = level(&pbt);
    rungs[0].go_on(4, 4.0);
    population.fail(4, Some(0));
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Branch { replaces: 4, rung: 0 });
    assert_eq!(population.parents(&pbt, &rungs, 4, 0), [3], "nobody descends from the failed one");
    population.branch(4);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Branch { replaces: 0, rung: 0 }, "the place is taken");
    assert_eq!(population.parents(&pbt, &rungs, 0, 0), [3], "nor does the child of one that is weak");
}

#[test]
fn nobody_descends_from_one_that_was_replaced() {
    let pbt = five();
    let mut population = Population::default();
    let mut rungs = vec![Rung::default(); 3];
    for trial in 0..2 {
        population.start(&pbt, &rungs);
        rungs[0].reach(trial, trial as f64);
        rungs[0].go_on(trial, trial as f64);
    }
    population.branch(0);
    population.fail(1, Some(0));
    assert!(population.parents(&pbt, &rungs, 1, 0).is_empty());
}

#[test]
fn a_member_that_fails_before_its_first_rung_leaves_its_place_to_a_new_one() {
    let pbt = five();
    let (mut population, rungs) = level(&pbt);
    population.fail(7, None);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Start);
    population.start(&pbt, &rungs);
    assert_ne!(choose(&population, &pbt, &rungs, 100), Choice::Start, "once");
}

#[test]
fn where_nobody_is_left_to_descend_from_a_new_member_starts() {
    let pbt = five();
    let mut population = Population::default();
    let mut rungs = vec![Rung::default(); 3];
    for _ in 0..5 {
        population.start(&pbt, &rungs);
    }
    rungs[0].reach(0, 1.0);
    rungs[0].go_on(0, 1.0);
    population.fail(0, Some(0));
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Start);
    population.start(&pbt, &rungs);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Nothing, "the place is taken");
    rungs[0].reach(1, 2.0);
    assert_eq!(choose(&population, &pbt, &rungs, 100), Choice::Promote { trial: 1, from_rung: 0 }, "and not twice");
}
