//! Several objectives: the trials that no other one beats in everything.

use mabeam::{Direction, RungResult, Trial, TrialState};
use maud::{Markup, html};

use super::chart::{Axis, Chart, Px, beyond, left_out, path, thinned, wide};
use super::dimension::written;
use super::legend::{self, Mark};
use super::notation::{counted, number};
use super::proposer::Proposer;
use super::scale::{Range, Scale};
use super::story::Story;

/// How many dots are drawn and how many trials of the front are listed at most.
const MOST_DOTS: usize = 3_000;
const MOST_ROWS: usize = 100;
const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 380.0;

/// Draws the section; nothing where there is one objective.
pub(super) fn draw(story: &Story) -> Markup {
    let goals = &story.state.config().goals;
    html! {
        @if !goals.is_empty() {
            section {
                h2 { "Front" }
                @let front = story.state.front();
                @if front.is_empty() {
                    p.note { "No trial is completed with a value in every objective." }
                } @else {
                    p {
                        (counted(front.len() as u64, "trial")) " that no other one beats: none is at least as good in "
                        "every objective and better in one."
                    }
                    @if goals.len() == 1 { (picture(story, &front)) }
                    (table(story, &front))
                }
            }
        }
    }
}

/// The values of a completed trial in both of two objectives.
fn point(trial: &Trial) -> Option<(f64, f64)> {
    let reached: &RungResult = trial.rungs.last().filter(|_| trial.state == TrialState::Completed)?;
    Some((reached.value, *reached.further.first()?))
}

fn picture(story: &Story, front: &[&Trial]) -> Markup {
    let config = story.state.config();
    let Some(goal) = config.goals.first() else { return html! {} };
    let dominated: Vec<(&Trial, (f64, f64))> = (story.state.trials().iter())
        .filter(|trial| !front.iter().any(|other| other.id == trial.id))
        .filter_map(|trial| Some((trial, point(trial)?)))
        .collect();
    let mut best: Vec<(&Trial, (f64, f64))> = front.iter().filter_map(|trial| Some((*trial, point(trial)?))).collect();
    best.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let values = || dominated.iter().chain(&best).map(|(_, point)| *point);
    let ranges = (
        Range::of(values().map(|point| point.0), config.direction),
        Range::of(values().map(|point| point.1), goal.direction),
    );
    let (Some(across), Some(up)) = ranges else { return html! {} };
    let better = |direction: Direction| if direction == Direction::Maximize { "larger" } else { "smaller" };
    let chart = Chart::new(
        WIDTH,
        HEIGHT,
        Axis::new(Scale::linear(across.low, across.high), 8, format!("value ({} is better)", better(config.direction))),
        Axis::new(Scale::linear(up.low, up.high), 7, format!("{} ({} is better)", goal.name, better(goal.direction))),
    );
    let all = dominated.len();
    let dots = thinned(dominated, MOST_DOTS);
    let place = |point: (f64, f64)| (chart.x(point.0), chart.y(point.1));
    let inside = html! {
        @for (trial, at) in &dots {
            @let (x, y) = place(*at);
            circle.dot.other cx=(Px(x)) cy=(Px(y)) r="3" { title { (told(trial, *at)) } }
        }
        path.line.best.front d=(path(best.iter().map(|(_, at)| place(*at)))) {}
        @for (trial, at) in &best {
            @let (x, y) = place(*at);
            circle.dot.best cx=(Px(x)) cy=(Px(y)) r="5" { title { (told(trial, *at)) } }
        }
    };
    let entries = [
        ("best", Mark::Dot(5.0), "on the front".to_owned()),
        ("other", Mark::Dot(3.0), "another one is better in both".to_owned()),
    ];
    html! {
        (legend::legend(&entries))
        (wide(WIDTH, &chart.draw("The two objectives of each completed trial, and the front", &inside)))
        (beyond(across))
        (beyond(up))
        (left_out(dots.len(), all, "other trials", "evenly chosen ones"))
    }
}

fn told(trial: &Trial, (value, further): (f64, f64)) -> String {
    format!("trial {}: {} and {}", trial.id, number(value), number(further))
}

fn table(story: &Story, front: &[&Trial]) -> Markup {
    let config = story.state.config();
    let shown = &front[..front.len().min(MOST_ROWS)];
    html! {
        div.wide {
            table {
                thead {
                    tr {
                        th { "trial" } th { "by" } th { "value" }
                        @for goal in &config.goals { th { (goal.name) } }
                        th { "parameters" }
                    }
                }
                tbody {
                    @for trial in shown {
                        tr {
                            td.number { (trial.id) }
                            td { (Proposer::of(trial).name(config)) }
                            td.number { (trial.value().map_or_else(|| "–".to_owned(), number)) }
                            @for at in 0..config.goals.len() {
                                td.number {
                                    (trial.rungs.last().and_then(|reached| reached.further.get(at).copied())
                                        .map_or_else(|| "–".to_owned(), number))
                                }
                            }
                            td {
                                @for (name, value) in trial.params.iter() { (name) "=" (written(value)) " " }
                            }
                        }
                    }
                }
            }
        }
        (left_out(shown.len(), front.len(), "trials of the front", "the first ones"))
    }
}
