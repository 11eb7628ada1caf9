//! What failed: how many trials, why, and which configurations did so more than once.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mabeam::{Trial, TrialState};
use maud::{Markup, html};

use super::chart::left_out;
use super::notation::{clipped, count, counted};
use super::story::Story;

/// How many reasons and configurations are listed, and how many characters of a reason.
const MOST_REASONS: usize = 8;
const MOST_CONFIGURATIONS: usize = 8;
const MOST_OF_A_REASON: usize = 300;

/// Draws the section; nothing where no trial failed.
pub(super) fn draw(story: &Story) -> Markup {
    let failed: Vec<&Trial> = story.state.trials().iter().filter(|trial| trial.state == TrialState::Failed).collect();
    html! {
        @if !failed.is_empty() {
            section {
                h2 { "Failures" }
                p {
                    (counted(failed.len() as u64, "trial")) " of " (count(story.state.trials().len() as u64))
                    " failed. Samplers keep away from where trials failed."
                }
                (reasons(&failed))
                (again(&failed))
            }
        }
    }
}

/// Why, the most frequent reasons first.
fn reasons(failed: &[&Trial]) -> Markup {
    let mut reasons: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for trial in failed {
        reasons.entry(trial.failure.as_deref().unwrap_or("no reason was given")).or_default().push(trial.id);
    }
    let mut reasons: Vec<(&str, Vec<u64>)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, trials)| Reverse(trials.len()));
    let all = reasons.len();
    reasons.truncate(MOST_REASONS);
    html! {
        div.wide {
            table {
                thead { tr { th { "trials" } th { "reason" } th { "for example" } } }
                tbody {
                    @for (reason, trials) in &reasons {
                        tr {
                            td.number { (count(trials.len() as u64)) }
                            td.failure { (clipped(reason, MOST_OF_A_REASON)) }
                            td.number { "trial " (trials[0]) }
                        }
                    }
                }
            }
        }
        (left_out(reasons.len(), all, "reasons", "the most frequent ones"))
    }
}

/// Configurations that failed more than once.
fn again(failed: &[&Trial]) -> Markup {
    let mut tried: BTreeMap<String, u64> = BTreeMap::new();
    for trial in failed {
        *tried.entry(trial.params.to_string()).or_default() += 1;
    }
    let mut tried: Vec<(String, u64)> = tried.into_iter().filter(|(_, times)| *times > 1).collect();
    tried.sort_by_key(|(_, times)| Reverse(*times));
    let all = tried.len();
    tried.truncate(MOST_CONFIGURATIONS);
    html! {
        @if all > 0 {
            h3 { "Configurations that failed more than once" }
            div.wide {
                table {
                    thead { tr { th { "times" } th { "configuration" } } }
                    tbody { @for (params, times) in &tried { tr { td.number { (count(*times)) } td { code { (params) } } } } }
                }
            }
            (left_out(tried.len(), all, "configurations", "those that failed most often"))
        }
    }
}
