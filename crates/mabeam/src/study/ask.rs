//! Ask and tell: the study decides what to try, workers do the trying wherever they like.
//!
//! A worker gets each trial on a lease. It renews the lease while it works, and if it vanishes its trial goes to the
//! next worker that asks. Who has what is decided in `table`, which knows nothing but the time and what is said; the
//! scheduler's `front` joins that with the study. What a worker reports beyond the rung that the study has decided on
//! is kept in `ahead`.
//!
//! # After a restart
//! Leases are not stored: the name of a lease says what is needed. When the scheduler's process, or the whole program,
//! was started again, every trial that was out is free for the next worker that asks; until then the worker that has it
//! may go on, and its next word takes its lease into the table again. What it had reported beyond the rung that the
//! study has decided on is forgotten; where it is beyond a further rung already, it hears that its lease is lost, and its
//! trial is measured anew, because a rung must not be judged by a later value.

mod ahead;
mod lease;
mod table;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::{Clock, Monotonic};
use foundation_core::{CallError, Code, Error, Refusal, Reply, Result};

use super::live::Verdict;
use super::objective::TrialError;
use super::run::{Study, StudyPorts};
use super::running::{RunningStudy, unavailable};
use super::scheduler::{Asking, FrontMessage, Said, SchedulerMessage, Took};
use super::space::Params;
use super::state::{StudyState, StudySummary, TrialState};
pub use ahead::Answer;
pub(crate) use ahead::outcome;
pub use lease::LeaseId;
pub(crate) use lease::fingerprint;
pub(crate) use table::{Given, LeaseTable, Open, Standing, Was, Wish, Word};

/// How long one question waits for an answer before it is put again.
const ASK_DEADLINE: Duration = Duration::from_secs(3_600);
/// How long a report may take.
const TELL_DEADLINE: Duration = Duration::from_secs(30);
/// The pause before a scheduler that died is spoken to again.
const PAUSE: Duration = Duration::from_millis(10);
/// The longest name of a worker, in bytes.
const LONGEST_NAME: usize = 128;

/// A study whose trials are measured by workers anywhere. Shared by reference among them.
///
/// At most as many trials are out at once as the study has slots; who asks for a further one waits until something was
/// told, or a lease ran out.
#[derive(Debug)]
pub struct AskTell {
    study: RunningStudy,
    clock: Arc<dyn Clock>,
}

/// A trial to be measured.
#[derive(Clone, Debug)]
#[must_use = "a trial that nobody tells of is given to another worker"]
pub struct Asked {
    trial: u64,
    params: Params,
    steps: Range<u32>,
    lease: LeaseId,
    expires: Monotonic,
}

impl Asked {
    /// A trial as a study gives it, for whoever stands in for one.
    pub fn new(trial: u64, params: Params, steps: Range<u32>, lease: LeaseId, expires: Monotonic) -> Self {
        Self { trial, params, steps, lease, expires }
    }

    /// The number of the trial.
    #[must_use]
    pub fn trial(&self) -> u64 {
        self.trial
    }

    /// Its parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// How many steps of it the study has taken in already, and at how many it decides next. A worker begins at 0 in
    /// any case: what another one did of the trial is gone with it.
    #[must_use]
    pub fn steps(&self) -> Range<u32> {
        self.steps.clone()
    }

    /// The lease it is given on.
    #[must_use]
    pub fn lease(&self) -> LeaseId {
        self.lease
    }

    /// When the lease runs out, on the clock of the study's runtime.
    #[must_use]
    pub fn expires(&self) -> Monotonic {
        self.expires
    }
}

/// The answer to a worker that asked and would not wait longer.
#[derive(Clone, Debug)]
pub enum Next {
    /// A trial.
    Trial(Asked),
    /// Nothing to do for now.
    Nothing,
    /// The study is finished.
    Finished,
}

/// Whether a worker goes on with its trial, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// It goes on.
    Continue,
    /// The study needs nothing more of the trial, which is in this state.
    Stop(TrialState),
}

impl Course {
    /// What an objective is told.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Continue => Verdict::Continue,
            Self::Stop(_) => Verdict::Stop,
        }
    }
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is durable.
    Now,
    /// It was told before, the same to the bit; nothing was added.
    Before,
    /// The study had decided against the trial; nothing was added.
    NotNeeded,
}

impl From<Took> for Recorded {
    fn from(took: Took) -> Self {
        match took {
            Took::Recorded => Self::Now,
            Took::Duplicate => Self::Before,
            Took::NotNeeded => Self::NotNeeded,
        }
    }
}

impl Study {
    /// Starts the study for workers that ask and tell. Where the log holds the study already it goes on from there, and
    /// what was asked and not told is asked again.
    ///
    /// # Errors
    /// As [`start_objective`](Self::start_objective).
    pub async fn ask_tell(self, ports: &StudyPorts) -> Result<AskTell> {
        let clock = ports.runtime.clock().clone();
        Ok(AskTell { study: self.start_without_agents(ports).await?, clock })
    }
}

impl AskTell {
    /// Asks for the next trial on a lease of the given length; waits until there is one, and answers `None` once the
    /// study is finished.
    ///
    /// `worker` is who asks: each worker needs a name of its own, because one that asks again while it has a trial gets
    /// the same trial under the same lease.
    ///
    /// # Errors
    /// As [`ask_within`](Self::ask_within).
    ///
    /// # Cancel safety
    /// A trial that was given at the moment at which the future is dropped is free again when its lease runs out, or is
    /// given to the same worker when it asks again.
    pub async fn ask(&self, worker: &str, length: Duration) -> Result<Option<Asked>> {
        loop {
            match self.ask_within(worker, length, ASK_DEADLINE).await? {
                Next::Trial(asked) => return Ok(Some(asked)),
                Next::Finished => return Ok(None),
                Next::Nothing => {}
            }
        }
    }

    /// Like [`ask`](Self::ask), but waits no longer than `patience`, and with none not at all.
    ///
    /// # Errors
    /// `InvalidInput` for a lease that is shorter than a second or longer than a day, and for a name that is empty, has
    /// more than 128 bytes or a control character; `ServiceUnavailable` where the study's team has ended.
    ///
    /// # Cancel safety
    /// As [`ask`](Self::ask).
    pub async fn ask_within(&self, worker: &str, length: Duration, patience: Duration) -> Result<Next> {
        let length = lease::checked_length(length)?;
        if worker.is_empty() || worker.len() > LONGEST_NAME || worker.chars().any(char::is_control) {
            let what = format!(
                "ask for a trial: a worker's name has 1 to {LONGEST_NAME} bytes and no control character, this one has \
                 {} bytes",
                worker.len()
            );
            return Err(Error::new(Code::InvalidInput, what));
        }
        let end = self.clock.now() + patience;
        loop {
            let left = end.since(self.clock.now());
            let (worker, waits) = (worker.to_owned(), !left.is_zero());
            let asked = |reply| SchedulerMessage::Front(FrontMessage::Ask { worker, length, waits, reply });
            match self.study.scheduler().call(asked, if waits { left } else { TELL_DEADLINE }).await {
                Ok(Asking::Trial { work, lease, until }) => {
                    let steps = work.job.from_epoch..work.job.to_epoch;
                    return Ok(Next::Trial(Asked::new(work.job.trial, work.params, steps, lease, until)));
                }
                Ok(Asking::Finished) => return Ok(Next::Finished),
                Ok(Asking::Nothing) => return Ok(Next::Nothing),
                Err(CallError::Deadline) if waits => return Ok(Next::Nothing),
                Err(CallError::Deadline) => return Err(unavailable(CallError::Deadline)),
                Err(error) => self.pause_or(error).await?,
            }
        }
    }

    /// Says that the worker still works on its trial: the lease runs anew from now.
    ///
    /// # Errors
    /// `LeaseLost` where another worker has the trial, or has answered it; `NotFound` where the study has no such trial;
    /// `ServiceUnavailable` where the study's team has ended.
    pub async fn renew(&self, lease: LeaseId) -> Result<Course> {
        self.course(|reply| FrontMessage::Renew { lease, reply }).await
    }

    /// Reports the value after `step` steps, counted from 1 and rising, and asks whether to go on; returns when what the
    /// study needs of it is durable. Renews the lease. A step that is not later than the last one changes nothing, so a
    /// report may be repeated.
    ///
    /// It waits for no other worker. Where the study's decision hangs on trials that are not measured yet the answer is
    /// to go on, and a later report, or a renewal, hears the decision.
    ///
    /// # Errors
    /// As [`renew`](Self::renew), and `LeaseLost` also where the study was started again and has forgotten values of the
    /// trial; `InvalidInput` for step 0 and for a value that is no finite number.
    pub async fn report(&self, lease: LeaseId, step: u32, value: f64) -> Result<Course> {
        if step == 0 || !value.is_finite() {
            let what = format!("report on trial {}: step {step} with value {value}", lease.trial());
            return Err(Error::new(Code::InvalidInput, what)
                .advise("count steps from 1 and report finite numbers; tell a failure of the trial instead"));
        }
        self.course(|reply| FrontMessage::Step { lease, step, value, reply }).await
    }

    /// Tells how a trial ended; returns when it is durable. The lease has ended then. A value that is no finite number
    /// counts as a failure of the trial.
    ///
    /// Telling the same again is harmless, under the same lease or after it was lost.
    ///
    /// # Errors
    /// `LeaseLost` where another worker has the trial, or has answered it otherwise, and where the study was started
    /// again and has forgotten values of the trial; `Conflict` where this worker has answered it otherwise;
    /// `NotFound` where the study has no such trial; `ServiceUnavailable` where the study's team has ended.
    pub async fn tell(&self, lease: LeaseId, measured: Result<f64, TrialError>) -> Result<Recorded> {
        self.answer(lease, measured.into()).await
    }

    /// As [`tell`](Self::tell), for studies of several objectives too: those are answered with
    /// [`Answer::Values`].
    ///
    /// # Errors
    /// As [`tell`](Self::tell); `InvalidInput` for more or fewer values than the study has objectives.
    pub async fn answer(&self, lease: LeaseId, answer: Answer) -> Result<Recorded> {
        let told = self.call(|reply| FrontMessage::Tell { lease, answer: answer.clone(), reply }).await?;
        told.map(Recorded::from)
    }

    async fn course(&self, message: impl Fn(Reply<Result<Said>>) -> FrontMessage) -> Result<Course> {
        let said = self.call(message).await?;
        said.map(|said| match said {
            Said::GoOn => Course::Continue,
            Said::Stop(state) => Course::Stop(state),
        })
    }

    /// Says something until the scheduler has answered; it is harmless to say it twice.
    async fn call<T: Send + 'static>(&self, message: impl Fn(Reply<T>) -> FrontMessage) -> Result<T> {
        loop {
            let said = |reply| SchedulerMessage::Front(message(reply));
            match self.study.scheduler().call(said, TELL_DEADLINE).await {
                Ok(answer) => return Ok(answer),
                Err(CallError::Deadline) => return Err(unavailable(CallError::Deadline)),
                Err(error) => self.pause_or(error).await?,
            }
        }
    }

    /// Waits a little for a scheduler that is started again, unless nobody will start it.
    async fn pause_or(&self, error: CallError) -> Result<()> {
        if matches!(error, CallError::NotSent(Refusal::Stopped(_))) {
            return Err(unavailable(error));
        }
        self.clock.sleep(PAUSE).await;
        Ok(())
    }

    /// Gives a trial back that the worker will not measure: it is free at once for the next one that asks, which begins
    /// it anew. Answers whether the worker had it; giving it back twice is harmless.
    ///
    /// # Errors
    /// `ServiceUnavailable` where the study's team has ended.
    pub async fn release(&self, lease: LeaseId) -> Result<bool> {
        self.call(|reply| FrontMessage::Release { lease, reply }).await
    }

    /// Has a configuration tried before the samplers are asked; returns when that is durable. One that was tried, or
    /// waits to be, is [not added again](Recorded::Before), so this may be repeated.
    ///
    /// # Errors
    /// `InvalidStudy` or `UnknownName` where it is not of the study's space or breaks a constraint; `InvalidStudy` where
    /// the study is finished; `ServiceUnavailable` where its team has ended.
    pub async fn enqueue(&self, params: &Params) -> Result<Recorded> {
        let told = self.call(|reply| FrontMessage::Enqueue { params: params.clone(), reply }).await?;
        told.map(Recorded::from)
    }

    /// How the study stands, with the trials of the numbers in `page`, as far as there are such.
    ///
    /// # Errors
    /// `ServiceUnavailable` where the study's processes are not running.
    pub async fn summary(&self, page: Range<usize>) -> Result<StudySummary> {
        self.study.summary(page).await
    }

    /// The study as it stands, with all its trials, in a copy of its own.
    ///
    /// # Errors
    /// `ServiceUnavailable` where the study's processes are not running.
    pub async fn look(&self) -> Result<Arc<StudyState>> {
        self.study.look().await
    }

    /// The team's processes, to be watched.
    #[must_use]
    pub fn running(&self) -> &RunningStudy {
        &self.study
    }

    /// Stops the study's processes; it can go on later.
    pub async fn stop(&self) {
        self.study.stop().await;
    }
}
