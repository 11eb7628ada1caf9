//! What a study found: for people as a table, for scripts as JSON.

use std::collections::BTreeMap;

use comfy_table::{CellAlignment, Table, presets};
use mabeam::{ParamValue, Params, StudyState, Trial, TrialState};
use serde::Serialize;

use super::resources::Usage;
use crate::args::Composition;
use crate::console::Console;

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
    events: usize,
    wall_s: f64,
    cpu_s: f64,
    max_rss_bytes: u64,
}

#[derive(Debug, Serialize)]
struct FoundTrial {
    id: u64,
    agent: Option<u32>,
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
    pub(crate) fn collect(state: &StudyState, circumstances: Circumstances) -> Self {
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
            trials: state.trials().iter().map(found_trial).collect(),
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
            events: circumstances.events,
            wall_s: circumstances.wall_s,
            cpu_s: circumstances.usage.cpu_s,
            max_rss_bytes: circumstances.usage.max_rss_bytes,
        }
    }
}

fn found_trial(trial: &Trial) -> FoundTrial {
    FoundTrial {
        id: trial.id,
        agent: trial.agent,
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
pub(crate) fn print(console: Console, state: &StudyState) {
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
    table.set_header(["configuration", "validation", "test"]);
    let value = best.value().map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    table.add_row([format!("best, trial {}", best.id), value, evaluated("test")]);
    table.add_row(["random search, same budget".to_owned(), evaluated("random"), evaluated("random_test")]);
    table.add_row(["default".to_owned(), evaluated("default"), evaluated("default_test")]);
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
}

/// A value with the digits that a person reads.
fn shown(value: &ParamValue) -> String {
    match value {
        ParamValue::Float(float) => format!("{float:.4e}"),
        other => other.to_string(),
    }
}
