//! Every trial in a row of its own.

use mabeam::{Parameter, Trial, TrialState};
use maud::{Markup, html};

use super::chart::left_out;
use super::dimension::written;
use super::notation::{count, number};
use super::proposer::Proposer;
use super::story::Story;

/// How many rows there are at most.
const MOST_ROWS: usize = 10_000;
/// Up to how many parameters get a column each; more are joined in one.
const MOST_COLUMNS: usize = 12;

/// Draws the section.
pub(super) fn draw(story: &Story) -> Markup {
    let trials = story.state.trials();
    let shown = &trials[..trials.len().min(MOST_ROWS)];
    html! {
        section {
            h2 { "All trials" }
            @if trials.is_empty() {
                p.note { "No trial was started." }
            } @else {
                details {
                    summary { "Table of " (count(trials.len() as u64)) @if trials.len() == 1 { " trial" } @else { " trials" } }
                    (left_out(shown.len(), trials.len(), "trials", "the first ones"))
                    (table(story, shown))
                }
            }
        }
    }
}

fn table(story: &Story, trials: &[Trial]) -> Markup {
    let parameters = story.state.config().space.parameters();
    let columns = (parameters.len() <= MOST_COLUMNS).then_some(parameters);
    html! {
        div.wide {
            table.trials {
                thead {
                    tr {
                        th { "trial" } th { "by" } th { "state" } th { "rung" } th { "epochs" } th { "value" }
                        @if columns.is_none() { th { "parameters" } }
                        @for parameter in columns.unwrap_or_default() { th { (parameter.name()) } }
                        th { "seconds" } th { "agent" } th { "failure" }
                    }
                }
                tbody {
                    @for trial in trials {
                        tr.best[story.is_best(trial)] {
                            td.number { (trial.id) @if story.is_best(trial) { " (best)" } }
                            td { (Proposer::of(trial).name(story.state.config())) }
                            td { (state(trial.state)) }
                            td.number { @if let Some(reached) = trial.rungs.last() { (reached.rung) } @else { "–" } }
                            td.number { (trial.epochs()) }
                            @match trial.value() {
                                Some(value) => td.number title=(format!("{value:?}")) { (number(value)) },
                                None => td.number { "–" },
                            }
                            (params(trial, columns))
                            td.number { (format!("{:.2}", trial.seconds)) }
                            td.number { @if let Some(agent) = trial.agent { (agent) } @else { "–" } }
                            td.failure { @if let Some(failure) = &trial.failure { (failure) } }
                        }
                    }
                }
            }
        }
    }
}

/// The cells of a trial's parameters: one each, or all of them in one.
fn params(trial: &Trial, columns: Option<&[Parameter]>) -> Markup {
    let all = || trial.params.iter().map(|(name, value)| format!("{name}={}", written(value))).collect::<Vec<_>>();
    html! {
        @if columns.is_none() { td { (all().join(" ")) } }
        @for parameter in columns.unwrap_or_default() {
            td.number { @if let Some(value) = trial.params.get(parameter.name()) { (written(value)) } @else { "–" } }
        }
    }
}

/// What a trial is doing, in a word.
pub(super) fn state(state: TrialState) -> &'static str {
    match state {
        TrialState::Running => "running",
        TrialState::Paused => "waiting",
        TrialState::Completed => "completed",
        TrialState::Stopped => "stopped",
        TrialState::Failed => "failed",
    }
}
