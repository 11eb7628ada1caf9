//! The process of a sampler: proposes parameters when it is asked, and knows nothing between two questions.

use std::sync::Arc;

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Context, Exit, Process, Reply, Result};

use super::sampler::{History, Request, Sampler};
use super::space::{Attempts, Params, SearchSpace};
use crate::agent::Bidding;
use crate::market::{Record, Standing};

/// The streams of proposals; those of trainers have the highest bit clear.
const PROPOSAL_STREAM: u64 = 1 << 63;

/// The random numbers of the proposal for `trial`.
fn stream_of_proposal(seed: u64, trial: u64) -> RandomStream {
    RandomStream::new(seed, PROPOSAL_STREAM | trial)
}

/// The proposal of a sampler for `trial`: its first one that keeps the constraints of the space, or else a draw that does.
///
/// # Errors
/// `InvalidStudy` where no point is found that keeps them.
pub(super) fn propose(sampler: &dyn Sampler, request: &Request<'_>, trial: u64) -> Result<Params> {
    let mut random = stream_of_proposal(request.seed, trial);
    request.space.feasible(Attempts::default(), &mut random, |random| sampler.suggest(request, random))
}

/// The streams of the market's rounds; a study has fewer trials than reach into them.
const OFFER_STREAM: u64 = 3 << 62;

/// The random numbers by which the start of that round finds its owner.
pub(super) fn stream_of_offer(seed: u64, round: u64) -> RandomStream {
    RandomStream::new(seed, OFFER_STREAM | round)
}

/// The streams of what is tried in place of a proposal that is in quarantine. The children of a population have 5 in
/// their three highest bits, proposals 4; the market has no rounds that reach from 6 into 7.
const SUBSTITUTE_STREAM: u64 = 7 << 61;

/// The random numbers by which a substitute for the proposal of that trial is drawn.
pub(super) fn stream_of_substitute(seed: u64, trial: u64) -> RandomStream {
    RandomStream::new(seed, SUBSTITUTE_STREAM | trial)
}

/// A question: which parameters should this trial try?
#[derive(Debug)]
pub(crate) struct Suggest {
    pub(crate) trial: u64,
    pub(crate) member: u32,
    pub(crate) seed: u64,
    pub(crate) space: SearchSpace,
    pub(crate) history: History,
    pub(crate) reply: Reply<Result<Params>>,
}

/// What a proposer is told.
#[derive(Debug)]
pub(crate) enum ProposerMessage {
    Suggest(Suggest),
    /// What does it offer for the next start?
    Bid {
        standing: Standing,
        record: Box<Record>,
        reply: Reply<u64>,
    },
}

/// The process of a sampler.
#[derive(Debug)]
pub(crate) struct Proposer {
    sampler: Arc<dyn Sampler>,
    bidding: Arc<dyn Bidding>,
}

impl Proposer {
    pub(crate) fn new(sampler: Arc<dyn Sampler>, bidding: Arc<dyn Bidding>) -> Self {
        Self { sampler, bidding }
    }
}

impl Process for Proposer {
    type Message = ProposerMessage;

    async fn handle(&mut self, message: ProposerMessage, _context: &mut Context<Self>) -> Result<(), Exit> {
        let asked = match message {
            ProposerMessage::Suggest(asked) => asked,
            ProposerMessage::Bid { standing, record, reply } => {
                reply.send(self.bidding.bid(&standing, &record));
                return Ok(());
            }
        };
        let request = Request { space: &asked.space, history: &asked.history, member: asked.member, seed: asked.seed };
        let params = propose(&*self.sampler, &request, asked.trial);
        // Given back before the answer, so that the scheduler's history is not copied when it next grows.
        drop(asked.history);
        asked.reply.send(params);
        Ok(())
    }
}
