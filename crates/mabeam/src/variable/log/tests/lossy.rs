//! Writers that reach the log over a bad connection.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use foundation_core::event::{Event, EventSource, NodeId};
use foundation_core::port::BoxStream;
use foundation_core::port::entropy::RandomStream;
use foundation_core::port::storage::{Appended, BatchId, EventLog, Expect, LogLimits, Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use foundation_memory::{MemoryEventLog, Simulation};
use serde_json::json;

use super::{ballot, draft};
use crate::variable::{Draft, ProposalState, VariableLog, VariablePorts, read_variable};

/// A log behind a connection on which appends, or the answers to them, get lost.
#[derive(Debug)]
struct Lossy {
    inner: MemoryEventLog,
    random: Mutex<RandomStream>,
}

#[async_trait]
impl EventLog for Lossy {
    fn limits(&self) -> LogLimits {
        self.inner.limits()
    }

    async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        events: Vec<Event>,
        expect: Expect,
    ) -> Result<Appended> {
        let drawn = self.random.lock().unwrap().below(6);
        match drawn {
            0 => Err(Error::new(Code::ServiceUnavailable, "refused on purpose")),
            1 => Err(Error::new(Code::OutcomeUnknown, "lost on purpose")),
            2 => {
                drop(self.inner.append(stream, batch, events, expect).await);
                Err(Error::new(Code::OutcomeUnknown, "its answer was lost on purpose"))
            }
            _ => self.inner.append(stream, batch, events, expect).await,
        }
    }

    async fn read(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        self.inner.read(stream, from).await
    }

    async fn subscribe(&self, stream: &StreamName, from: Sequence) -> Result<BoxStream<'static, Result<Recorded>>> {
        self.inner.subscribe(stream, from).await
    }

    async fn head(&self, stream: &StreamName) -> Result<Option<Sequence>> {
        self.inner.head(stream).await
    }

    async fn streams(&self, prefix: &str) -> Result<Vec<StreamName>> {
        self.inner.streams(prefix).await
    }

    async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        self.inner.trim(stream, before).await
    }
}

/// What one writer was told by its log.
#[derive(Debug, Default)]
struct Told {
    proposed: usize,
    committed: Vec<u64>,
    failed: usize,
}

async fn write_over(ports: VariablePorts, name: &str) -> Told {
    let mut variable = VariableLog::open(ports, "best").await.unwrap();
    let mut told = Told::default();
    while told.committed.len() < 6 && told.failed < 1_000 {
        variable.refresh().await.unwrap();
        let base = variable.state().version();
        let Ok(proposal) =
            variable.propose(Draft { proposer: name.to_owned(), ..draft(base, json!(name), &[name]) }).await
        else {
            told.failed += 1;
            continue;
        };
        told.proposed += 1;
        let settled = match variable.vote(proposal, ballot(name, true)).await {
            Ok(_) => variable.settle(proposal).await,
            Err(error) => Err(error),
        };
        match settled {
            Ok(ProposalState::Committed { version }) => told.committed.push(version),
            Ok(_) => {}
            Err(_) => told.failed += 1,
        }
    }
    told
}

#[test]
fn lost_appends_and_lost_answers_write_nothing_twice_and_forget_nothing() {
    for seed in 1..=25 {
        let world = Simulation::new(seed);
        let inner = MemoryEventLog::new();
        let over = |who: u64| VariablePorts {
            log: Arc::new(Lossy { inner: inner.clone(), random: Mutex::new(RandomStream::new(seed, who)) }),
            clock: world.clock(),
            entropy: world.entropy(),
            source: EventSource::new(world.clock(), world.entropy(), NodeId::new("test").unwrap()),
        };
        let writers = futures_util::future::join(write_over(over(1), "one"), write_over(over(2), "two"));
        let (one, two) = world.block_on(writers);
        let state = world.block_on(read_variable(&inner, "best")).unwrap();
        for (name, told) in [("one", &one), ("two", &two)] {
            let proposals = state.proposals().iter().filter(|proposal| proposal.proposer == name).count();
            assert!(
                (told.proposed..=told.proposed + told.failed).contains(&proposals),
                "seed {seed}: {name} was told of {told:?} and wrote {proposals}"
            );
            for version in &told.committed {
                let committed = state.versions().nth(*version as usize - 1).unwrap();
                assert_eq!(committed.proposer, name, "seed {seed}: version {version} of {told:?}");
            }
            assert_eq!(told.committed.len(), 6, "seed {seed}: {name} got nowhere: {told:?}");
        }
    }
}
