//! Asking the samplers, which may die while they think: asked again until they answer or their supervisor gives up.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::port::clock::Clock;
use foundation_core::{Address, CallError, Code, Error, Refusal, Reply, Result};

use super::super::proposal::Basis;
use super::super::proposer::{ProposerMessage, Suggest};
use super::super::space::Params;
use super::super::state::StudyState;
use crate::market::Market;

/// How long an answer may take before it is taken for a failure of the study.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long to wait before a sampler that died is asked again.
const PAUSE: Duration = Duration::from_millis(10);

/// The processes of a study's samplers, by their place in the team.
#[derive(Clone, Debug)]
pub(crate) struct Proposers {
    members: Arc<[(String, Address<ProposerMessage>)]>,
    clock: Arc<dyn Clock>,
}

impl Proposers {
    pub(crate) fn new(members: Vec<(String, Address<ProposerMessage>)>, clock: Arc<dyn Clock>) -> Self {
        Self { members: members.into(), clock }
    }

    /// What `member` proposes for `trial`.
    pub(super) async fn suggest(&self, member: u32, state: &StudyState, trial: u64) -> Result<Params> {
        let config = state.config();
        let basis = Basis {
            trial,
            member,
            seed: config.seed,
            space: config.space.clone(),
            history: state.history().clone(),
            objectives: config.goals.len() + 1,
        };
        let asked = |reply| ProposerMessage::Suggest(Suggest { basis: basis.clone(), reply });
        let proposed = self.ask(member, asked, &format!("for trial {trial}")).await?;
        proposed.map_err(|error| error.during(format!("propose trial {trial} by sampler `{}`", self.name(member))))
    }

    fn name(&self, member: u32) -> &str {
        &self.members[member as usize].0
    }

    /// What every member offers for the next start, in units.
    pub(super) async fn bids(&self, market: &Market) -> Result<Vec<u64>> {
        let mut bids = Vec::with_capacity(self.members.len());
        for member in 0..self.members.len() as u32 {
            let standing = market.standing(member)?;
            let record = market.record(member).cloned().unwrap_or_default();
            let asked = |reply| ProposerMessage::Bid { standing, record: Box::new(record.clone()), reply };
            bids.push(self.ask(member, asked, &format!("when it was asked to bid in round {}", market.round())).await?);
        }
        Ok(bids)
    }

    async fn ask<R: Send + 'static>(
        &self,
        member: u32,
        message: impl Fn(Reply<R>) -> ProposerMessage,
        about: &str,
    ) -> Result<R> {
        let (name, address) = &self.members[member as usize];
        loop {
            match address.call(&message, DEADLINE).await {
                Ok(answer) => return Ok(answer),
                Err(CallError::Deadline) => {
                    let what = format!("sampler `{name}` gave no answer {about} in {DEADLINE:?}");
                    return Err(Error::new(Code::Timeout, what));
                }
                Err(CallError::NotSent(Refusal::Stopped(exit))) => {
                    return Err(Error::new(Code::ServiceUnavailable, format!("sampler `{name}` ended: {exit}")));
                }
                Err(_) => self.clock.sleep(PAUSE).await,
            }
        }
    }
}
