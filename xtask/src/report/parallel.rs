//! Parallel coordinates: an axis per parameter and one for the value, a line per trial.

use mabeam::{Direction, Parameter, Trial};
use maud::{Markup, html};

use super::chart::{Px, beyond, left_out, path, section, svg, thinned, wide};
use super::dimension::{self, Place};
use super::legend::{self, Entry, Mark};
use super::notation::{clipped, number};
use super::scale::{Range, Scale};
use super::story::Story;

/// How many lines are drawn at most.
const MOST_LINES: usize = 1_000;
/// How many parameters get an axis at most.
const MOST_AXES: usize = 24;
/// From how many lines on each of them is fainter.
const DENSE: usize = 300;
const LEAST_WIDTH: f64 = 860.0;
const LEAST_GAP: f64 = 110.0;
const HEIGHT: f64 = 360.0;
/// How much higher the picture is where parameters may be unset.
const BELOW: f64 = 18.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 345.0;
/// Where lines cross the axis of a parameter that is not there.
const UNSET: f64 = 368.0;

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
        let heights = self.parameters.iter().map(|parameter| {
            let place = dimension::place(parameter, &trial.params);
            place.map_or(UNSET, |place| height(place + dimension::sideways(parameter, trial.id)))
        });
        // Every trial that is drawn has a value.
        let value = trial.value().map(|value| height(self.scale.place(value)));
        heights.chain(value).enumerate().map(|(axis, height)| (self.x(axis), height)).collect()
    }

    /// Whether the parameter of an axis may be missing.
    fn may_be_unset(&self, axis: usize) -> bool {
        self.parameters.get(axis).is_some_and(|parameter| parameter.condition().is_some())
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
    trials.sort_by(|a, b| standing(story, a).partial_cmp(&standing(story, b)).unwrap_or(std::cmp::Ordering::Equal));
    // Half of the places for those that went furthest or were best there, the rest evenly among the others.
    let furthest = trials.split_off(all.saturating_sub(if all > MOST_LINES { MOST_LINES / 2 } else { all }));
    let mut drawn = thinned(trials, MOST_LINES - furthest.len().min(MOST_LINES));
    drawn.extend(furthest);
    let colours = Colours::of(story);
    let inside = html! {
        g.dense[drawn.len() > DENSE] {
            @for trial in &drawn {
                @let class = if story.is_best(trial) { "best" } else { colours.class(trial) };
                path.line.across.(class) d=(path(axes.line(trial))) { title { (told(trial)) } }
            }
        }
        @for (axis, name) in axes.names().enumerate() { (axis_of(&axes, axis, name)) }
    };
    let mut entries = colours.entries(story);
    if story.state.best().is_some() {
        entries.push(("best", Mark::Line, "best trial".to_owned()));
    }
    let has_unset = (0..axes.parameters.len()).any(|axis| axes.may_be_unset(axis));
    let height = HEIGHT + if has_unset { BELOW } else { 0.0 };
    let picture = svg(axes.width, height, "The parameters of each trial and its latest value", &inside);
    Some(html! {
        (legend::legend(&entries))
        (wide(axes.width, &picture))
        (beyond(range))
        (left_out(drawn.len(), all, "lines", "those that went furthest, or were best there, and others evenly chosen"))
        (left_out(axes.parameters.len(), parameters.len(), "parameters", "the first ones"))
    })
}

/// Lines that went further lie above others, and among these better ones.
fn standing(story: &Story, trial: &Trial) -> (u32, f64, std::cmp::Reverse<u64>) {
    let value = trial.value().map_or(f64::NEG_INFINITY, |value| story.state.config().direction.oriented(value));
    (trial.epochs(), value, std::cmp::Reverse(trial.id))
}

/// What the colour of a line says.
enum Colours {
    /// The highest rung that the trial reached.
    Rung,
    /// Where all have the same rung: how good its value is, larger being better, by the values that the better half
    /// and the best tenth reach.
    Value { direction: Direction, half: f64, tenth: f64 },
}

impl Colours {
    fn of(story: &Story) -> Self {
        if story.common_rung() != story.highest_rung() {
            return Self::Rung;
        }
        let direction = story.state.config().direction;
        let values = story.state.trials().iter().filter_map(|trial| trial.value());
        let mut values: Vec<f64> = values.map(|value| direction.oriented(value)).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        let reached_by = |share: usize| values.get(values.len().div_ceil(share).saturating_sub(1)).copied();
        Self::Value { direction, half: reached_by(2).unwrap_or(0.0), tenth: reached_by(10).unwrap_or(0.0) }
    }

    fn class(&self, trial: &Trial) -> &'static str {
        match (self, trial.value()) {
            (Self::Rung, _) | (_, None) => legend::of_trial(trial),
            (Self::Value { direction, half, tenth }, Some(value)) => match direction.oriented(value) {
                value if value >= *tenth => "r3",
                value if value >= *half => "r2",
                _ => "r0",
            },
        }
    }

    fn entries(&self, story: &Story) -> Vec<Entry> {
        match self {
            Self::Rung => legend::rungs(story, |_| Mark::Line),
            Self::Value { .. } => [("r0", "worse half"), ("r2", "better half"), ("r3", "best tenth")]
                .map(|(class, words)| (class, Mark::Line, words.to_owned()))
                .to_vec(),
        }
    }
}

fn axis_of(axes: &Axes<'_>, axis: usize, name: &str) -> Markup {
    let x = axes.x(axis);
    html! {
        g.axis {
            line x1=(Px(x)) x2=(Px(x)) y1=(Px(TOP)) y2=(Px(BOTTOM)) {}
            text.name.middle x=(Px(x)) y="16" { title { (name) } (clipped(name, 16)) }
            @if axes.may_be_unset(axis) {
                line x1=(Px(x - 4.0)) x2=(Px(x + 4.0)) y1=(Px(UNSET)) y2=(Px(UNSET)) {}
                text.tick.end x=(Px(x - 7.0)) y=(Px(UNSET + 4.0)) { "unset" }
            }
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
