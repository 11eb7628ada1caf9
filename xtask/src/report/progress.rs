//! The first picture: every value that a trial reached, and the best completed one so far, over the epochs spent.

use maud::{Markup, html};

use super::chart::{Axis, Chart, Px, beyond, left_out, path, section, thinned, wide};
use super::legend::{self, Mark};
use super::notation::{count, number};
use super::scale::{Range, Scale};
use super::story::{RungValue, Story};

/// How many dots are drawn at most.
const MOST_DOTS: usize = 4_000;
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 360.0;

/// Draws the section.
pub(super) fn draw(story: &Story) -> Markup {
    let values = story.values();
    let drawn = picture(story, &values);
    section(
        "Progress",
        "Each dot is a trial on a rung; the line is the best value among completed trials so far. Epochs count once \
         the study has seen what came of them.",
        drawn.as_ref(),
        "No trial has reached a rung.",
    )
}

fn picture(story: &Story, values: &[RungValue<'_>]) -> Option<Markup> {
    let config = story.state.config();
    let range = Range::of(values.iter().map(|reached| reached.value), config.direction)?;
    let spent = values.last().map_or(0, |last| last.spent);
    let budget = if story.state.is_finished() { spent } else { config.budget.max(spent) };
    let chart = Chart::new(
        WIDTH,
        HEIGHT,
        Axis::new(Scale::linear(0.0, budget as f64), 9, "epochs spent"),
        Axis::of_values(range, 7, config.direction),
    );
    let steps = best_so_far(story, values.iter());
    let dots = thinned(values.iter().collect(), MOST_DOTS);
    let inside = html! {
        @for reached in &dots {
            circle.dot.(legend::of_rung(reached.rung)) cx=(Px(chart.x(reached.spent as f64)))
                cy=(Px(chart.y(reached.value))) r=(legend::radius(reached.rung)) { title { (told(reached)) } }
        }
        path.line.best d=(path(staircase(&chart, &steps))) {}
        @for step in &steps {
            circle.dot.best cx=(Px(chart.x(step.spent as f64))) cy=(Px(chart.y(step.value))) r="4.5" {
                title { "best so far: " (told(step)) }
            }
        }
    };
    let mut entries = legend::rungs(story, |rung| Mark::Dot(legend::radius(rung)));
    if !steps.is_empty() {
        entries.push(("best", Mark::Line, "best completed trial so far".to_owned()));
    }
    let picture = chart.draw("Values of all trials and the best completed one so far, over epochs spent", &inside);
    Some(html! {
        (legend::legend(&entries))
        (wide(WIDTH, &picture))
        @if steps.is_empty() { p.note { "No trial is completed yet, so there is no best value." } }
        (beyond(range))
        (left_out(dots.len(), values.len(), "dots", "evenly chosen ones"))
    })
}

/// The completed trials among these that were better than every one before.
pub(super) fn best_so_far<'v, 'a: 'v>(
    story: &Story,
    values: impl Iterator<Item = &'v RungValue<'a>>,
) -> Vec<RungValue<'a>> {
    let direction = story.state.config().direction;
    let mut steps: Vec<RungValue<'a>> = Vec::new();
    for reached in values.filter(|reached| reached.is_final) {
        if steps.last().is_none_or(|best| direction.oriented(reached.value) > direction.oriented(best.value)) {
            steps.push(*reached);
        }
    }
    steps
}

/// The corners of the line: level until the next best value, then straight up or down to it.
pub(super) fn staircase(chart: &Chart, steps: &[RungValue<'_>]) -> Vec<(f64, f64)> {
    let mut corners: Vec<(f64, f64)> = Vec::new();
    for step in steps {
        let (x, y) = (chart.x(step.spent as f64), chart.y(step.value));
        if let Some((_, level)) = corners.last() {
            corners.push((x, *level));
        }
        corners.push((x, y));
    }
    if let Some((_, level)) = corners.last() {
        corners.push((chart.right(), *level));
    }
    corners
}

fn told(reached: &RungValue<'_>) -> String {
    let (trial, rung) = (reached.trial.id, reached.rung);
    let (value, epochs, spent) = (number(reached.value), reached.epochs, count(reached.spent));
    format!("trial {trial}, rung {rung}, {epochs} epochs: {value} ({spent} epochs spent)")
}

#[cfg(test)]
mod tests;
