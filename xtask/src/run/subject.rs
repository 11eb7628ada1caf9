//! What is tuned: the studies that `run` and `serve` know, behind one face.

use std::path::Path;
use std::sync::Arc;

use digits::DigitsTrainer;
use foundation_core::Result;
use mabeam::{RunningStudy, StudyPorts, StudyState};

use super::digits_study::{self, Settings};
use crate::args::is_study_file;
use crate::failure::Failure;
use crate::study_file;

/// A study that can be begun, gone on with, and looked back on.
#[derive(Debug)]
pub(crate) enum Subject {
    /// The main job: a perceptron on handwritten digits.
    Digits,
}

impl Subject {
    /// The study that was named.
    ///
    /// # Errors
    /// Bad usage: nobody knows it, or its file has mistakes.
    pub(crate) fn named(study: &str) -> Result<Self, Failure> {
        if study == digits_study::NAME {
            return Ok(Self::Digits);
        }
        if is_study_file(study) {
            study_file::load(Path::new(study))?;
            return Err(Failure::new(format!("{study} is in order, but `run` does not start what it describes yet")));
        }
        Err(Failure::usage(format!("study `{study}` is unknown")).advise("the studies are: digits"))
    }

    /// Its name: where its events, its folder and its report are.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Digits => digits_study::NAME,
        }
    }

    /// What it is run with where nothing else is asked for.
    pub(crate) fn usual(&self) -> Settings {
        match self {
            Self::Digits => Settings::default(),
        }
    }

    /// Starts its team.
    ///
    /// # Errors
    /// Those of the study.
    pub(crate) async fn start(&self, settings: &Settings, ports: &StudyPorts) -> Result<RunningStudy> {
        match self {
            Self::Digits => digits_study::study(settings)?.start_trainer(ports, Arc::new(DigitsTrainer::new())).await,
        }
    }

    /// Computes what its final table compares, beside the budget; `baselines` are ports to compute in, where those are
    /// wanted too.
    ///
    /// # Errors
    /// Those of the study's parts.
    pub(crate) async fn evaluate(
        &self,
        running: &RunningStudy,
        settings: &Settings,
        baselines: Option<&StudyPorts>,
    ) -> Result<()> {
        match self {
            Self::Digits => digits_study::evaluate(running, settings, baselines).await,
        }
    }

    /// What is said when it starts or goes on.
    pub(crate) fn greeting(&self, begun: Option<&StudyState>, settings: &Settings) -> String {
        let name = self.name();
        match begun {
            None => format!("Starting study `{name}`, seed {}.", settings.seed),
            Some(state) if state.is_finished() => format!("Study `{name}` is finished; --fresh starts anew."),
            Some(state) => format!(
                "Resuming study `{name}`: {} trials, {} of {} epochs spent.",
                state.trials().len(),
                state.epochs().spent,
                state.config().budget
            ),
        }
    }
}
