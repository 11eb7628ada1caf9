//! Learning curves: each trial's value from rung to rung.

use mabeam::{Trial, TrialState};
use maud::{Markup, html};

use super::chart::{Axis, Chart, Px, beyond, left_out, path, section, wide};
use super::legend::{self, Entry, Mark};
use super::notation::{count, number};
use super::scale::{Range, Scale, Tick};
use super::story::Story;

/// How many curves are drawn at most.
const MOST_CURVES: usize = 1_000;
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 360.0;

/// Draws the section.
pub(super) fn draw(story: &Story) -> Markup {
    let drawn = picture(story);
    let has_one_rung = story.state.config().schedule.rungs().len() == 1;
    section(
        "Learning curves",
        "Each line is a trial, from rung to rung; the axis of epochs is logarithmic.",
        drawn.as_ref(),
        if has_one_rung {
            "The study has one rung, so a trial has one value and no curve."
        } else {
            "No trial has reached a rung."
        },
    )
}

fn picture(story: &Story) -> Option<Markup> {
    let config = story.state.config();
    let rungs = config.schedule.rungs();
    if rungs.len() < 2 {
        return None;
    }
    let mut trials: Vec<&Trial> = story.state.trials().iter().filter(|trial| !trial.rungs.is_empty()).collect();
    let values = trials.iter().flat_map(|trial| trial.rungs.iter().map(|reached| reached.value));
    let range = Range::of(values, config.direction)?;
    let all = trials.len();
    // Those that went furthest are kept, and lie on top.
    trials.sort_by_key(|trial| (story.is_best(trial), trial.state == TrialState::Completed, trial.epochs()));
    let trials = trials.split_off(all.saturating_sub(MOST_CURVES));
    let (first, last) = (rungs.first().copied()?, rungs.last().copied()?);
    let scale = Scale::log(f64::from(first), f64::from(last));
    let chart = Chart::new(
        WIDTH,
        HEIGHT,
        Axis::with_ticks(scale, ticks(scale, rungs), "epochs"),
        Axis::of_values(range, 7, config.direction),
    );
    let inside = html! {
        @for trial in &trials {
            @let points = trial.rungs.iter().map(|reached| {
                (chart.x(f64::from(reached.epochs)), chart.y(reached.value))
            });
            @let class = class(story, trial);
            g {
                title { (told(trial)) }
                @if trial.rungs.len() > 1 { path.line.(class) d=(path(points.clone())) {} }
                @for (x, y) in points {
                    circle.dot.(class) cx=(Px(x)) cy=(Px(y)) r=(if class == "best" { "4" } else { "2" }) {}
                }
            }
        }
    };
    let picture = chart.draw("The value of each trial over its epochs", &inside);
    Some(html! {
        (legend::legend(&entries(story, &trials)))
        (wide(WIDTH, &picture))
        (beyond(range))
        (left_out(trials.len(), all, "curves", "those that went furthest"))
    })
}

fn entries(story: &Story, drawn: &[&Trial]) -> Vec<Entry> {
    let known = [
        ("best", "best trial"),
        ("completed", "completed"),
        ("failed", "failed later"),
        ("other", "stopped, waiting or running"),
    ];
    let is_there = |class: &str| drawn.iter().any(|trial| self::class(story, trial) == class);
    let there = known.into_iter().filter(|(class, _)| is_there(class));
    there.map(|(class, words)| (class, Mark::Line, words.to_owned())).collect()
}

fn class(story: &Story, trial: &Trial) -> &'static str {
    match trial.state {
        _ if story.is_best(trial) => "best",
        TrialState::Completed => "completed",
        TrialState::Failed => "failed",
        TrialState::Running | TrialState::Paused | TrialState::Stopped => "other",
    }
}

/// A tick per rung; of rungs that lie close together the higher ones.
fn ticks(scale: Scale, rungs: &[u32]) -> Vec<Tick> {
    let mut kept: Vec<Tick> = Vec::new();
    for epochs in rungs.iter().rev() {
        let value = f64::from(*epochs);
        if kept.last().is_none_or(|last| scale.place(last.value) - scale.place(value) > 0.06) {
            kept.push(Tick { value, label: count(u64::from(*epochs)) });
        }
    }
    kept.reverse();
    kept
}

fn told(trial: &Trial) -> String {
    let reached = trial.rungs.iter().map(|reached| format!("{} after {}", number(reached.value), reached.epochs));
    format!("trial {}: {} epochs", trial.id, reached.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests;
