//! What a study found: for people as a table, for scripts as JSON.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use mabeam::{Market, ParamValue, Params, ProposalState, StudyState, Trial, TrialState, VariableState};
use serde::Serialize;

use super::resources::Usage;
use crate::args::Composition;
use crate::console::Console;

/// The variables of a study, by their names.
pub(crate) type Variables = [(String, VariableState)];

/// The JSON of `run`: names that scripts rely on, units in the names.
#[derive(Debug, Serialize)]
pub(crate) struct Found {
    study: String,
    seed: u64,
    slots: u32,
    composition: &'static str,
    resumed: bool,
    restarts: u64,
    trials: Vec<FoundTrial>,
    best: Option<FoundBest>,
    test_value: Option<f64>,
    baselines: BTreeMap<String, f64>,
    budget: Budget,
    /// Where several samplers bid.
    ledger: Option<FoundLedger>,
    variables: Vec<FoundVariable>,
    /// What critics trained, apart from the budget.
    critics: FoundCritics,
    events: usize,
    wall_s: f64,
    cpu_s: f64,
    max_rss_bytes: u64,
}

#[derive(Debug, Serialize)]
struct FoundTrial {
    id: u64,
    agent: Option<u32>,
    /// Who proposed it: a sampler of the team, or nobody of it.
    sampler: Option<String>,
    params: BTreeMap<String, ParamValue>,
    state: TrialState,
    /// The highest rung it reached, counted from 0.
    rung: Option<usize>,
    epochs: u32,
    value: Option<f64>,
    /// The value on each rung it reached.
    values: Vec<f64>,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Debug, Serialize)]
struct FoundBest {
    trial: u64,
    params: BTreeMap<String, ParamValue>,
    value: f64,
}

#[derive(Debug, Serialize)]
struct FoundLedger {
    minted: u64,
    balances: BTreeMap<String, u64>,
    house: u64,
    escrow: u64,
}

#[derive(Debug, Serialize)]
struct FoundVariable {
    name: String,
    version: u64,
    value: Option<serde_json::Value>,
    votes_for: u32,
    votes_against: u32,
    proposals: usize,
    refused: usize,
}

#[derive(Debug, Serialize)]
struct FoundCritics {
    critics: u32,
    evaluations: usize,
    epochs: u64,
    cpu_s: f64,
}

#[derive(Debug, Serialize)]
struct Budget {
    granted: u64,
    spent: u64,
    wasted: u64,
    unit: &'static str,
}

/// What is known of a run besides the study.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub(crate) composition: Composition,
    pub(crate) resumed: bool,
    pub(crate) events: usize,
    pub(crate) wall_s: f64,
    pub(crate) usage: Usage,
}

impl Found {
    /// Collects what a finished study found.
    pub(crate) fn collect(state: &StudyState, variables: &Variables, circumstances: Circumstances) -> Self {
        let config = state.config();
        let epochs = state.epochs();
        let evaluated = |label: &str| state.evaluations().iter().rev().find(|e| e.label == label).map(|e| e.value);
        Self {
            study: config.name.clone(),
            seed: config.seed,
            slots: config.slots,
            composition: circumstances.composition.name(),
            resumed: circumstances.resumed,
            restarts: state.restarts(),
            trials: state.trials().iter().map(|trial| found_trial(trial, state)).collect(),
            best: state.best().and_then(|trial| {
                Some(FoundBest { trial: trial.id, params: plain(&trial.params), value: trial.value()? })
            }),
            test_value: evaluated("test"),
            baselines: state
                .evaluations()
                .iter()
                .filter(|evaluated| evaluated.label != "test")
                .map(|evaluated| (evaluated.label.clone(), evaluated.value))
                .collect(),
            budget: Budget { granted: epochs.granted, spent: epochs.spent, wasted: epochs.wasted, unit: "epochs" },
            ledger: state.market().map(|market| found_ledger(state, market)),
            variables: variables.iter().map(|(name, variable)| found_variable(name, variable)).collect(),
            critics: FoundCritics {
                critics: config.critics,
                evaluations: state.judgements().len(),
                epochs: state.judgements().iter().map(|judged| judged.epochs).sum(),
                cpu_s: state.judgements().iter().filter_map(|judged| judged.cpu_s).sum(),
            },
            events: circumstances.events,
            wall_s: circumstances.wall_s,
            cpu_s: circumstances.usage.cpu_s,
            max_rss_bytes: circumstances.usage.max_rss_bytes,
        }
    }
}

fn found_ledger(state: &StudyState, market: &Market) -> FoundLedger {
    let ledger = market.ledger();
    let names = state.config().team.members.iter().map(|member| member.name.clone());
    FoundLedger {
        minted: ledger.minted(),
        balances: names.zip(ledger.balances().iter().copied()).collect(),
        house: ledger.house(),
        escrow: ledger.escrow(),
    }
}

fn found_variable(name: &str, variable: &VariableState) -> FoundVariable {
    let tally = variable.current().map(|proposal| proposal.poll.tally());
    let is_refused = |proposal: &&mabeam::Proposal| proposal.state == ProposalState::Refused;
    FoundVariable {
        name: name.to_owned(),
        version: variable.version(),
        value: variable.value().cloned(),
        votes_for: tally.map_or(0, |tally| tally.in_favour),
        votes_against: tally.map_or(0, |tally| tally.against),
        proposals: variable.proposals().len(),
        refused: variable.proposals().iter().filter(is_refused).count(),
    }
}

fn found_trial(trial: &Trial, state: &StudyState) -> FoundTrial {
    let member = trial.member.and_then(|member| state.config().team.members.get(member as usize));
    FoundTrial {
        id: trial.id,
        agent: trial.agent,
        sampler: member.map(|member| member.name.clone()),
        params: plain(&trial.params),
        state: trial.state,
        rung: trial.rungs.last().map(|reached| reached.rung),
        epochs: trial.epochs(),
        value: trial.value(),
        values: trial.rungs.iter().map(|reached| reached.value).collect(),
        seconds: trial.seconds,
        failure: trial.failure.clone(),
    }
}

fn plain(params: &Params) -> BTreeMap<String, ParamValue> {
    params.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// Prints the end of a study: what was found, against the baselines, and where the epochs went.
pub(crate) fn print(console: Console, state: &StudyState, variables: &Variables) {
    let evaluated = |label: &str| {
        let found = state.evaluations().iter().rev().find(|evaluated| evaluated.label == label);
        found.map_or_else(|| "-".to_owned(), |evaluated| format!("{:.4}", evaluated.value))
    };
    let Some(best) = state.best() else {
        console.line(format!(
            "No trial reached the last rung: {} failed, {} were stopped.",
            state.count(TrialState::Failed),
            state.count(TrialState::Stopped)
        ));
        return;
    };
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    let value = best.value().map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let named = format!("best, trial {}", best.id);
    // What a program is worth on data that it has not seen is its own affair.
    let is_tested = state.evaluations().iter().any(|evaluated| evaluated.label == "test");
    if is_tested {
        table.set_header(["configuration", "validation", "test"]).add_row([named, value, evaluated("test")]);
    } else {
        table.set_header(["configuration", "value"]).add_row([named, value]);
    }
    for (words, label) in [("random search, same budget", "random"), ("default", "default")] {
        if state.evaluations().iter().any(|evaluated| evaluated.label == label) {
            table.add_row([words.to_owned(), evaluated(label), evaluated(&format!("{label}_test"))]);
        }
    }
    for column in 1..3 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    console.line(table.to_string());
    let params: Vec<String> = best.params.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect();
    console.line(format!("Best parameters: {}.", params.join(", ")));
    let epochs = state.epochs();
    console.line(format!(
        "{} trials: {} completed, {} stopped, {} failed. {} of {} epochs spent, {} beside the budget lost to interruptions.",
        state.trials().len(),
        state.count(TrialState::Completed),
        state.count(TrialState::Stopped),
        state.count(TrialState::Failed),
        epochs.spent,
        state.config().budget,
        epochs.wasted,
    ));
    if let Some(market) = state.market() {
        console.line(market_line(state, market));
    }
    for (name, variable) in variables {
        console.line(variable_line(name, variable, state));
    }
}

fn market_line(state: &StudyState, market: &Market) -> String {
    let ledger = market.ledger();
    let members = state.config().team.members.iter().zip(market.records()).zip(ledger.balances());
    let members: Vec<String> = members
        .map(|((member, record), balance)| format!("{} {} trials, {balance} units", member.name, record.starts))
        .collect();
    format!(
        "Market: {}; house {}, escrow {}; {} of {} units there.",
        members.join("; "),
        ledger.house(),
        ledger.escrow(),
        ledger.total(),
        ledger.minted()
    )
}

fn variable_line(name: &str, variable: &VariableState, state: &StudyState) -> String {
    let judgements = state.judgements();
    let epochs: u64 = judgements.iter().map(|judged| judged.epochs).sum();
    let cpu_s: f64 = judgements.iter().filter_map(|judged| judged.cpu_s).sum();
    let trial = variable.value().and_then(|value| value.get("trial")).and_then(serde_json::Value::as_u64);
    let stands = trial.map_or_else(|| "no value".to_owned(), |trial| format!("trial {trial}"));
    let votes = variable.current().map(|proposal| proposal.poll.tally());
    let votes = votes.map_or_else(String::new, |tally| format!(" by {} votes to {}", tally.in_favour, tally.against));
    format!(
        "Variable {name}: {stands}{votes}, version {} of {} proposals. Critics trained {epochs} epochs in {cpu_s:.2} s of \
         processor time, beside the budget.",
        variable.version(),
        variable.proposals().len(),
    )
}

/// A value with the digits that a person reads.
fn shown(value: &ParamValue) -> String {
    match value {
        ParamValue::Float(float) => format!("{float:.4e}"),
        other => other.to_string(),
    }
}
