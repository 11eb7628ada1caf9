use mabeam::{Parent, Pbt};

use super::{ancestry, places};
use crate::report::simulation::Course;
use crate::report::story::Story;

#[test]
fn a_child_has_the_place_of_whom_it_replaces() {
    let mut course = Course::usual();
    course.config.schedule = Pbt::default().into();
    let story = Story::read(&course.log()).unwrap();
    let trials = story.state.trials();
    let places = places(trials);
    let mut children = 0;
    for trial in trials {
        let place = places[trial.id as usize].unwrap();
        assert!(place < 10, "the population has ten places");
        if let Some(Parent { replaces, .. }) = trial.parent {
            assert_eq!(places[replaces as usize], Some(place));
            children += 1;
        }
    }
    assert!(children > 0);
}

#[test]
fn an_ancestry_ends_with_one_that_began_from_nothing() {
    let mut course = Course::usual();
    course.config.schedule = Pbt::default().into();
    let story = Story::read(&course.log()).unwrap();
    let trials = story.state.trials();
    let child = trials.iter().rev().find(|trial| trial.parent.is_some()).unwrap();
    let line = ancestry(trials, child.id);
    assert!(line.len() > 1 && line.contains(&child.id));
    let eldest = *line.first().unwrap();
    assert!(trials[eldest as usize].parent.is_none());
}
