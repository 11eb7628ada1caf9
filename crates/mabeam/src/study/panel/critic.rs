//! The process of a critic: evaluates what is proposed, and what stands, on data of its own, and casts its ballot.

use std::collections::BTreeMap;
use std::sync::Arc;

use foundation_core::{Address, Context, Exit, Process, Reply, Result, Runtime};

use super::super::event::Judged;
use super::super::judge::{Judge, Judgement, Judging};
use super::super::scheduler::SchedulerMessage;
use super::super::space::Params;
use super::{SCHEDULER_DEADLINE, until_answered};
use crate::agent::Critic;
use crate::coordination::Ballot;

/// A configuration, and the trial that found it.
#[derive(Clone, Debug)]
pub(crate) struct Configuration {
    pub(crate) trial: u64,
    pub(crate) params: Params,
}

/// What a critic is asked: is the candidate better than what stands?
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) candidate: Configuration,
    pub(crate) incumbent: Option<Configuration>,
    pub(crate) reply: Reply<Ballot>,
}

/// The process of a critic.
pub(crate) struct CriticProcess {
    index: u32,
    seed: u64,
    runtime: Runtime,
    scheduler: Address<SchedulerMessage>,
    judge: Arc<dyn Judge>,
    policy: Critic,
    /// The scores of the configurations it knows, by their trials.
    known: BTreeMap<u64, Vec<f64>>,
}

impl CriticProcess {
    pub(crate) fn new(
        index: u32,
        name: String,
        seed: u64,
        runtime: Runtime,
        scheduler: Address<SchedulerMessage>,
        judge: Arc<dyn Judge>,
    ) -> Self {
        Self { index, seed, runtime, scheduler, judge, policy: Critic::new(name), known: BTreeMap::new() }
    }

    /// The scores of a configuration, evaluated where they are not known; or why there are none.
    async fn scores(&mut self, of: &Configuration) -> Result<std::result::Result<Vec<f64>, String>> {
        if let Some(known) = self.known.get(&of.trial) {
            return Ok(Ok(known.clone()));
        }
        let (judge, params) = (self.judge.clone(), of.params.clone());
        let judging = Judging { seed: self.seed, critic: self.index };
        let began = self.runtime.clock().now();
        let evaluated =
            self.runtime.spawner().spawn_blocking("study-critic", move || judge.judge(&judging, &params)).await;
        let seconds = self.runtime.clock().now().since(began).as_secs_f64();
        let cannot = |why: &str| Err(format!("trial {} cannot be judged: {why}", of.trial));
        let (scores, epochs, cpu_s) = match evaluated {
            Ok(Ok(Judgement { scores, epochs, cpu_s })) => match mean(&scores).is_some_and(f64::is_finite) {
                true => (Ok(scores), epochs, cpu_s.filter(|seconds| seconds.is_finite())),
                false => (cannot("its scores are no finite numbers, or none"), epochs, cpu_s),
            },
            Ok(Err(error)) => (cannot(error.message()), 0, None),
            Err(aborted) => (cannot(&aborted.reason.to_string()), 0, None),
        };
        let value = scores.as_deref().ok().and_then(mean);
        // Told before it is used: what is cut off here is judged again, and counts again.
        self.note(Judged { critic: self.index, trial: of.trial, value, epochs, seconds, cpu_s }).await?;
        if let Ok(scores) = &scores {
            self.known.insert(of.trial, scores.clone());
        }
        Ok(scores)
    }

    /// Has it written down in the study's log.
    async fn note(&self, judged: Judged) -> Result<()> {
        let told = |reply| SchedulerMessage::Judged { judged: judged.clone(), reply };
        until_answered(&self.runtime, "the scheduler", &self.scheduler, told, SCHEDULER_DEADLINE).await
    }

    async fn ballot(&mut self, candidate: &Configuration, incumbent: Option<&Configuration>) -> Result<Ballot> {
        // What stands is compared again and again; nothing else is.
        let needed = [Some(candidate.trial), incumbent.map(|incumbent| incumbent.trial)];
        self.known.retain(|trial, _| needed.contains(&Some(*trial)));
        let scores = match self.scores(candidate).await? {
            Ok(scores) => scores,
            Err(reason) => return Ok(self.policy.against(reason)),
        };
        let standing = match incumbent {
            // What stands and cannot be judged any more does not keep a better one out.
            Some(incumbent) => self.scores(incumbent).await?.ok(),
            None => None,
        };
        Ok(match self.policy.vote(&scores, standing.as_deref()) {
            Ok(ballot) => ballot,
            Err(error) => self.policy.against(error.chain()),
        })
    }
}

impl Process for CriticProcess {
    type Message = Question;

    async fn handle(&mut self, asked: Question, _context: &mut Context<Self>) -> std::result::Result<(), Exit> {
        let ballot = self.ballot(&asked.candidate, asked.incumbent.as_ref()).await.map_err(Exit::failed)?;
        asked.reply.send(ballot);
        Ok(())
    }
}

fn mean(scores: &[f64]) -> Option<f64> {
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}
