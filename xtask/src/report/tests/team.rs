//! Pages of studies with a team: a market, critics, what is known from elsewhere, brackets and descent.

use foundation_core::event::EventSource;
use foundation_memory::{SeededEntropy, VirtualClock};
use mabeam::{
    Allocation, Asha, Direction, Enqueued, Goal, Hyperband, Imported, Known, Pbt, SearchSpace, StudyEvent, TeamConfig,
    VariableState,
};
use proptest::prelude::*;
use std::sync::Arc;

use super::super::notation::count;
use super::super::render;
use super::super::simulation::Course;
use super::{page, page_with};

const SAMPLERS: [&str; 3] = ["tpe", "random", "tpe"];

#[test]
fn a_team_shows_its_market_its_votes_and_who_proposed() {
    let mut course = Course::of_a_team(&SAMPLERS, Allocation::SecondPrice, 3);
    course.config.seed = 11;
    course.fails = Some((13, "the loss is not finite"));
    course.dies_after = vec![25];
    let (log, variables) = course.logs();
    let page = page_with(&log, &variables);
    for said in [
        "Who proposed",
        "Shares over time",
        "Best so far of each",
        "Sum of all accounts = minted: 3,000 units",
        "Price of each start",
        "Balances",
        "random 1",
        "Votes on best_config",
        "committed as version 1",
        "nothing stands yet",
        "It is not part of the study&#39;s budget",
        "3 critics",
    ] {
        let escaped = said.replace("&#39;", "'");
        assert!(page.contains(said) || page.contains(&escaped), "{said}");
    }
    assert!(!page.contains("do not add up"));
    assert!(variables[0].1.proposals().len() > 1);
    assert_eq!(render(&log, &variables).unwrap(), page, "the same logs give the same page");
}

#[test]
fn every_prefix_of_a_team_s_log_has_a_page() {
    let mut course = Course::of_a_team(&SAMPLERS[..2], Allocation::SecondPrice, 2);
    course.config.budget = 70;
    course.config.schedule = Asha { reserve: 20, ..Asha::default() }.into();
    let (log, variables) = course.logs();
    for end in 1..=log.len() {
        page_with(&log[..end], if end == log.len() { &variables } else { &[] });
    }
}

#[test]
fn without_a_sale_there_are_no_prices() {
    for allocation in [Allocation::RoundRobin, Allocation::EqualSplit, Allocation::Bandit] {
        let page = page(&Course::of_a_team(&SAMPLERS, allocation, 0).log());
        assert!(page.contains("Nothing was sold"), "{allocation}");
        assert!(!page.contains("Price of each start") && !page.contains(">Balances<"), "{allocation}");
    }
}

#[test]
fn a_team_of_one_has_no_team_and_no_market() {
    let page = page(&Course::usual().log());
    for absent in ["Who proposed", ">Market<", "Votes on", ">Critics<", ">Brackets<", ">Descent<"] {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn what_is_known_from_elsewhere_is_there_and_costs_nothing() {
    let mut course = Course::usual();
    let at = |unit: f64| course.config.space.params_at(&[unit; 6]);
    let known = |unit: f64, known: Known| {
        StudyEvent::Imported(Box::new(Imported {
            params: at(unit),
            epochs: 27,
            known,
            from: "another tuner".to_owned(),
        }))
    };
    let beginnings = vec![
        known(0.2, Known::Value(2.5)),
        known(0.3, Known::Failed("it broke".to_owned())),
        StudyEvent::Enqueued(Enqueued { params: at(0.6) }),
    ];
    course.beginnings = beginnings;
    let page = page(&course.log());
    for said in ["Known before the study: another tuner", "known before", "it broke", "enqueued", "imported", "2.5"] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("of 450 epochs spent"));
}

#[test]
fn a_parameter_that_is_not_there_is_unset() {
    let mut course = Course::usual();
    let space = SearchSpace::builder()
        .choice("optimizer", ["sgd", "adam"])
        .float("momentum", 0.0, 0.9)
        .when("momentum", "optimizer", ["sgd"])
        .log_float("lr", 1e-4, 1e-1);
    course.config.space = space.build().unwrap();
    let page = page(&course.log());
    assert!(page.contains(">unset</text>"), "the axis has a place for it");
    assert!(page.contains(" unset)"), "the small picture says how many");
}

#[test]
fn two_objectives_have_a_front_and_three_a_table_of_it() {
    let mut course = Course::usual();
    let goal = |name: &str| Goal { name: name.to_owned(), direction: Direction::Minimize };
    course.config.schedule = Asha::single_rung(3).into();
    course.config.goals = vec![goal("weight")];
    let two = page(&course.log());
    assert!(two.contains(">Front<") && two.contains("weight (smaller is better)"));
    assert!(two.contains("The two objectives of each completed trial"));
    course.config.goals.push(goal("delay"));
    let three = page(&course.log());
    assert!(three.contains("<th>delay</th>") && !three.contains("The two objectives"));
    assert!(!page(&Course::usual().log()).contains(">Front<"));
}

#[test]
fn what_is_not_tried_any_more_is_listed() {
    let mut course = Course::usual();
    course.config.team = TeamConfig::one("random", serde_json::Value::Null);
    course.config.space = SearchSpace::builder().bool("a").bool("b").build().unwrap();
    course.fails = Some((2, "it crashed"));
    let page = page(&course.log());
    for said in ["Quarantine", "failed 2 times", "it crashed", "of 450 epochs spent"] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn brackets_and_descent_are_drawn_where_the_schedule_has_them() {
    let mut course = Course::usual();
    course.config.schedule = Hyperband::default().into();
    let brackets = page(&course.log());
    assert!(brackets.contains(">Brackets<") && !brackets.contains(">Descent<"));
    let mut course = Course::of_a_team(&SAMPLERS, Allocation::SecondPrice, 0);
    course.config.schedule = Pbt::default().into();
    let descent = page(&course.log());
    assert!(descent.contains(">Descent<") && !descent.contains(">Brackets<"));
    assert!(descent.contains("in the place of trial"), "nobody was replaced");
    assert!(descent.contains("best trial and those it descends from"));
}

/// The description of a study as the first version wrote it.
const CREATED_BY_VERSION_1: &str = r#"{"name":"digits","seed":7,"slots":2,"space":{"version":1,"parameters":[{"name":"lr","kind":"float","low":0.0001,"high":0.1,"log":true}]},"direction":"maximize","sampler":"random","scheduler":{"rungs":[1,3],"eta":3,"halving":"promotion","reserve":0},"budget":8,"max_trials":null}"#;

#[test]
fn a_log_of_the_first_version_has_a_page() {
    let node = foundation_core::event::NodeId::new("old").unwrap();
    let source = EventSource::new(Arc::new(VirtualClock::new()), Arc::new(SeededEntropy::new(1)), node);
    let bodies = [
        ("study.created", CREATED_BY_VERSION_1),
        ("trial.assigned", r#"{"slot":0,"at":0,"trial":0,"params":{"lr":0.01},"rung":0,"from_epoch":0,"to_epoch":1}"#),
        ("trial.assigned", r#"{"slot":1,"at":0,"trial":1,"params":{"lr":0.001},"rung":0,"from_epoch":0,"to_epoch":1}"#),
        (
            "trial.reported",
            r#"{"slot":0,"trial":0,"rung":0,"outcome":{"reached":{"value":0.5}},"agent":1,"seconds":0.1}"#,
        ),
        ("trial.reported", r#"{"slot":1,"trial":1,"rung":0,"outcome":{"failed":"no"},"agent":2,"seconds":0.1}"#),
    ];
    let read = |(kind, body): (&str, &'static str)| {
        let kind = foundation_core::event::EventType::new(kind).unwrap();
        let event = source.event(kind, 1, bytes::Bytes::from_static(body.as_bytes()));
        let told = StudyEvent::from_event(&event).unwrap();
        (event, told)
    };
    let log: Vec<_> = bodies.into_iter().map(read).collect();
    let page = page(&log);
    assert!(page.contains("seed 7, 2 slots, sampler random"));
    assert!(!page.contains(">Market<"));
}

#[test]
fn a_variable_that_nobody_changed_says_so() {
    let log = Course::usual().log();
    let page = page_with(&log, &[("best_config".to_owned(), VariableState::new())]);
    assert!(page.contains("Nothing was proposed."));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn teams_of_any_shape_have_a_page(
        members in 2_usize..11,
        (slots, budget, critics, order) in (1_u32..5, 60_u64..300, 0_u32..4, any::<u64>()),
        allocation in prop::sample::select(Allocation::ALL.to_vec()),
        (ends_after, dies_after) in (0_usize..200, prop::collection::vec(0_usize..60, 0..3)),
        fails in prop::option::of(1_u64..8),
    ) {
        let mut course = Course::of_a_team(&vec!["random"; members], allocation, critics);
        (course.config.slots, course.config.budget, course.order) = (slots, budget, order);
        (course.ends_after, course.dies_after) = (ends_after, dies_after);
        course.fails = fails.map(|every| (every, "no"));
        let (log, variables) = course.logs();
        let page = page_with(&log, &variables);
        let minted = count(1_000 * members as u64);
        let said = format!("Sum of all accounts = minted: {minted} units");
        prop_assert!(page.contains(&said), "{}", said);
    }
}
