//! Ask and tell: the study decides what to try, the caller does the trying wherever it likes.

use std::time::Duration;

use foundation_core::{Code, Error, Result};

use super::event::{Outcome, Reported};
use super::objective::TrialError;
use super::run::{RunningStudy, Study, StudyPorts, unavailable};
use super::scheduler::{Claimed, SchedulerMessage, Work};
use super::space::Params;
use super::state::StudyState;

/// How long a question waits for an answer before it is asked again.
const ASK_DEADLINE: Duration = Duration::from_secs(3_600);
/// How long a report may take.
const TELL_DEADLINE: Duration = Duration::from_secs(30);

/// A study whose trials the caller measures.
///
/// At most as many trials are out at once as the study has slots; a further question waits until something was told.
#[derive(Debug)]
pub struct AskTell {
    study: RunningStudy,
    asked: u32,
}

/// A trial to be measured.
#[derive(Debug)]
#[must_use = "a trial that nobody tells of keeps its slot"]
pub struct Asked {
    work: Work,
    agent: u32,
}

impl Asked {
    /// The number of the trial.
    #[must_use]
    pub fn trial(&self) -> u64 {
        self.work.job.trial
    }

    /// Its parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.work.params
    }

    /// How many steps it has had before, and how many it is to have had.
    #[must_use]
    pub fn steps(&self) -> std::ops::Range<u32> {
        self.work.job.from_epoch..self.work.job.to_epoch
    }
}

impl Study {
    /// Starts the study for a caller that asks and tells. Where the log holds the study already, it goes on from
    /// there, and what was asked and not told is asked again.
    ///
    /// # Errors
    /// As [`start_objective`](Self::start_objective).
    pub async fn ask_tell(self, ports: &StudyPorts) -> Result<AskTell> {
        Ok(AskTell { study: self.start_without_agents(ports).await?, asked: 0 })
    }
}

impl AskTell {
    /// Asks for the next trial; `None` once the study is finished.
    ///
    /// # Errors
    /// `ServiceUnavailable` where the study's processes are not running.
    ///
    /// # Cancel safety
    /// Dropping the future may leave a trial out that nobody measures; the study goes on without its slot until it is
    /// started again.
    pub async fn ask(&mut self) -> Result<Option<Asked>> {
        let agent = self.asked;
        self.asked = self.asked.wrapping_add(1);
        let asked = |reply| SchedulerMessage::Claim { agent, holding: Vec::new(), reply };
        Ok(match self.study.scheduler().call(asked, ASK_DEADLINE).await.map_err(unavailable)? {
            Claimed::Work { work, .. } => Some(Asked { work: *work, agent }),
            Claimed::Finished => None,
        })
    }

    /// Tells what became of a trial; returns when it is durable.
    ///
    /// # Errors
    /// `ServiceUnavailable` where the study's processes are not running; `InvalidInput` for a value that is no finite
    /// number.
    pub async fn tell(&self, asked: Asked, measured: Result<f64, TrialError>) -> Result<()> {
        let outcome = match measured {
            Ok(value) if value.is_finite() => Outcome::Reached { value, checkpoint: None, is_done: false },
            Ok(value) => {
                return Err(Error::new(
                    Code::InvalidInput,
                    format!("tell trial {}: the value is {value}, which is no finite number", asked.trial()),
                ));
            }
            Err(error) => Outcome::Failed(error.message().to_owned()),
        };
        let reported = Reported {
            slot: asked.work.slot,
            trial: asked.work.job.trial,
            rung: asked.work.job.rung as u32,
            outcome,
            repeated: 0,
            agent: asked.agent,
            seconds: 0.0,
        };
        let told = |reply| SchedulerMessage::Report { reported, more: None, reply };
        self.study.scheduler().call(told, TELL_DEADLINE).await.map_err(unavailable)?;
        Ok(())
    }

    /// The study as it stands.
    ///
    /// # Errors
    /// `ServiceUnavailable` where the study's processes are not running.
    pub async fn look(&self) -> Result<std::sync::Arc<StudyState>> {
        self.study.look().await
    }

    /// Stops the study's processes; it can go on later.
    pub async fn stop(self) {
        self.study.stop().await;
    }
}
