//! One small picture per parameter: the value that trials had with it.

use mabeam::{Direction, ParamValue, Parameter, Trial};
use maud::{Markup, html};

use super::chart::{Px, beyond, left_out, section, svg, thinned};
use super::dimension::{self, Place};
use super::legend::{self, Mark};
use super::notation::{clipped, number};
use super::scale::{Range, Scale};
use super::story::Story;

/// How many dots all the pictures have together at most, and how many pictures there are.
const MOST_DOTS: usize = 6_000;
const MOST_PICTURES: usize = 24;
const WIDTH: f64 = 280.0;
const HEIGHT: f64 = 210.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 270.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 165.0;
/// How many characters of a tick's label are shown.
const LABEL: usize = 10;

/// Draws the section.
pub(super) fn draw(story: &Story) -> Markup {
    let drawn = story.common_rung().and_then(|rung| pictures(story, rung));
    let reading = story.common_rung().map_or_else(String::new, |rung| {
        let name = legend::rung_name(&story.state.config().schedule, rung);
        let better = match story.state.config().direction {
            Direction::Maximize => "larger",
            Direction::Minimize => "smaller",
        };
        format!(
            "The value ({better} is better) on {name}, the highest one that every trial with a value has reached, so \
             that all are compared after as many epochs. The colour says how far a trial went later; dots of one option \
             are spread over its share."
        )
    });
    section("Parameters, one by one", &reading, drawn.as_ref(), "No trial has reached a rung.")
}

/// A trial and its value on the common rung.
type Point<'a> = (&'a Trial, f64);

fn pictures(story: &Story, rung: usize) -> Option<Markup> {
    let config = story.state.config();
    let mut points: Vec<Point<'_>> = story.state.trials().iter().filter_map(|trial| value_on(trial, rung)).collect();
    let range = Range::of(points.iter().map(|(_, value)| *value), config.direction)?;
    let parameters = config.space.parameters();
    let shown = &parameters[..parameters.len().min(MOST_PICTURES)];
    let all = points.len();
    let best = points.iter().find(|(trial, _)| story.is_best(trial)).copied();
    points = thinned(points, MOST_DOTS / shown.len().max(1));
    if let Some(best) = best.filter(|(best, _)| !points.iter().any(|(trial, _)| trial.id == best.id)) {
        points.push(best);
    }
    points.sort_by_key(|(trial, _)| (story.is_best(trial), trial.epochs()));
    let mut entries = legend::rungs(story, |rung| Mark::Dot(legend::radius(rung)));
    if best.is_some() {
        entries.push(("best", Mark::Dot(4.5), "best trial".to_owned()));
    }
    Some(html! {
        (legend::legend(&entries))
        div.multiples {
            @for parameter in shown { (picture(story, parameter, &points, range)) }
        }
        (beyond(range))
        (left_out(points.len(), all, "trials", "evenly chosen ones, and the best"))
        (left_out(shown.len(), parameters.len(), "parameters", "the first ones"))
    })
}

fn value_on(trial: &Trial, rung: usize) -> Option<Point<'_>> {
    let reached = trial.rungs.iter().find(|reached| reached.rung == rung)?;
    Some((trial, reached.value))
}

fn picture(story: &Story, parameter: &Parameter, points: &[Point<'_>], range: Range) -> Markup {
    let scale = Scale::linear(range.low, range.high);
    let x = |unit: f64| LEFT + 8.0 + unit * (RIGHT - LEFT - 16.0);
    let y = |value: f64| BOTTOM - scale.place(value) * (BOTTOM - TOP);
    let n_unset = points.iter().filter(|(trial, _)| trial.params.get(parameter.name()).is_none()).count();
    let inside = html! {
        g.grid {
            @for tick in scale.ticks(4) {
                @let y = y(tick.value);
                line x1=(Px(LEFT)) x2=(Px(RIGHT)) y1=(Px(y)) y2=(Px(y)) {}
                text.end x=(Px(LEFT - 5.0)) y=(Px(y + 4.0)) { (tick.label) }
            }
            @for tick in ticks(parameter) {
                @let x = x(tick.unit);
                line x1=(Px(x)) x2=(Px(x)) y1=(Px(TOP)) y2=(Px(BOTTOM)) {}
                text.middle x=(Px(x)) y=(Px(BOTTOM + 16.0)) { title { (tick.label) } (clipped(&tick.label, LABEL)) }
            }
        }
        g.axis {
            line x1=(Px(LEFT)) x2=(Px(RIGHT)) y1=(Px(BOTTOM)) y2=(Px(BOTTOM)) {}
            line x1=(Px(LEFT)) x2=(Px(LEFT)) y1=(Px(TOP)) y2=(Px(BOTTOM)) {}
            text.name.middle x=(Px((LEFT + RIGHT) / 2.0)) y=(Px(HEIGHT - 10.0)) {
                title { (parameter.name()) }
                (clipped(parameter.name(), 24))
                @if n_unset > 0 { " (" (n_unset) " unset)" }
            }
        }
        @for (trial, value) in points {
            @if let Some(unit) = dimension::place(parameter, &trial.params) {
                @let best = story.is_best(trial);
                @let rung = trial.rungs.last().map_or(0, |reached| reached.rung);
                circle.dot.(if best { "best" } else { legend::of_rung(rung) })
                    cx=(Px(x(unit + dimension::sideways(parameter, trial.id)))) cy=(Px(y(*value)))
                    r=(if best { 4.5 } else { legend::radius(rung) }) {
                    title { (told(parameter, trial, *value)) }
                }
            }
        }
    };
    svg(WIDTH, HEIGHT, &format!("Value over {}", parameter.name()), &inside)
}

/// Ticks that fit beside each other.
fn ticks(parameter: &Parameter) -> Vec<Place> {
    let mut kept: Vec<Place> = Vec::new();
    for tick in dimension::ticks(parameter, 4) {
        let half = |place: &Place| place.label.chars().count().min(LABEL) as f64 * 3.4 / (RIGHT - LEFT);
        if kept.last().is_none_or(|last| tick.unit - last.unit > half(last) + half(&tick) + 0.02) {
            kept.push(tick);
        }
    }
    kept
}

fn told(parameter: &Parameter, trial: &Trial, value: f64) -> String {
    let place = trial.params.get(parameter.name()).map(|value: &ParamValue| dimension::written(value));
    format!("trial {}: {} with {} {}", trial.id, number(value), parameter.name(), place.unwrap_or_default())
}

#[cfg(test)]
mod tests;
