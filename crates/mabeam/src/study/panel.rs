//! The panel of critics: what becomes the best of a study is proposed as the value of the variable `best_config`,
//! judged by each critic, voted on, and committed or refused.
//!
//! The variable has a log of its own, whose only writer is the panel's process. Which trials become the best, and in
//! which order, hangs on the study alone, and critics answer by the parameters alone; so proposals, votes and versions
//! are the same whoever was killed on the way. A panel that starts again reads how far it came from that log.

mod critic;

use std::sync::Arc;
use std::time::Duration;

use foundation_core::event::EventSource;
use foundation_core::port::storage::EventLog;
use foundation_core::{Address, CallError, Code, Context, Error, Exit, Process, Refusal, Reply, Result, Runtime};
use futures_util::future::join_all;

use super::scheduler::SchedulerMessage;
use super::space::Params;
use super::state::StudyState;
use crate::coordination::{Ballot, Electorate, VotingRule};
use crate::variable::{Draft, ProposalState, VariableLog, VariablePorts, VariableState};

use critic::Configuration;
pub(crate) use critic::{CriticProcess, Question};

/// How long a critic may take before it is taken for a failure of the panel.
const OPINION_DEADLINE: Duration = Duration::from_secs(3_600);
/// How long the scheduler may take to answer.
const SCHEDULER_DEADLINE: Duration = Duration::from_secs(30);
/// How long to wait before somebody who died is asked again.
const PAUSE: Duration = Duration::from_millis(10);

/// The name of a study's variable.
#[must_use]
pub fn best_config_of(study: &str) -> String {
    format!("{study}.best_config")
}

/// What a panel is told.
#[derive(Debug)]
pub(crate) enum PanelMessage {
    /// There may be a new best trial.
    Consider,
    /// Somebody waits until so many of the trials that became the best are decided on.
    AwaitDecided { bests: usize, reply: Reply<Arc<VariableState>> },
}

/// The process of a panel.
pub(crate) struct Panel {
    study: String,
    runtime: Runtime,
    log: Arc<dyn EventLog>,
    scheduler: Address<SchedulerMessage>,
    critics: Arc<[(String, Address<Question>)]>,
    variable: Option<VariableLog>,
    waiting: Vec<(usize, Reply<Arc<VariableState>>)>,
}

impl Panel {
    pub(crate) fn new(
        study: String,
        runtime: Runtime,
        log: Arc<dyn EventLog>,
        scheduler: Address<SchedulerMessage>,
        critics: Arc<[(String, Address<Question>)]>,
    ) -> Self {
        Self { study, runtime, log, scheduler, critics, variable: None, waiting: Vec::new() }
    }

    /// Decides on every trial that became the best and was not decided on.
    async fn consider(&mut self, variable: &mut VariableLog) -> Result<()> {
        loop {
            let state = self.look().await?;
            let Some(trial) = state.bests().get(decided(variable.state())).copied() else { return Ok(()) };
            self.decide(&state, trial, variable).await?;
            self.answer(variable);
        }
    }

    /// Puts one trial to the vote, or goes on with a vote that was cut off.
    async fn decide(&self, state: &StudyState, trial: u64, variable: &mut VariableLog) -> Result<()> {
        let candidate = &state.trials()[trial as usize];
        let proposal = match open_proposal(variable.state()) {
            Some(open) => open,
            None => {
                let value = serde_json::json!({
                    "trial": trial,
                    "params": candidate.params,
                    "value": candidate.value(),
                });
                let electorate = Electorate::new(self.critics.iter().map(|(name, _)| name.clone()))?;
                let proposer = proposer(state, candidate.member);
                let base = variable.state().version();
                variable.propose(Draft { value, proposer, base, electorate, rule: VotingRule::Majority }).await?
            }
        };
        let configuration = |trial: u64, params: &Params| Configuration { trial, params: params.clone() };
        let incumbent = incumbent(state, variable.state())
            .map(|trial| configuration(trial, &state.trials()[trial as usize].params));
        let candidate = configuration(trial, &candidate.params);
        let voted =
            |name: &str| variable.state().proposal(proposal).is_some_and(|known| known.poll.ballot_of(name).is_some());
        let absent: Vec<_> = self.critics.iter().filter(|(name, _)| !voted(name)).collect();
        let asked = absent.into_iter().map(|(name, critic)| self.ask(name, critic, &candidate, incumbent.as_ref()));
        for ballot in join_all(asked).await {
            variable.vote(proposal, ballot?).await?;
        }
        // Every critic that is entitled has voted, so the vote is over.
        variable.close(proposal).await?;
        Ok(())
    }

    async fn ask(
        &self,
        name: &str,
        critic: &Address<Question>,
        candidate: &Configuration,
        incumbent: Option<&Configuration>,
    ) -> Result<Ballot> {
        let question = |reply| Question { candidate: candidate.clone(), incumbent: incumbent.cloned(), reply };
        until_answered(&self.runtime, name, critic, question, OPINION_DEADLINE).await
    }

    async fn look(&self) -> Result<Arc<StudyState>> {
        let looked = |reply| SchedulerMessage::Look { reply };
        until_answered(&self.runtime, "the scheduler", &self.scheduler, looked, SCHEDULER_DEADLINE).await
    }

    /// Answers who waits for no more than is decided.
    fn answer(&mut self, variable: &VariableLog) {
        let decided = decided(variable.state());
        let waiting = std::mem::take(&mut self.waiting);
        for (bests, reply) in waiting {
            if decided >= bests {
                reply.send(Arc::new(variable.state().clone()));
            } else {
                self.waiting.push((bests, reply));
            }
        }
    }

    async fn handle_opened(&mut self, variable: &mut VariableLog, message: PanelMessage) -> Result<()> {
        if let PanelMessage::AwaitDecided { bests, reply } = message {
            self.waiting.push((bests, reply));
        }
        self.consider(variable).await?;
        self.answer(variable);
        Ok(())
    }
}

impl Process for Panel {
    type Message = PanelMessage;

    async fn init(&mut self, context: &mut Context<Self>) -> std::result::Result<(), Exit> {
        let runtime = &self.runtime;
        let source = EventSource::new(runtime.clock().clone(), runtime.entropy().clone(), runtime.node().clone());
        let ports = VariablePorts {
            log: self.log.clone(),
            clock: runtime.clock().clone(),
            entropy: runtime.entropy().clone(),
            source: source.of_process(context.process_ref()),
        };
        let opened = VariableLog::open(ports, &best_config_of(&self.study)).await;
        self.variable = Some(opened.map_err(Exit::failed)?);
        // What became the best while nobody looked.
        context.address().try_cast(PanelMessage::Consider).map_err(|error| Exit::failed(error.into()))
    }

    async fn handle(&mut self, message: PanelMessage, _context: &mut Context<Self>) -> std::result::Result<(), Exit> {
        // Taken out while it is worked with. An error ends the process, and with it what was not written.
        let Some(mut variable) = self.variable.take() else { return Ok(()) };
        let handled = self.handle_opened(&mut variable, message).await;
        self.variable = Some(variable);
        handled.map_err(Exit::failed)
    }
}

/// Asks until there is an answer; asks again where who is asked died.
async fn until_answered<M: Send + 'static, R: Send + 'static>(
    runtime: &Runtime,
    name: &str,
    address: &Address<M>,
    message: impl Fn(Reply<R>) -> M,
    deadline: Duration,
) -> Result<R> {
    loop {
        match address.call(&message, deadline).await {
            Ok(answer) => return Ok(answer),
            Err(CallError::Deadline) => {
                return Err(Error::new(Code::Timeout, format!("{name} gave the panel no answer in {deadline:?}")));
            }
            Err(CallError::NotSent(Refusal::Stopped(exit))) => {
                return Err(Error::new(Code::ServiceUnavailable, format!("{name} ended: {exit}")));
            }
            Err(_) => runtime.clock().sleep(PAUSE).await,
        }
    }
}

/// How many proposals are decided on: each trial that became the best is proposed, one after the other.
fn decided(variable: &VariableState) -> usize {
    let is_open = |state: ProposalState| state == ProposalState::Open;
    variable.proposals().iter().filter(|proposal| !is_open(proposal.state)).count()
}

/// The proposal that is voted on.
fn open_proposal(variable: &VariableState) -> Option<u64> {
    let open = variable.proposals().iter().find(|proposal| proposal.state == ProposalState::Open);
    open.map(|proposal| proposal.id)
}

/// The trial whose configuration stands.
fn incumbent(state: &StudyState, variable: &VariableState) -> Option<u64> {
    let trial = variable.value()?.get("trial")?.as_u64()?;
    (trial < state.trials().len() as u64).then_some(trial)
}

/// Who proposes a trial's configuration: the sampler whose trial it is.
fn proposer(state: &StudyState, member: Option<u32>) -> String {
    let of_team = member.and_then(|member| state.config().team.members.get(member as usize));
    of_team.map_or_else(|| "enqueued".to_owned(), |member| member.name.clone())
}
