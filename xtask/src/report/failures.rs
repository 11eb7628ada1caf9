//! What failed: how many trials, why, and which configurations are not tried any more.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mabeam::{Trial, TrialState};
use maud::{Markup, html};

use super::chart::left_out;
use super::notation::{clipped, count, counted};
use super::story::Story;

/// How many reasons and configurations are listed, how many trials of one, and how many characters of a reason.
const MOST_REASONS: usize = 8;
const MOST_CONFIGURATIONS: usize = 8;
const MOST_TRIALS: usize = 6;
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
                (quarantine(story))
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

/// Configurations that are not tried any more.
fn quarantine(story: &Story) -> Markup {
    let mut quarantined = story.state.quarantine();
    let all = quarantined.len();
    quarantined.sort_by_key(|one| Reverse(one.trials.len()));
    quarantined.truncate(MOST_CONFIGURATIONS);
    html! {
        @if all > 0 {
            h3 { "Quarantine" }
            p {
                "Configurations that failed " (counted(story.state.config().max_failures.into(), "time"))
                " are not tried any more; another one was tried in their place."
            }
            div.wide {
                table {
                    thead { tr { th { "failed" } th { "trials" } th { "configuration" } th { "latest reason" } } }
                    tbody {
                        @for one in &quarantined {
                            tr {
                                td.number { (counted(one.trials.len() as u64, "time")) }
                                td { (first_ones(one.trials)) }
                                td { code { (one.params.to_string()) } }
                                @let reason = one.reasons.last().copied().unwrap_or_default();
                                td.failure { (clipped(reason, MOST_OF_A_REASON)) }
                            }
                        }
                    }
                }
            }
            (left_out(quarantined.len(), all, "configurations", "those that failed most often"))
        }
    }
}

/// "3, 8, 12 and more".
fn first_ones(trials: &[u64]) -> String {
    let shown: Vec<String> = trials.iter().take(MOST_TRIALS).map(u64::to_string).collect();
    format!("{}{}", shown.join(", "), if trials.len() > MOST_TRIALS { " and more" } else { "" })
}
