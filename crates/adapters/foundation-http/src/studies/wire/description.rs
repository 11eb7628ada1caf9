//! The description of a study as a client writes it.

use foundation_core::{Code, Error, Result};
use mabeam::{Asha, Direction, Halving, Hyperband, MedianStopping, Schedule, SearchSpace, StudyConfig, TeamConfig};
use serde::Deserialize;
use serde_json::Value;

/// How many trials a study has whose description says neither trials nor budget.
const USUAL_TRIALS: u64 = 100;
/// The fields of a space, and those of its parameters.
const OF_SPACE: [&str; 3] = ["version", "parameters", "constraints"];
const OF_PARAMETER: [&str; 8] = ["name", "kind", "low", "high", "log", "step", "options", "when"];

/// A study to be begun or resumed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    name: String,
    space: Value,
    #[serde(default)]
    direction: Direction,
    #[serde(default)]
    seed: u64,
    #[serde(default = "usual_slots")]
    slots: u32,
    trials: Option<u64>,
    budget: Option<u64>,
    time_limit_s: Option<u64>,
    max_failures: Option<u32>,
    #[serde(default = "usual_sampler")]
    sampler: String,
    #[serde(default)]
    schedule: Rule,
}

/// Which trials are stopped before their end.
#[derive(Debug, Default, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Rule {
    /// None.
    #[default]
    None,
    /// Those that are not among the best `1 / eta` of a rung.
    Halving { rungs: Option<Vec<u32>>, eta: Option<u32> },
    /// Several halvings side by side.
    Hyperband { rungs: Option<Vec<u32>>, eta: Option<u32>, brackets: Option<u32> },
    /// Those that are worse than the median.
    Median { rungs: Option<Vec<u32>>, grace: Option<u32>, least_completed: Option<u32> },
}

impl Rule {
    fn schedule(self) -> Schedule {
        match self {
            Self::None => Asha::single_rung(1).into(),
            Self::Halving { rungs, eta } => ladder(rungs, eta).into(),
            Self::Hyperband { rungs, eta, brackets } => {
                let ladder = ladder(rungs, eta);
                let brackets = brackets.unwrap_or(ladder.rungs.len() as u32);
                Hyperband { ladder, brackets }.into()
            }
            Self::Median { rungs, grace, least_completed } => {
                let usual = MedianStopping::default();
                MedianStopping {
                    rungs: rungs.unwrap_or(usual.rungs),
                    grace: grace.unwrap_or(usual.grace),
                    least_completed: least_completed.unwrap_or(usual.least_completed),
                    reserve: 0,
                }
                .into()
            }
        }
    }
}

/// A halving that stops trials; a worker's trial cannot wait, so nothing is reserved for those that do.
fn ladder(rungs: Option<Vec<u32>>, eta: Option<u32>) -> Asha {
    let usual = Asha::default();
    Asha { rungs: rungs.unwrap_or(usual.rungs), eta: eta.unwrap_or(usual.eta), halving: Halving::Stopping, reserve: 0 }
}

fn usual_slots() -> u32 {
    2
}

fn usual_sampler() -> String {
    "tpe".to_owned()
}

impl Description {
    /// The description in the study's own words.
    pub(crate) fn config(self) -> Result<StudyConfig> {
        check_fields(&self.space)?;
        let space: SearchSpace = serde_json::from_value(self.space)
            .map_err(|error| Error::new(Code::InvalidStudy, format!("read `space`: {error}")))?;
        let schedule = self.schedule.schedule();
        schedule.check()?;
        let trials = match (self.trials, self.budget) {
            (None, None) => Some(USUAL_TRIALS),
            (trials, _) => trials,
        };
        let all = trials.unwrap_or(0).saturating_mul(u64::from(schedule.last_rung()));
        let usual = StudyConfig::new(self.name, space);
        let config = StudyConfig {
            max_failures: self.max_failures.unwrap_or(usual.max_failures),
            seed: self.seed,
            slots: self.slots,
            direction: self.direction,
            team: TeamConfig::one(self.sampler, Value::Null),
            schedule,
            budget: self.budget.unwrap_or(all),
            max_trials: trials,
            time_limit_s: self.time_limit_s,
            ..usual
        };
        config.check()?;
        Ok(config)
    }
}

/// Refuses what the space's own reader would pass over.
fn check_fields(space: &Value) -> Result<()> {
    check(space, &OF_SPACE, "space")?;
    let parameters = space.get("parameters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    parameters.iter().try_for_each(|parameter| check(parameter, &OF_PARAMETER, "a parameter of `space`"))
}

fn check(value: &Value, known: &[&str], what: &str) -> Result<()> {
    let unknown = value.as_object().and_then(|fields| fields.keys().find(|field| !known.contains(&field.as_str())));
    match unknown {
        None => Ok(()),
        Some(field) => {
            let what = format!("{what} has a field `{field}`; known are {}", known.join(", "));
            Err(Error::new(Code::InvalidStudy, what).advise("check the spelling"))
        }
    }
}
