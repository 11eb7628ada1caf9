//! A variable's log: the state that it tells, and the ways to add to it.

use std::sync::Arc;

use foundation_core::event::{Event, EventSource};
use foundation_core::port::BoxStream;
use foundation_core::port::clock::Clock;
use foundation_core::port::entropy::Entropy;
use foundation_core::port::storage::{BatchId, EventLog, Expect, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use foundation_infra::Retry;
use futures_util::{StreamExt as _, stream};

use super::event::{Draft, VariableEvent};
use super::state::{Change, ProposalState, VariableState};
use crate::coordination::Ballot;

/// How often a decision is taken anew because somebody else was quicker. Each time somebody got on, so only a variable
/// that very many write at once comes near it.
const MOST_REPEATS: u32 = 1_000;

/// The stream of the variable with that name.
///
/// # Errors
/// `InvalidInput` where the name does not fit into a stream's name: parts between dots, of letters, digits, `_` and
/// `-`, at most 191 bytes.
pub fn variable_stream(name: &str) -> Result<StreamName> {
    StreamName::new(format!("variable.{name}")).map_err(|error| error.during(format!("variable `{name}`")))
}

/// Reads the variable of that name; at version 0 without proposals where nothing ever happened to it.
///
/// # Errors
/// `Corrupt`, `NewerVersion` or `Encoding` where the log does not tell a variable; those of the storage.
pub async fn read_variable(log: &dyn EventLog, name: &str) -> Result<VariableState> {
    let mut read = Followed::default();
    read.go_on(log, &variable_stream(name)?).await?;
    Ok(read.state)
}

/// A state and the place in the stream up to which it tells; always in step.
#[derive(Debug, Default)]
struct Followed {
    state: VariableState,
    head: Option<Sequence>,
}

impl Followed {
    /// Takes in what stands in the stream behind the head.
    async fn go_on(&mut self, log: &dyn EventLog, stream: &StreamName) -> Result<()> {
        let mut events = log.read(stream, self.head.map_or(Sequence::START, Sequence::next)).await?;
        while let Some(recorded) = events.next().await {
            let recorded = recorded?;
            take_in(&mut self.state, &recorded.event)
                .map_err(|error| error.during(format!("read `{stream}` at {}", recorded.sequence.0)))?;
            self.head = Some(recorded.sequence);
        }
        Ok(())
    }
}

fn take_in(state: &mut VariableState, event: &Event) -> Result<Option<Change>> {
    state.apply(&VariableEvent::from_event(event)?)
}

/// What a variable's log needs from its surroundings.
#[derive(Clone, Debug)]
pub struct VariablePorts {
    /// Where the events are.
    pub log: Arc<dyn EventLog>,
    /// For the waits between attempts.
    pub clock: Arc<dyn Clock>,
    /// Names appends, so that trying again appends once.
    pub entropy: Arc<dyn Entropy>,
    /// Whose events these are.
    pub source: EventSource,
}

/// A variable, opened by one of those who read and change it.
///
/// # Guarantees
/// - Any number may open the same variable, in one process or in many. Every decision - a proposal, a vote, a commit -
///   is an append that holds only if the log still ends where the decision was taken; where somebody was quicker, what
///   that one wrote is read and the decision is taken again. So there is exactly one commit for each version, and what
///   is answered here is what every other reader of the log finds.
/// - What is answered is durable, by the log's meaning of it.
///
/// # Cancel safety
/// Dropping the future of a method leaves open whether it took effect. The next call of any method reads what came of
/// it, and the same vote may be cast again.
#[derive(Debug)]
pub struct VariableLog {
    ports: VariablePorts,
    name: String,
    stream: StreamName,
    read: Followed,
}

impl VariableLog {
    /// Opens the variable of that name. Writes nothing: a variable begins with its first proposal.
    ///
    /// # Errors
    /// `InvalidInput` as [`variable_stream`]; otherwise as [`read_variable`].
    pub async fn open(ports: VariablePorts, name: &str) -> Result<Self> {
        let stream = variable_stream(name)?;
        let mut opened = Self { ports, name: name.to_owned(), stream, read: Followed::default() };
        opened.refresh().await?;
        Ok(opened)
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its state as far as it was read; [`refresh`](Self::refresh) reads on.
    #[must_use]
    pub fn state(&self) -> &VariableState {
        &self.read.state
    }

    /// Reads what others have written since.
    ///
    /// # Errors
    /// As [`read_variable`].
    pub async fn refresh(&mut self) -> Result<()> {
        self.read.go_on(&*self.ports.log, &self.stream).await
    }

    /// Proposes a change; answers the proposal's number.
    ///
    /// # Errors
    /// `Conflict` where the variable has another version than the draft's base; nothing was written. `InvalidInput`
    /// where the draft is larger than the log takes. Those of the storage.
    pub async fn propose(&mut self, draft: Draft) -> Result<u64> {
        self.change(|state| state.propose(draft.clone()).map(Some)).await
    }

    /// Casts a ballot; answers how far the proposal is. To cast the same ballot again changes nothing.
    ///
    /// # Errors
    /// `NotFound`, `InvalidInput` and `Conflict` as [`VariableState::vote`]; nothing was written. Those of the storage.
    pub async fn vote(&mut self, proposal: u64, ballot: Ballot) -> Result<ProposalState> {
        self.change(|state| state.vote(proposal, ballot.clone())).await?;
        self.state_of(proposal)
    }

    /// Commits or refuses a proposal if no further vote can change what comes out; answers how far it is.
    ///
    /// # Errors
    /// `NotFound` where there is no such proposal. Those of the storage.
    pub async fn settle(&mut self, proposal: u64) -> Result<ProposalState> {
        self.change(|state| state.settle(proposal)).await?;
        self.state_of(proposal)
    }

    /// Ends a proposal's vote now: commits or refuses it, absent votes counting as not in favour; answers which.
    ///
    /// # Errors
    /// `NotFound` where there is no such proposal. Those of the storage.
    pub async fn close(&mut self, proposal: u64) -> Result<ProposalState> {
        self.change(|state| state.close(proposal)).await?;
        self.state_of(proposal)
    }

    fn state_of(&self, proposal: u64) -> Result<ProposalState> {
        let found = self.read.state.proposal(proposal).map(|found| found.state);
        found.ok_or_else(|| Error::new(Code::NotFound, format!("proposal {proposal} of variable `{}`", self.name)))
    }

    /// Takes a decision and appends what it becomes, again and again until nobody else was quicker. Answers how many
    /// proposals there were before the event that was appended: the number of the next one.
    async fn change(&mut self, decide: impl Fn(&VariableState) -> Result<Option<VariableEvent>>) -> Result<u64> {
        let mut repeats = 0;
        loop {
            let decided = match decide(&self.read.state) {
                // What is refused here may be refused because others were not heard yet.
                Err(refused) => {
                    let heard = self.read.head;
                    self.refresh().await?;
                    if self.read.head == heard {
                        return Err(refused.during(format!("variable `{}`", self.name)));
                    }
                    continue;
                }
                Ok(decided) => decided,
            };
            let before = self.read.state.proposals().len() as u64;
            let Some(event) = decided else { return Ok(before) };
            match self.append(&event).await {
                Ok(()) => return Ok(before),
                Err(error) if error.code() == Code::Conflict && repeats < MOST_REPEATS => {
                    repeats += 1;
                    self.refresh().await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn append(&mut self, event: &VariableEvent) -> Result<()> {
        let Self { ports, stream, .. } = self;
        let events = vec![event.to_event(&ports.source)?];
        let expect = self.read.head.map_or(Expect::Empty, Expect::Head);
        let batch = BatchId(ports.entropy.next_u128());
        let mut answers_lost = 0;
        // The batch id makes it safe to try again, also after a lost answer.
        let appended = loop {
            let append = || ports.log.append(stream, batch, events.clone(), expect.clone());
            match Retry::default().run(&*ports.clock, &*ports.entropy, append).await {
                Err(error) if error.code() == Code::OutcomeUnknown && answers_lost < 3 => answers_lost += 1,
                answer => break answer.map_err(|error| error.during(format!("append to `{stream}`")))?,
            }
        };
        self.read.state.apply(event)?;
        self.read.head = Some(appended.last);
        Ok(())
    }

    /// Tells every change after version `after`, those of the past first, and goes on. The stream ends only with an
    /// error. It reads from the log, so a slow subscriber loses nothing.
    ///
    /// # Errors
    /// Those of the storage; in the stream also those of [`read_variable`].
    pub async fn subscribe(&self, after: u64) -> Result<BoxStream<'static, Result<Change>>> {
        let events = self.ports.log.subscribe(&self.stream, Sequence::START).await?;
        let changes = stream::try_unfold((events, VariableState::new()), move |(mut events, mut state)| async move {
            while let Some(recorded) = events.next().await {
                if let Some(change) = take_in(&mut state, &recorded?.event)?
                    && change.version > after
                {
                    return Ok(Some((change, (events, state))));
                }
            }
            Ok(None)
        });
        Ok(changes.boxed())
    }
}

#[cfg(test)]
mod tests;
