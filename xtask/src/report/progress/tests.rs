use mabeam::Direction;

use super::{best_so_far, staircase};
use crate::report::chart::{Axis, Chart};
use crate::report::scale::Scale;
use crate::report::simulation::Course;
use crate::report::story::Story;

#[test]
fn the_line_gets_better_at_each_step_and_ends_at_the_best_trial() {
    for direction in [Direction::Maximize, Direction::Minimize] {
        let mut course = Course::usual();
        course.config.direction = direction;
        let story = Story::read(&course.log()).unwrap();
        let values = story.values();
        let steps = best_so_far(&story, values.iter());
        assert!(steps.len() > 1);
        let is_better = |one: f64, two: f64| direction.oriented(two) > direction.oriented(one);
        assert!(steps.windows(2).all(|pair| is_better(pair[0].value, pair[1].value)));
        assert!(steps.iter().all(|step| step.epochs == 27), "a trial that was stopped is no best one");
        assert_eq!(steps.last().unwrap().trial.id, story.state.best().unwrap().id);
    }
}

#[test]
fn the_line_is_level_or_upright() {
    let story = Story::read(&Course::usual().log()).unwrap();
    let values = story.values();
    let axis = |high| Axis::new(Scale::linear(0.0, high), 5, "");
    let chart = Chart::new(400.0, 200.0, axis(450.0), axis(1.0));
    let steps = best_so_far(&story, values.iter());
    let corners = staircase(&chart, &steps);
    assert_eq!(corners.len(), 2 * steps.len());
    assert!(corners.windows(2).all(|pair| pair[0].0 == pair[1].0 || pair[0].1 == pair[1].1));
    assert_eq!(corners.last().unwrap().0, chart.right());
    assert!(staircase(&chart, &[]).is_empty());
}
