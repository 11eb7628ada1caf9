//! Who proposed the trials: how many, how good, and how the shares changed over time.

use mabeam::{Trial, TrialState};
use maud::{Markup, html};

use super::chart::{Axis, Chart, Px, path, wide};
use super::legend::{self, Entry, Mark};
use super::notation::{count, counted, number};
use super::progress::{best_so_far, staircase};
use super::proposer::{self, Proposer};
use super::scale::{Range, Scale, Tick};
use super::story::{RungValue, Story};

/// Into how many columns the trials are put at most.
const MOST_COLUMNS: usize = 40;
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 260.0;

/// Draws the section; nothing where one sampler proposed everything.
pub(super) fn draw(story: &Story) -> Markup {
    let proposers = proposer::all(story);
    html! {
        @if proposers.len() > 1 {
            section {
                h2 { "Who proposed" }
                (table(story, &proposers))
                (shares(story, &proposers))
                (bests(story, &proposers))
            }
        }
    }
}

fn table(story: &Story, proposers: &[Proposer]) -> Markup {
    let state = &story.state;
    let direction = state.config().direction;
    let started = state.n_started().max(1) as f64;
    html! {
        div.wide {
            table.numbers {
                thead {
                    tr {
                        th { "by" } th { "trials" } th { "of all started" } th { "completed" } th { "failed" }
                        th { "best value" } th { "its trial" }
                    }
                }
                tbody {
                    @for by in proposers {
                        @let trials: Vec<&Trial> = of(story, *by).collect();
                        @let in_state = |state| trials.iter().filter(|trial| trial.state == state).count() as u64;
                        @let best = trials.iter().filter(|trial| trial.state == TrialState::Completed)
                            .filter_map(|trial| Some((direction.oriented(trial.value()?), *trial)))
                            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.id.cmp(&a.1.id)));
                        tr {
                            td { (by.name(state.config())) }
                            td.number { (count(trials.len() as u64)) }
                            td.number {
                                @if *by == Proposer::Imported { "–" }
                                @else { (format!("{:.0} %", 100.0 * trials.len() as f64 / started)) }
                            }
                            td.number { (count(in_state(TrialState::Completed))) }
                            td.number { (count(in_state(TrialState::Failed))) }
                            @match best {
                                Some((_, best)) => {
                                    td.number { (best.value().map_or_else(String::new, number)) }
                                    td.number { (best.id) }
                                }
                                None => { td.number { "–" } td.number { "–" } }
                            }
                        }
                    }
                }
            }
        }
        p.note { (words(proposers)) }
    }
}

/// What the names mean that are no sampler's.
fn words(proposers: &[Proposer]) -> String {
    let known = [
        (Proposer::Enqueued, "Enqueued: a configuration that somebody wanted to be tried."),
        (Proposer::Descended, "Descended: begun from another trial's checkpoint, with parameters near that one's."),
        (Proposer::Imported, "Imported: known before the study; it cost no epochs."),
    ];
    let there = known.into_iter().filter(|(by, _)| proposers.contains(by));
    there.map(|(_, words)| words).collect::<Vec<_>>().join(" ")
}

fn of(story: &Story, by: Proposer) -> impl Iterator<Item = &Trial> {
    story.state.trials().iter().filter(move |trial| Proposer::of(trial) == by)
}

/// Columns of equally many trials, each divided among those who proposed them.
fn shares(story: &Story, proposers: &[Proposer]) -> Markup {
    let started: Vec<Proposer> =
        story.state.trials().iter().map(Proposer::of).filter(|by| *by != Proposer::Imported).collect();
    let there: Vec<Proposer> = proposers.iter().copied().filter(|by| *by != Proposer::Imported).collect();
    if started.is_empty() || there.len() < 2 {
        return html! {};
    }
    // Columns as wide as at least four trials tell a share; the last one may be narrower.
    let width = started.len().div_ceil(MOST_COLUMNS).max(4);
    let percents = [0.0, 0.25, 0.5, 0.75, 1.0];
    let ticks = percents.map(|share| Tick { value: share, label: format!("{:.0} %", share * 100.0) });
    let chart = Chart::new(
        WIDTH,
        HEIGHT,
        Axis::new(Scale::linear(0.0, started.len() as f64), 9, "trials started"),
        Axis::with_ticks(Scale::linear(0.0, 1.0), ticks.to_vec(), "share of trials"),
    );
    let inside = html! {
        @for (at, column) in started.chunks(width).enumerate() {
            @let (left, right) = (chart.x((at * width) as f64), chart.x((at * width + column.len()) as f64));
            @for (by, from, to) in stacked(column, &there) {
                @let (top, bottom) = (chart.y(to), chart.y(from));
                rect.bar.(by.class()) x=(Px(left)) y=(Px(top)) width=(Px((right - left - 1.0).max(0.5)))
                    height=(Px((bottom - top - 0.6).max(0.4))) {
                    title {
                        (by.name(story.state.config())) ": "
                        (counted(((to - from) * column.len() as f64).round() as u64, "trial")) " of " (column.len())
                    }
                }
            }
        }
    };
    let entries: Vec<Entry> =
        there.iter().map(|by| (by.class(), Mark::Box, by.name(story.state.config()).to_owned())).collect();
    html! {
        h3 { "Shares over time" }
        p.what { "Each column is " (counted(width as u64, "trial")) " that were started one after the other." }
        (legend::legend(&entries))
        (wide(WIDTH, &chart.draw("Who proposed the trials, over time", &inside)))
    }
}

/// Who has which part of a column, from 0 to 1 upwards.
fn stacked(column: &[Proposer], proposers: &[Proposer]) -> Vec<(Proposer, f64, f64)> {
    let mut parts = Vec::new();
    let mut below = 0;
    for by in proposers {
        let n = column.iter().filter(|other| *other == by).count();
        if n > 0 {
            let part = |n: usize| n as f64 / column.len() as f64;
            parts.push((*by, part(below), part(below + n)));
        }
        below += n;
    }
    parts
}

/// The best completed trial so far of each who proposed.
fn bests(story: &Story, proposers: &[Proposer]) -> Markup {
    let config = story.state.config();
    let values = story.values();
    let lines: Vec<(Proposer, Vec<RungValue<'_>>)> = proposers
        .iter()
        .map(|by| (*by, best_so_far(story, values.iter().filter(|value| Proposer::of(value.trial) == *by))))
        .filter(|(_, steps)| !steps.is_empty())
        .collect();
    let reached = lines.iter().flat_map(|(_, steps)| steps.iter().map(|step| step.value));
    let Some(range) = Range::of(reached, config.direction).filter(|_| lines.len() > 1) else { return html! {} };
    let spent = values.last().map_or(1, |last| last.spent.max(1));
    let chart = Chart::new(
        WIDTH,
        HEIGHT + 60.0,
        Axis::new(Scale::linear(0.0, spent as f64), 9, "epochs spent by all"),
        Axis::of_values(range, 7, config.direction),
    );
    let inside = html! {
        @for (by, steps) in &lines {
            path.line.(by.class()) d=(path(staircase(&chart, steps))) { title { (by.name(config)) } }
            @for step in steps {
                circle.dot.(by.class()) cx=(Px(chart.x(step.spent as f64))) cy=(Px(chart.y(step.value))) r="3.2" {
                    title { (by.name(config)) ": trial " (step.trial.id) ", " (number(step.value)) }
                }
            }
        }
    };
    let entries: Vec<Entry> =
        lines.iter().map(|(by, _)| (by.class(), Mark::Line, by.name(config).to_owned())).collect();
    html! {
        h3 { "Best so far of each" }
        p.what { "The best completed trial of each; samplers see each other's trials, so none works alone." }
        (legend::legend(&entries))
        (wide(WIDTH, &chart.draw("The best completed trial so far by who proposed it", &inside)))
        (super::chart::beyond(range))
    }
}

#[cfg(test)]
mod tests;
