//! What an experiment on live processes found, for people and as JSON.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::args::ChaosArgs;
use crate::failure::Failure;

/// What an experiment found. Its figures stand beside the other fields, under names that scripts rely on.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Findings {
    pub(super) experiment: &'static str,
    pub(super) seed: u64,
    #[serde(flatten)]
    figures: BTreeMap<&'static str, Value>,
    /// What was not as promised, in words.
    pub(super) complaints: Vec<String>,
    /// The bug that was put in.
    planted: Option<String>,
    /// Whether something was found wrong.
    caught: bool,
    /// What happened, in a sentence.
    #[serde(skip)]
    pub(super) story: String,
}

impl Findings {
    pub(super) fn new(experiment: &'static str, args: &ChaosArgs) -> Self {
        Self {
            experiment,
            seed: args.seed,
            figures: BTreeMap::new(),
            complaints: Vec::new(),
            planted: args.plant.clone(),
            caught: false,
            story: String::new(),
        }
    }

    /// Notes a figure.
    pub(super) fn figure(&mut self, name: &'static str, value: impl Into<Value>) {
        self.figures.insert(name, value.into());
    }

    /// Complains where something does not hold.
    pub(super) fn expect(&mut self, holds: bool, complaint: impl FnOnce() -> String) {
        if !holds {
            self.complaints.push(complaint());
        }
        self.caught = !self.complaints.is_empty();
    }

    /// Whether the command succeeds: without a bug if nothing was found, with one if it was.
    ///
    /// # Errors
    /// Where it does not.
    pub(super) fn judge(&self) -> Result<(), Failure> {
        match (&self.planted, self.caught) {
            (None, false) | (Some(_), true) => Ok(()),
            (None, true) => Err(Failure::new(format!("{}: not everything is as promised", self.experiment))
                .advise(format!("try it again with --seed {}, on a machine that does nothing else", self.seed))),
            (Some(bug), false) => Err(Failure::new(format!("{}: `{bug}` was put in and not caught", self.experiment))
                .advise("run it at full size; if that does not help, the experiment is blind")),
        }
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, seed {}: {}", self.experiment, self.seed, self.story)?;
        for complaint in &self.complaints {
            write!(f, "\n  {complaint}")?;
        }
        if let Some(bug) = &self.planted {
            write!(f, "\nPlanted `{bug}`: {}.", if self.caught { "caught" } else { "not caught" })?;
        }
        Ok(())
    }
}
