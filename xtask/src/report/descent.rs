//! Brackets, and who descends from whom.

use std::collections::BTreeSet;

use mabeam::{Schedule, Trial, TrialState};
use maud::{Markup, html};

use super::chart::{Axis, Chart, Px, left_out, section, wide};
use super::legend::{self, Mark};
use super::notation::{count, counted, number};
use super::scale::{Scale, Tick};
use super::story::Story;

/// How many places of a population are drawn at most.
const MOST_PLACES: usize = 60;
const WIDTH: f64 = 860.0;
const ROW: f64 = 18.0;

/// Draws the sections that the schedule has.
pub(super) fn draw(story: &Story) -> Markup {
    html! {
        @if story.state.config().schedule.brackets() > 1 { (brackets(story)) }
        @if matches!(story.state.config().schedule, Schedule::Pbt(_)) { (lineage(story)) }
    }
}

fn brackets(story: &Story) -> Markup {
    let config = story.state.config();
    let of = |bracket: u32| {
        story.state.trials().iter().filter(move |trial| trial.bracket == bracket && trial.from.is_none())
    };
    html! {
        section {
            h2 { "Brackets" }
            p { "Trials of a bracket are first judged on its own first rung, and compared with each other alone." }
            div.wide {
                table.numbers {
                    thead {
                        tr {
                            th { "bracket" } th { "first judged after" } th { "trials" } th { "completed" }
                            th { "best value" }
                        }
                    }
                    tbody {
                        @for bracket in 0..config.schedule.brackets() {
                            @let completed = of(bracket).filter(|trial| trial.state == TrialState::Completed);
                            @let best = completed.clone().filter_map(Trial::value)
                                .max_by(|a, b| config.direction.oriented(*a).total_cmp(&config.direction.oriented(*b)));
                            tr {
                                td.number { (bracket) }
                                td.number { (counted(config.schedule.epochs_at(bracket as usize).into(), "epoch")) }
                                td.number { (count(of(bracket).count() as u64)) }
                                td.number { (count(completed.count() as u64)) }
                                td.number { (best.map_or_else(|| "–".to_owned(), number)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The row of each trial: a child has that of the trial it replaces. `None` for what is known from elsewhere.
fn places(trials: &[Trial]) -> Vec<Option<usize>> {
    let mut places: Vec<Option<usize>> = Vec::with_capacity(trials.len());
    let mut next = 0;
    for trial in trials {
        let replaced = trial.parent.and_then(|parent| places.get(parent.replaces as usize).copied().flatten());
        places.push(match (replaced, &trial.from) {
            (Some(place), _) => Some(place),
            (None, Some(_)) => None,
            (None, None) => {
                next += 1;
                Some(next - 1)
            }
        });
    }
    places
}

/// The trial and those that it descends from.
fn ancestry(trials: &[Trial], of: u64) -> BTreeSet<u64> {
    std::iter::successors(Some(of), |trial| Some(trials.get(*trial as usize)?.parent?.trial)).collect()
}

fn lineage(story: &Story) -> Markup {
    let drawn = (!story.state.trials().is_empty()).then(|| population(story));
    section(
        "Descent",
        "Each row is a place of the population, each bar a trial over the epochs that it was trained. A weak one ends \
         where another begins in its place: from the checkpoint of a strong one, to whose dot the thin line leads, and with \
         parameters near that one's.",
        drawn.as_ref(),
        "No trial was started.",
    )
}

fn population(story: &Story) -> Markup {
    let trials = story.state.trials();
    let places = places(trials);
    let all = places.iter().flatten().max().map_or(0, |last| last + 1);
    let shown = all.min(MOST_PLACES);
    let line = story.state.best().map(|best| ancestry(trials, best.id)).unwrap_or_default();
    let last = story.state.config().schedule.last_rung();
    let rows = (0..shown).map(|place| Tick { value: -(place as f64), label: place.to_string() }).collect();
    let chart = Chart::new(
        WIDTH,
        60.0 + ROW * shown as f64,
        Axis::new(Scale::linear(0.0, f64::from(last)), 9, "epochs"),
        Axis::with_ticks(Scale::linear(0.5 - shown as f64, 0.5), rows, "place"),
    );
    let y = |place: usize| chart.y(-(place as f64));
    let there: Vec<(&Trial, usize)> = trials
        .iter()
        .zip(&places)
        .filter_map(|(trial, place)| Some((trial, (*place)?)))
        .filter(|(_, place)| *place < shown)
        .collect();
    let inside = html! {
        @for (trial, place) in &there {
            @let class = class(trial, &line);
            @let until = trial.epochs().max(trial.inherited_epochs);
            @let (from, to) = (chart.x(f64::from(trial.inherited_epochs)), chart.x(f64::from(until)));
            rect.bar.(class) x=(Px(from)) y=(Px(y(*place) - 5.0)) width=(Px((to - from - 1.2).max(1.2))) height="10" {
                title { (told(trial)) }
            }
        }
        @for (trial, place) in &there {
            @let above = trial.parent.and_then(|parent| places.get(parent.trial as usize).copied().flatten());
            @if let Some(above) = above.filter(|above| *above < shown) {
                @let x = chart.x(f64::from(trial.inherited_epochs));
                line.descent.best[line.contains(&trial.id)] x1=(Px(x)) x2=(Px(x)) y1=(Px(y(above)))
                    y2=(Px(y(*place))) {}
                circle.source cx=(Px(x)) cy=(Px(y(above))) r="3" {}
            }
        }
    };
    let mut entries = vec![("completed", Mark::Box, "trial".to_owned())];
    if !line.is_empty() {
        entries.push(("best", Mark::Box, "best trial and those it descends from".to_owned()));
    }
    if there.iter().any(|(trial, _)| trial.state == TrialState::Failed) {
        entries.push(("failed", Mark::Box, "failed".to_owned()));
    }
    html! {
        (legend::legend(&entries))
        (wide(WIDTH, &chart.draw("Which trial descends from which", &inside)))
        (left_out(shown, all, "places", "the first ones"))
    }
}

fn class(trial: &Trial, line: &BTreeSet<u64>) -> &'static str {
    match trial.state {
        _ if line.contains(&trial.id) => "best",
        TrialState::Failed => "failed",
        _ => "completed",
    }
}

fn told(trial: &Trial) -> String {
    let value = trial.value().map_or_else(|| "no value".to_owned(), |value| format!("value {}", number(value)));
    let from = trial.parent.map_or_else(String::new, |parent| {
        format!(
            ", from trial {} after {} epochs in the place of trial {}",
            parent.trial, trial.inherited_epochs, parent.replaces
        )
    });
    format!("trial {}{from}: {value}", trial.id)
}

#[cfg(test)]
mod tests;
