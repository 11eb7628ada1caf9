//! A study with its team at work: the handle by which it is looked at, waited for, disturbed and stopped.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use foundation_core::{Address, CallError, Code, Error, Exit, Reply, Result, Runtime, SupervisorHandle};
use futures_util::future::{Either, select};

use super::event::{Enqueued, Evaluated};
use super::panel::PanelMessage;
use super::scheduler::SchedulerMessage;
use super::space::{ParamValue, Params};
use super::state::{StudyState, StudySummary};
use crate::variable::VariableState;

/// How long a look at a study may take.
const LOOK_DEADLINE: Duration = Duration::from_secs(30);
/// How long waiting for the end lasts before it is asked for again.
const FINISH_DEADLINE: Duration = Duration::from_secs(3_600);

/// A study with its team at work.
pub struct RunningStudy {
    pub(super) runtime: Runtime,
    pub(super) team: SupervisorHandle,
    pub(super) scheduler: Address<SchedulerMessage>,
    /// Where there are critics.
    pub(super) panel: Option<Address<PanelMessage>>,
    /// Kills each member.
    pub(super) members: Vec<Killer>,
    /// The place of the first trainer among them.
    pub(super) first_trainer: usize,
}

/// Kills one member of a team.
pub(super) type Killer = Box<dyn Fn() + Send + Sync>;

impl std::fmt::Debug for RunningStudy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RunningStudy").field("team", &self.team).finish_non_exhaustive()
    }
}

impl RunningStudy {
    /// How the study stands, with the trials of the numbers in `page`, as far as there are such.
    ///
    /// # Errors
    /// As [`look`](Self::look).
    pub async fn summary(&self, page: Range<usize>) -> Result<StudySummary> {
        let asked = |reply| SchedulerMessage::Summarise { page: page.clone(), reply };
        self.scheduler.call(asked, LOOK_DEADLINE).await.map(|summary| *summary).map_err(unavailable)
    }

    /// The study as it stands, with all its trials, in a copy of its own: for a study that is large,
    /// [`summary`](Self::summary) costs less.
    ///
    /// # Errors
    /// `ServiceUnavailable` where its team is not running.
    pub async fn look(&self) -> Result<Arc<StudyState>> {
        self.scheduler.call(|reply| SchedulerMessage::Look { reply }, LOOK_DEADLINE).await.map_err(unavailable)
    }

    /// Waits until the study is finished, and where it has critics, until they have decided on every trial that became
    /// the best; the team stays, idle.
    ///
    /// # Errors
    /// What ended the team, where it gave up or was stopped.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn finished(&self) -> Result<Arc<StudyState>> {
        let state = self.awaited(&self.scheduler, |reply| SchedulerMessage::AwaitFinish { reply }).await?;
        if self.best_config_of(&state).await?.is_none() {
            return Ok(state);
        }
        // Critics have added to the study's log since.
        self.look().await
    }

    /// The variable `best_config`, once the critics have decided on every trial that became the best so far; nothing
    /// where the study has none.
    ///
    /// # Errors
    /// As [`finished`](Self::finished).
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn best_config(&self) -> Result<Option<Arc<VariableState>>> {
        let state = self.look().await?;
        self.best_config_of(&state).await
    }

    async fn best_config_of(&self, state: &StudyState) -> Result<Option<Arc<VariableState>>> {
        let Some(panel) = &self.panel else { return Ok(None) };
        let bests = state.bests().len();
        self.awaited(panel, move |reply| PanelMessage::AwaitDecided { bests, reply }).await.map(Some)
    }

    /// Asks for something that comes late, and again where who is asked was started anew.
    async fn awaited<M: Send + 'static, R: Send + 'static>(
        &self,
        member: &Address<M>,
        message: impl Fn(Reply<R>) -> M,
    ) -> Result<R> {
        loop {
            let asked = member.call(&message, FINISH_DEADLINE);
            match select(std::pin::pin!(asked), std::pin::pin!(self.team.exited())).await {
                Either::Left((Ok(answer), _)) => return Ok(answer),
                Either::Left((Err(CallError::Deadline), _)) => {}
                // It died: either it is started again, or the team ends.
                Either::Left((Err(_), exited)) => {
                    let pause = self.runtime.clock().sleep(Duration::from_millis(10));
                    if let Either::Left((exit, _)) = select(exited, pause).await {
                        return Err(ended(&exit));
                    }
                }
                Either::Right((exit, _)) => return Err(ended(&exit)),
            }
        }
    }

    /// Waits until the study is finished and stops the team.
    ///
    /// # Errors
    /// As [`finished`](Self::finished).
    pub async fn finish(self) -> Result<Arc<StudyState>> {
        let finished = self.finished().await;
        self.team.shutdown().await;
        finished
    }

    /// Has a configuration tried before the samplers are asked; returns when that is durable.
    ///
    /// # Errors
    /// `InvalidStudy` or `UnknownName` where it is not of the study's space, `InvalidStudy` where the study is
    /// finished; `ServiceUnavailable` where the team is not running.
    pub async fn enqueue(&self, params: Params) -> Result<()> {
        let told = |reply| SchedulerMessage::Enqueue { enqueued: Enqueued { params }, reply };
        self.scheduler.call(told, LOOK_DEADLINE).await.map_err(unavailable)?
    }

    /// Adds something that was computed beside the budget to the study's record; returns when it is durable.
    ///
    /// # Errors
    /// `InvalidInput` where its value or a parameter is no finite number, which a log cannot say; `ServiceUnavailable`
    /// where the team is not running.
    pub async fn record(&self, evaluated: Evaluated) -> Result<()> {
        let params = evaluated.params.iter().flat_map(Params::iter);
        let floats =
            params.filter_map(|(_, value)| if let ParamValue::Float(float) = value { Some(*float) } else { None });
        if let Some(bad) = floats.chain([evaluated.value]).find(|float| !float.is_finite()) {
            let what = format!("record `{}` of a study: {bad} is no finite number", evaluated.label);
            return Err(Error::new(Code::InvalidInput, what));
        }
        let told = |reply| SchedulerMessage::Evaluate { evaluated, reply };
        self.scheduler.call(told, LOOK_DEADLINE).await.map_err(unavailable)
    }

    /// Stops the team, agents first; the study can go on later.
    pub async fn stop(&self) {
        self.team.shutdown().await;
    }

    /// Kills the trainer of that number, like [`kill_member`](Self::kill_member).
    pub fn kill_trainer(&self, index: u32) -> bool {
        self.kill_member(index as usize + self.first_trainer)
    }

    /// Kills one member of the team, counted over samplers, scheduler, trainers, panel and critics, without a word;
    /// its supervisor starts it again. For experiments. Answers whether there is such a member.
    pub fn kill_member(&self, member: usize) -> bool {
        let killed = self.members.get(member);
        if let Some(kill) = killed {
            kill();
        }
        killed.is_some()
    }

    /// The team's supervisor.
    #[must_use]
    pub fn team(&self) -> &SupervisorHandle {
        &self.team
    }

    pub(super) fn scheduler(&self) -> &Address<SchedulerMessage> {
        &self.scheduler
    }
}

pub(super) fn killer<M: Send + 'static>(address: &Address<M>) -> Killer {
    let address = address.clone();
    Box::new(move || address.kill())
}

pub(super) fn unavailable(error: CallError) -> Error {
    Error::new(Code::ServiceUnavailable, "the study's scheduler gave no answer").caused_by(error)
}

/// Why a team ended, as an error: that of the child which began it, where it gave one.
pub(super) fn ended(exit: &Exit) -> Error {
    match exit {
        Exit::Failed(error) => Error::new(error.code(), error.what()).advise(error.advice().to_owned()),
        Exit::GaveUp(at) | Exit::StartFailed(at) => {
            ended(&at.reason).during(format!("the study's {} gave up", at.child))
        }
        Exit::Linked { reason, .. } => ended(reason),
        other => Error::new(Code::ServiceUnavailable, format!("the study's team ended: {other}")),
    }
}
