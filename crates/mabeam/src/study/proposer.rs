//! The process of a sampler: proposes parameters when it is asked, and knows nothing between two questions.

use std::sync::Arc;

use foundation_core::port::entropy::RandomStream;
use foundation_core::{Context, Error, Exit, Process, Reply};

use super::proposal::{Basis, propose};
use super::sampler::Sampler;
use super::space::Params;
use crate::agent::Bidding;
use crate::market::{Record, Standing};

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
    pub(super) basis: Basis,
    pub(super) reply: Reply<Result<Params, Error>>,
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
        let Suggest { basis, reply } = asked;
        let params = propose(&*self.sampler, &basis);
        // Given back before the answer, so that the scheduler's history is not copied when it next grows.
        drop(basis);
        reply.send(params);
        Ok(())
    }
}
