//! Parallel coordinates: an axis per parameter and one for the value, a line per trial.

use mabeam::{Parameter, Trial};
use maud::{Markup, html};

use super::chart::{Px, beyond, left_out, path, section, svg, thinned, wide};
use super::dimension::{self, Place};
use super::legend::{self, Mark};
use super::notation::{clipped, number};
use super::scale::{Range, Scale};
use super::story::Story;

/// How many lines are drawn at most.
const MOST_LINES: usize = 1_000;
/// How many parameters get an axis at most.
const MOST_AXES: usize = 24;
const LEAST_WIDTH: f64 = 860.0;
const LEAST_GAP: f64 = 110.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 345.0;

/// Draws the section.
pub(super) fn draw(story: &Story) -> Markup {
    let drawn = picture(story);
    section(
        "Parameters, together",
        "Each line is a trial: it crosses every axis at the trial's parameter, and the last one at its latest value. \
         Values of different rungs are of different epochs; lines of one option are spread over its share.",
        drawn.as_ref(),
        "No trial has reached a rung.",
    )
}

/// The axes: how wide the picture is, and where each of them stands.
struct Axes<'a> {
    parameters: &'a [Parameter],
    scale: Scale,
    width: f64,
    gap: f64,
}

impl<'a> Axes<'a> {
    fn new(parameters: &'a [Parameter], range: Range) -> Self {
        let gaps = parameters.len() as f64;
        let width = (LEFT + RIGHT + gaps * LEAST_GAP).max(LEAST_WIDTH);
        Self { parameters, scale: Scale::linear(range.low, range.high), width, gap: (width - LEFT - RIGHT) / gaps }
    }

    fn x(&self, axis: usize) -> f64 {
        LEFT + axis as f64 * self.gap
    }

    /// The corners of a trial's line.
    fn line(&self, trial: &Trial) -> Vec<(f64, f64)> {
        let places = self.parameters.iter().map(|parameter| {
            Some(dimension::place(parameter, &trial.params)? + dimension::sideways(parameter, trial.id))
        });
        let value = trial.value().map(|value| self.scale.place(value));
        let places = places.chain([value]).enumerate();
        places.filter_map(|(axis, unit)| Some((self.x(axis), height(unit?)))).collect()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(Parameter::name).chain(["value"])
    }

    fn ticks(&self, axis: usize) -> Vec<Place> {
        match self.parameters.get(axis) {
            Some(parameter) => dimension::ticks(parameter, 6),
            None => {
                let ticks = self.scale.ticks(7).into_iter();
                ticks.map(|tick| Place { unit: self.scale.place(tick.value), label: tick.label }).collect()
            }
        }
    }
}

fn height(unit: f64) -> f64 {
    BOTTOM - unit * (BOTTOM - TOP)
}

fn picture(story: &Story) -> Option<Markup> {
    let config = story.state.config();
    let parameters = config.space.parameters();
    let mut trials: Vec<&Trial> = story.state.trials().iter().filter(|trial| !trial.rungs.is_empty()).collect();
    let range = Range::of(trials.iter().filter_map(|trial| trial.value()), config.direction)?;
    let axes = Axes::new(&parameters[..parameters.len().min(MOST_AXES)], range);
    let all = trials.len();
    trials.sort_by_key(|trial| (story.is_best(trial), trial.epochs()));
    // Half of the places for those that went furthest, the rest evenly among the others.
    let furthest = trials.split_off(all.saturating_sub(if all > MOST_LINES { MOST_LINES / 2 } else { all }));
    let mut drawn = thinned(trials, MOST_LINES - furthest.len().min(MOST_LINES));
    drawn.extend(furthest);
    let inside = html! {
        @for trial in &drawn {
            @let class = if story.is_best(trial) { "best" } else { legend::of_trial(trial) };
            path.line.across.(class) d=(path(axes.line(trial))) { title { (told(trial)) } }
        }
        @for (axis, name) in axes.names().enumerate() { (axis_of(&axes, axis, name)) }
    };
    let mut entries = legend::rungs(story, |_| Mark::Line);
    if story.state.best().is_some() {
        entries.push(("best", Mark::Line, "best trial".to_owned()));
    }
    let picture = svg(axes.width, HEIGHT, "The parameters of each trial and its latest value", &inside);
    Some(html! {
        (legend::legend(&entries))
        (wide(axes.width, &picture))
        (beyond(range))
        (left_out(drawn.len(), all, "lines", "those that went furthest, and others evenly chosen"))
        (left_out(axes.parameters.len(), parameters.len(), "parameters", "the first ones"))
    })
}

fn axis_of(axes: &Axes<'_>, axis: usize, name: &str) -> Markup {
    let x = axes.x(axis);
    html! {
        g.axis {
            line x1=(Px(x)) x2=(Px(x)) y1=(Px(TOP)) y2=(Px(BOTTOM)) {}
            text.name.middle x=(Px(x)) y="16" { title { (name) } (clipped(name, 16)) }
            @for tick in axes.ticks(axis) {
                @let y = height(tick.unit);
                line x1=(Px(x - 4.0)) x2=(Px(x)) y1=(Px(y)) y2=(Px(y)) {}
                text.tick.end x=(Px(x - 7.0)) y=(Px(y + 4.0)) { title { (tick.label) } (clipped(&tick.label, 10)) }
            }
        }
    }
}

fn told(trial: &Trial) -> String {
    let value = trial.value().map_or_else(|| "none".to_owned(), number);
    let params = trial.params.iter().map(|(name, value)| format!("{name} {}", dimension::written(value)));
    let rung = trial.rungs.last().map_or(0, |reached| reached.rung);
    format!("trial {}, rung {rung}, value {value}: {}", trial.id, params.collect::<Vec<_>>().join(", "))
}
