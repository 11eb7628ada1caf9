//! Studies as they are shown.

use foundation_core::{Code, Error, Result};
use mabeam::{Direction, Params, StudyState, Trial, TrialState};
use serde::Serialize;

use super::VERSION;

/// How many trials a page has where nothing is said, and at most.
const USUAL_PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// The names of all studies.
#[derive(Debug, Serialize)]
pub(crate) struct Names {
    version: u32,
    studies: Vec<String>,
}

impl Names {
    pub(crate) fn of(studies: Vec<String>) -> Self {
        Self { version: VERSION, studies }
    }
}

/// Which trials of a study are to be shown: `?offset=0&limit=100`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl Page {
    pub(crate) fn of(query: Option<&str>) -> Result<Self> {
        let mut page = Self { offset: 0, limit: USUAL_PAGE };
        for pair in query.unwrap_or("").split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match name {
                "offset" => &mut page.offset,
                "limit" => &mut page.limit,
                _ => return Err(wrong("the query knows `offset` and `limit`, and nothing else".to_owned())),
            };
            *place = value.parse().map_err(|_| wrong(format!("`{name}` is no whole number")))?;
        }
        if page.limit > LARGEST_PAGE {
            return Err(wrong(format!("`limit` is {}, at most {LARGEST_PAGE} are allowed", page.limit)));
        }
        Ok(page)
    }
}

fn wrong(what: String) -> Error {
    Error::new(Code::InvalidInput, what).advise("as in ?offset=0&limit=100")
}

/// A study as it stands.
#[derive(Debug, Serialize)]
pub(crate) struct Shown<'a> {
    version: u32,
    name: &'a str,
    status: &'static str,
    direction: Direction,
    seed: u64,
    slots: u32,
    schedule: String,
    max_trials: Option<u64>,
    budget: u64,
    epochs_spent: u64,
    epochs_wasted: u64,
    n_trials: usize,
    counts: Counts,
    best: Option<ShownTrial<'a>>,
    offset: usize,
    trials: Vec<ShownTrial<'a>>,
}

/// How many trials are in each state.
#[derive(Debug, Serialize)]
struct Counts {
    running: usize,
    paused: usize,
    completed: usize,
    stopped: usize,
    failed: usize,
}

/// A trial as it stands.
#[derive(Debug, Serialize)]
struct ShownTrial<'a> {
    trial: u64,
    state: TrialState,
    params: &'a Params,
    value: Option<f64>,
    steps: u32,
    /// The values at the rungs it reached: steps and values.
    rungs: Vec<(u32, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
}

impl<'a> ShownTrial<'a> {
    fn of(trial: &'a Trial) -> Self {
        Self {
            trial: trial.id,
            state: trial.state,
            params: &trial.params,
            value: trial.value(),
            steps: trial.epochs(),
            rungs: trial.rungs.iter().map(|reached| (reached.epochs, reached.value)).collect(),
            failure: trial.failure.as_deref(),
        }
    }
}

impl<'a> Shown<'a> {
    /// The study with `limit` of its trials, from `offset` on.
    pub(crate) fn of(state: &'a StudyState, offset: usize, limit: usize) -> Self {
        let config = state.config();
        Self {
            version: VERSION,
            name: &config.name,
            status: if state.is_finished() { "finished" } else { "unfinished" },
            direction: config.direction,
            seed: config.seed,
            slots: config.slots,
            schedule: config.schedule.to_string(),
            max_trials: config.max_trials,
            budget: config.budget,
            epochs_spent: state.epochs().spent,
            epochs_wasted: state.epochs().wasted,
            n_trials: state.trials().len(),
            counts: Counts {
                running: state.count(TrialState::Running),
                paused: state.count(TrialState::Paused),
                completed: state.count(TrialState::Completed),
                stopped: state.count(TrialState::Stopped),
                failed: state.count(TrialState::Failed),
            },
            best: state.best().map(ShownTrial::of),
            offset,
            trials: state.trials().iter().skip(offset).take(limit).map(ShownTrial::of).collect(),
        }
    }
}
