use foundation_core::Code;
use foundation_core::port::entropy::RandomStream;

use super::{Importance, ImportanceSettings, importance};
use crate::study::config::StudyConfig;
use crate::study::event::{Imported, Known, StudyEvent};
use crate::study::schedule::Asha;
use crate::study::space::{Params, SearchSpace, SearchSpaceBuilder};
use crate::study::state::StudyState;

/// A study that knows `n` random points of a space, and their values.
fn study(space: SearchSpaceBuilder, n: usize, value: impl Fn(&Params) -> f64) -> StudyState {
    let mut state = empty(space);
    let mut random = RandomStream::new(5, 0);
    for _ in 0..n {
        let space = state.config().space.clone();
        let units: Vec<f64> = space.parameters().iter().map(|_| random.next_f64()).collect();
        let params = space.params_at(&units);
        let known = Known::Value(value(&params));
        import(&mut state, params, known, 1);
    }
    state
}

fn empty(space: SearchSpaceBuilder) -> StudyState {
    let schedule = Asha { reserve: 0, ..Asha::default() }.into();
    StudyState::new(StudyConfig { schedule, ..StudyConfig::new("known", space.build().unwrap()) })
}

fn import(state: &mut StudyState, params: Params, known: Known, epochs: u32) {
    let imported = Imported { params, epochs, known, from: "a test".to_owned() };
    state.apply(&StudyEvent::Imported(Box::new(imported))).unwrap();
}

fn found(state: &StudyState) -> Importance {
    importance(state, &ImportanceSettings::default()).unwrap()
}

fn main_of(found: &Importance, at: usize) -> f64 {
    found.main.iter().find(|(place, _)| *place == at).unwrap().1.mean
}

fn pair_of(found: &Importance, one: usize, two: usize) -> f64 {
    found.pairs.iter().find(|(places, _)| *places == (one, two)).unwrap().1.mean
}

/// Compares with shares that are known, within what a forest on so many points can tell.
fn assert_near(found: f64, known: f64, of: &str) {
    assert!((found - known).abs() < 0.08, "{of}: {found:.3}, known to be {known:.3}");
}

fn floats(names: [&str; 3]) -> SearchSpaceBuilder {
    names.into_iter().fold(SearchSpace::builder(), |space, name| space.float(name, 0.0, 1.0))
}

#[test]
fn an_additive_function_splits_as_the_squares_of_its_slopes() {
    let state = study(floats(["a", "b", "c"]), 600, |params| {
        3.0 * params.float("a").unwrap() + params.float("b").unwrap() + 7.0
    });
    let found = found(&state);
    assert_near(main_of(&found, 0), 0.9, "a");
    assert_near(main_of(&found, 1), 0.1, "b");
    assert_near(main_of(&found, 2), 0.0, "c");
    assert!(found.pairs.iter().all(|(_, share)| share.mean < 0.03), "{:?}", found.pairs);
    assert_eq!(found.main[0].0, 0, "most first");
    // The standard deviation of 3a + b: each side has the variance 1/12.
    assert!((found.deviation - (10.0_f64 / 12.0).sqrt()).abs() < 0.08, "{}", found.deviation);
    assert!(found.fit.unwrap() > 0.9, "{:?}", found.fit);
    assert_eq!((found.rung, found.epochs, found.trials, found.trials_with_value), (0, 1, 600, 600));
}

#[test]
fn a_pure_interaction_is_found_as_one() {
    let space = SearchSpace::builder().bool("a").bool("b");
    let state =
        study(space, 400, |params| if params.bool("a").unwrap() == params.bool("b").unwrap() { 1.0 } else { -1.0 });
    let found = found(&state);
    assert_near(pair_of(&found, 0, 1), 1.0, "a and b");
    assert_near(main_of(&found, 0), 0.0, "a");
    assert_near(main_of(&found, 1), 0.0, "b");
    assert_eq!(found.pairs[0].0, (0, 1));
}

#[test]
fn a_product_is_two_main_effects_and_a_pair() {
    let state = study(floats(["a", "b", "c"]), 900, |params| params.float("a").unwrap() * params.float("b").unwrap());
    let found = found(&state);
    // Of the variance of ab, 7/144, each side explains 1/48 alone, and 1/144 is left to both.
    assert_near(main_of(&found, 0), 3.0 / 7.0, "a");
    assert_near(main_of(&found, 1), 3.0 / 7.0, "b");
    assert_near(pair_of(&found, 0, 1), 1.0 / 7.0, "both");
    assert_near(main_of(&found, 2), 0.0, "c");
}

#[test]
fn a_choice_is_told_by_its_options_whatever_their_order() {
    let space = SearchSpace::builder().choice("kind", ["p", "q", "r", "s"]).float("rate", 0.0, 1.0);
    let state = study(space, 600, |params| {
        let height = match params.choice("kind").unwrap() {
            "p" | "r" => 1.0,
            _ => 0.0,
        };
        height + params.float("rate").unwrap()
    });
    let found = found(&state);
    // A quarter against a twelfth.
    assert_near(main_of(&found, 0), 0.75, "kind");
    assert_near(main_of(&found, 1), 0.25, "rate");
    assert!(pair_of(&found, 0, 1) < 0.03);
}

#[test]
fn a_conditional_parameter_counts_over_the_whole_space() {
    let space = || {
        let space = SearchSpace::builder().choice("optimizer", ["sgd", "adam"]).float("momentum", 0.0, 1.0);
        space.when("momentum", "optimizer", ["sgd"])
    };
    let state = study(space(), 800, |params| params.float("momentum").unwrap_or(0.5));
    let found = found(&state);
    // With sgd the value is the momentum, otherwise its mean: half of the variance is the momentum's own, half is that
    // it matters in one case only.
    assert_near(main_of(&found, 0), 0.0, "optimizer");
    assert_near(main_of(&found, 1), 0.5, "momentum");
    assert_near(pair_of(&found, 0, 1), 0.5, "both");
}

#[test]
fn the_same_study_gives_the_same_bits_and_another_seed_nearly_the_same_shares() {
    let state = study(floats(["a", "b", "c"]), 120, |params| {
        params.float("a").unwrap() * params.float("b").unwrap() - params.float("c").unwrap()
    });
    let first = found(&state);
    assert_eq!(first, found(&state));
    let other = importance(&state, &ImportanceSettings { seed: 1, ..ImportanceSettings::default() }).unwrap();
    assert_ne!(first, other);
    assert_near(main_of(&other, 2), main_of(&first, 2), "c");
}

#[test]
fn the_fullest_rung_counts_and_failures_do_not() {
    let mut state = empty(floats(["a", "b", "c"]));
    let mut random = RandomStream::new(9, 0);
    let mut point = || {
        let space = floats(["a", "b", "c"]).build().unwrap();
        space.params_at(&[random.next_f64(), random.next_f64(), random.next_f64()])
    };
    for _ in 0..30 {
        let params = point();
        let value = params.float("b").unwrap();
        import(&mut state, params, Known::Value(value), 9);
    }
    for _ in 0..20 {
        let params = point();
        import(&mut state, params, Known::Failed("no".to_owned()), 9);
        let params = point();
        let value = params.float("c").unwrap() * 100.0;
        import(&mut state, params, Known::Stopped(value), 1);
    }
    let found = found(&state);
    assert_eq!((found.rung, found.epochs, found.trials), (2, 9, 30));
    assert_eq!(found.main[0].0, 1);
    let lowest = ImportanceSettings { rung: Some(0), ..ImportanceSettings::default() };
    let lowest = importance(&state, &lowest).unwrap();
    assert_eq!((lowest.rung, lowest.trials), (0, 20));
    assert_eq!(lowest.main[0].0, 2);
}

#[test]
fn of_many_trials_some_are_looked_at() {
    let state = study(floats(["a", "b", "c"]), 500, |params| params.float("a").unwrap());
    let few = ImportanceSettings { most_trials: 100, trees: 8, ..ImportanceSettings::default() };
    let found = importance(&state, &few).unwrap();
    assert_eq!((found.trials, found.trials_with_value), (100, 500));
    assert_near(main_of(&found, 0), 1.0, "a");
}

#[test]
fn equal_values_hang_on_nothing_and_huge_ones_are_finite() {
    let flat = found(&study(floats(["a", "b", "c"]), 50, |_| 3.0));
    assert!(flat.main.iter().all(|(_, share)| share.mean == 0.0));
    assert_eq!((flat.deviation, flat.fit, flat.rest()), (0.0, None, 0.0));
    let huge = study(
        floats(["a", "b", "c"]),
        200,
        |params| {
            if params.float("a").unwrap() < 0.5 { f64::MAX } else { f64::MIN }
        },
    );
    let huge = found(&huge);
    assert_near(main_of(&huge, 0), 1.0, "a");
    assert!(huge.deviation.is_finite());
}

#[test]
fn too_little_to_go_by_is_said() {
    let state = study(floats(["a", "b", "c"]), 9, |params| params.float("a").unwrap());
    let error = importance(&state, &ImportanceSettings::default()).unwrap_err();
    assert_eq!(error.code(), Code::InvalidInput);
    assert!(error.what().contains("9 trials have a value on rung 0, at least 10"), "{error}");
    let none = ImportanceSettings { trees: 0, ..ImportanceSettings::default() };
    assert_eq!(importance(&state, &none).unwrap_err().code(), Code::InvalidInput);
    assert!(importance(&empty(floats(["a", "b", "c"])), &ImportanceSettings::default()).is_err());
}
