//! What critics decided: each proposal for a variable with its votes, and what judging took beside the budget.

use std::collections::BTreeMap;

use mabeam::{Ballot, Judged, Proposal, ProposalState, VariableState};
use maud::{Markup, html};

use super::chart::left_out;
use super::notation::{clipped, count, counted, duration, number};
use super::story::Story;

/// How many proposals of a variable are shown at most, and how many ballots of each.
const MOST_PROPOSALS: usize = 200;
const MOST_BALLOTS: usize = 20;
/// How many characters of a reason, or of a value that is not a configuration, are shown.
const MOST_OF_A_TEXT: usize = 200;

/// Draws the sections: one a variable, and what the critics took.
pub(super) fn draw(story: &Story, variables: &[(String, VariableState)]) -> Markup {
    html! {
        @for (name, variable) in variables { (votes(name, variable)) }
        (critics(story))
    }
}

fn votes(name: &str, variable: &VariableState) -> Markup {
    let proposals = variable.proposals();
    let shown = &proposals[proposals.len().saturating_sub(MOST_PROPOSALS)..];
    html! {
        section {
            h2 { "Votes on " (name) }
            @if proposals.is_empty() {
                p.note { "Nothing was proposed." }
            } @else {
                p {
                    (counted(proposals.len() as u64, "proposal")) ", of which "
                    (count(variable.version())) " became the value. "
                    "Votes are counted over everybody who was entitled when the proposal was made; whoever does not "
                    "vote counts as not in favour."
                }
                div.wide {
                    table.votes {
                        thead {
                            tr {
                                th { "proposal" } th { "trial" } th { "value" } th { "by" } th { "for" }
                                th { "against" } th { "came of it" } th { "votes, how sure, and why" }
                            }
                        }
                        tbody { @for proposal in shown { (row(proposal)) } }
                    }
                }
                (left_out(shown.len(), proposals.len(), "proposals", "the latest ones"))
            }
        }
    }
}

fn row(proposal: &Proposal) -> Markup {
    let tally = proposal.poll.tally();
    let ballots = proposal.poll.ballots();
    let known = |key: &str| proposal.value.get(key);
    let (class, words) = outcome(proposal.state);
    html! {
        tr {
            td.number { (proposal.id) }
            @match known("trial").and_then(serde_json::Value::as_u64) {
                Some(trial) => td.number { (trial) },
                None => td { code { (clipped(&proposal.value.to_string(), MOST_OF_A_TEXT)) } },
            }
            td.number { (known("value").and_then(serde_json::Value::as_f64).map_or_else(|| "–".to_owned(), number)) }
            td { (proposal.proposer) }
            td.number { (count(tally.in_favour.into())) " of " (count(tally.entitled.into())) }
            td.number { (count(tally.against.into())) }
            td.(class) { (words) }
            td.ballots {
                ul { @for ballot in ballots.iter().take(MOST_BALLOTS) { li { (cast(ballot)) } } }
                @if ballots.len() > MOST_BALLOTS {
                    "and " (counted((ballots.len() - MOST_BALLOTS) as u64, "more vote"))
                }
                @if ballots.is_empty() { "nobody voted" }
            }
        }
    }
}

fn cast(ballot: &Ballot) -> Markup {
    let how = if ballot.accept { "for" } else { "against" };
    let sure = f64::from(ballot.confidence.per_mille()) / 10.0;
    html! { (ballot.voter) ": " b { (how) } ", " (number(sure)) " % sure: " (clipped(&ballot.reason, MOST_OF_A_TEXT)) }
}

fn outcome(state: ProposalState) -> (&'static str, String) {
    match state {
        ProposalState::Open => ("open-vote", "open".to_owned()),
        ProposalState::Committed { version } => ("committed", format!("committed as version {version}")),
        ProposalState::Refused => ("refused", "refused".to_owned()),
        ProposalState::Superseded { by } => ("refused", format!("overtaken by version {by}")),
    }
}

/// What one critic did.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Work {
    judged: u64,
    failed: u64,
    epochs: u64,
    seconds: f64,
    /// `None` where nobody measured it.
    cpu_s: Option<f64>,
}

impl Work {
    fn add(&mut self, judged: &Judged) {
        self.judged += 1;
        self.failed += u64::from(judged.value.is_none());
        self.epochs = self.epochs.saturating_add(judged.epochs);
        self.seconds += judged.seconds;
        if let Some(cpu_s) = judged.cpu_s {
            self.cpu_s = Some(self.cpu_s.unwrap_or(0.0) + cpu_s);
        }
    }
}

fn critics(story: &Story) -> Markup {
    let mut works: BTreeMap<u32, Work> = BTreeMap::new();
    let mut together = Work::default();
    for judged in story.state.judgements() {
        works.entry(judged.critic).or_default().add(judged);
        together.add(judged);
    }
    let cpu = |work: &Work| work.cpu_s.map_or_else(|| "–".to_owned(), duration);
    let rows = works.iter().map(|(critic, work)| (critic.to_string(), *work));
    let rows: Vec<(String, Work)> = rows.chain([("together".to_owned(), together)]).collect();
    html! {
        @if !works.is_empty() || story.state.config().critics > 0 {
            section {
                h2 { "Critics" }
                @if works.is_empty() {
                    p.note { (counted(story.state.config().critics.into(), "critic")) ", who have judged nothing." }
                } @else {
                    p { "What critics trained to judge, on data of their own. It is not part of the study's budget." }
                    div.wide {
                        table.numbers {
                            thead {
                                tr {
                                    th { "critic" } th { "judged" } th { "could not" } th { "epochs" } th { "time" }
                                    th { "processor" }
                                }
                            }
                            tbody {
                                @for (name, work) in &rows {
                                    tr.sum[name == "together"] {
                                        td { (name) }
                                        td.number { (count(work.judged)) }
                                        td.number { (count(work.failed)) }
                                        td.number { (count(work.epochs)) }
                                        td.number { (duration(work.seconds)) }
                                        td.number { (cpu(work)) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
