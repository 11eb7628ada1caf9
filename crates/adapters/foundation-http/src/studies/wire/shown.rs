//! Studies as they are shown.

use foundation_core::{Code, Error, Result};
use mabeam::{Direction, Goal, Params, RungResult, StudyConfig, StudySummary, Trial, TrialState};
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

/// Which trials of a study are to be shown: `?offset=0&limit=100`. Trials are numbered without a gap, so the offset is
/// the number of the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

impl Page {
    /// The numbers of its trials.
    pub(crate) fn numbers(self) -> std::ops::Range<usize> {
        self.offset..self.offset.saturating_add(self.limit)
    }

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
    /// The further objectives, in a study of several.
    #[serde(skip_serializing_if = "<[Goal]>::is_empty")]
    goals: &'a [Goal],
    seed: u64,
    slots: u32,
    team: String,
    schedule: String,
    max_trials: Option<u64>,
    budget: u64,
    epochs_spent: u64,
    epochs_wasted: u64,
    n_trials: u64,
    counts: Counts,
    best: Option<ShownTrial<'a>>,
    /// How many trials no other one beats.
    n_front: usize,
    offset: usize,
    /// Where the next page begins, if there is one.
    next: Option<u64>,
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
    /// The values in all objectives, in a study of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<Vec<f64>>,
    /// Whether no other trial beats it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_front: bool,
    /// Which member of the team proposed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sampler: Option<&'a str>,
    steps: u32,
    /// The values at the rungs it reached: steps and values.
    rungs: Vec<(u32, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
}

impl<'a> ShownTrial<'a> {
    fn of(trial: &'a Trial, is_front: bool, config: &'a StudyConfig) -> Self {
        let all =
            |reached: &RungResult| std::iter::once(reached.value).chain(reached.further.iter().copied()).collect();
        let member = trial.member.and_then(|member| config.team.members.get(member as usize));
        Self {
            is_front,
            values: trial.rungs.last().filter(|reached| !reached.further.is_empty()).map(all),
            sampler: member.map(|member| member.name.as_str()),
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
    /// The study with a page of its trials, which begins at `offset`.
    pub(crate) fn of(study: &'a StudySummary, offset: usize) -> Self {
        let config = &study.config;
        let end = offset.saturating_add(study.trials.len()) as u64;
        let trials = study.trials.iter().map(|(trial, is_front)| ShownTrial::of(trial, *is_front, config));
        Self {
            version: VERSION,
            name: &config.name,
            status: if study.is_finished { "finished" } else { "unfinished" },
            direction: config.direction,
            goals: &config.goals,
            seed: config.seed,
            slots: config.slots,
            team: config.team.to_string(),
            schedule: config.schedule.to_string(),
            max_trials: config.max_trials,
            budget: config.budget,
            epochs_spent: study.epochs.spent,
            epochs_wasted: study.epochs.wasted,
            n_trials: study.n_trials,
            counts: Counts {
                running: study.count(TrialState::Running),
                paused: study.count(TrialState::Paused),
                completed: study.count(TrialState::Completed),
                stopped: study.count(TrialState::Stopped),
                failed: study.count(TrialState::Failed),
            },
            // By the first objective alone; whether others beat it stands with the trial in its page.
            best: study.best.as_ref().map(|trial| ShownTrial::of(trial, config.goals.is_empty(), config)),
            n_front: study.n_front,
            offset,
            next: (end < study.n_trials && !study.trials.is_empty()).then_some(end),
            trials: trials.collect(),
        }
    }
}
