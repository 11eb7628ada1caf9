//! What is tuned: the studies that `run` and `serve` know, behind one face.

use std::path::Path;
use std::sync::Arc;

use digits::DigitsTrainer;
use foundation_core::Result;
use mabeam::{RunningStudy, StudyPorts, StudyState};

use super::digits_study::{self, Settings};
use super::program_study::ProgramStudy;
use crate::args::is_study_file;
use crate::failure::Failure;

/// A study that can be begun, gone on with, and looked back on.
#[derive(Debug)]
pub(crate) enum Subject {
    /// The main job: a perceptron on handwritten digits.
    Digits,
    /// What a file describes: any program.
    Program(Box<ProgramStudy>),
}

impl Subject {
    /// The study that was named; `command` runs in the place of the one that its file names.
    ///
    /// # Errors
    /// Bad usage: nobody knows it, its file has mistakes, or there is nothing to run the command on.
    pub(crate) fn named(study: &str, command: Option<&str>) -> Result<Self, Failure> {
        if is_study_file(study) {
            return Ok(Self::Program(Box::new(ProgramStudy::load(Path::new(study), command)?)));
        }
        if command.is_some() {
            return Err(Failure::usage(format!("--exec with study `{study}`, which runs no program"))
                .advise("say what is tuned in a study file: cargo xtask new-study --exec '…' study.toml writes one"));
        }
        if study == digits_study::NAME {
            return Ok(Self::Digits);
        }
        Err(Failure::usage(format!("study `{study}` is unknown")).advise("the studies are: digits, and study files"))
    }

    /// Its name: where its events, its folder and its report are.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Digits => digits_study::NAME,
            Self::Program(program) => program.name(),
        }
    }

    /// What it is run with where nothing else is asked for.
    pub(crate) fn usual(&self) -> Settings {
        match self {
            Self::Digits => Settings::default(),
            Self::Program(program) => program.usual(),
        }
    }

    /// Starts its team; what a program writes is kept below `data`.
    ///
    /// # Errors
    /// Those of the study.
    pub(crate) async fn start(&self, settings: &Settings, data: &Path, ports: &StudyPorts) -> Result<RunningStudy> {
        match self {
            Self::Digits => digits_study::study(settings)?.start_trainer(ports, Arc::new(DigitsTrainer::new())).await,
            Self::Program(program) => program.start(settings, data, ports).await,
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
            Self::Program(_) => Ok(()),
        }
    }

    /// What is said when it starts or goes on.
    pub(crate) fn greeting(&self, begun: Option<&StudyState>, settings: &Settings) -> String {
        let name = self.name();
        match begun {
            None => format!("Starting study `{name}`, seed {}.", settings.seed),
            Some(state) if state.is_finished() => format!("Study `{name}` is finished; --fresh starts anew."),
            Some(state) => format!(
                "Resuming study `{name}`: {} trials, {} of {} {} spent.",
                state.trials().len(),
                state.epochs().spent,
                state.config().budget,
                self.unit(),
            ),
        }
    }

    /// What its budget counts.
    pub(crate) fn unit(&self) -> &'static str {
        match self {
            Self::Digits => "epochs",
            Self::Program(_) => "steps",
        }
    }
}
