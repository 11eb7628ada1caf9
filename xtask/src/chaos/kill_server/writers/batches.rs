//! Writers of an event log: each appends batches of its ids, and tries again under the same batch id until it is
//! answered.

use std::sync::Arc;

use foundation_core::event::{EventSource, EventType};
use foundation_core::port::entropy::Entropy;
use foundation_core::port::storage::{BatchId, EventLog, Expect, Sequence, StreamName};
use foundation_core::{Code, Result};
use futures_util::StreamExt as _;

use super::{Books, Told, breathe, id, rest};

/// Events in a batch, in turn.
const SIZES: [u32; 3] = [1, 4, 2];

/// A writer of a stream.
pub(in crate::chaos::kill_server) struct BatchWriter {
    pub(in crate::chaos::kill_server) number: u32,
    pub(in crate::chaos::kill_server) log: Arc<dyn EventLog>,
    pub(in crate::chaos::kill_server) stream: StreamName,
    pub(in crate::chaos::kill_server) source: EventSource,
    pub(in crate::chaos::kill_server) entropy: Arc<dyn Entropy>,
    /// Whether it alone writes the stream and names the head that it expects.
    pub(in crate::chaos::kill_server) expects_head: bool,
    pub(in crate::chaos::kill_server) books: Arc<Books>,
}

impl BatchWriter {
    /// Appends until the books are closed; answers what was not as the port promises.
    pub(in crate::chaos::kill_server) async fn run(self) -> Vec<String> {
        let Ok(kind) = EventType::new("chaos.written") else { return Vec::new() };
        let mut complaints = Vec::new();
        let mut head = None;
        let mut n = 0;
        for size in SIZES.into_iter().cycle() {
            if self.books.is_stopped() {
                break;
            }
            let ids: Vec<u64> = (n + 1..=n + size).map(|n| id(self.number, n)).collect();
            n += size;
            match self.append(&kind, &ids, head).await {
                Ok(last) => head = Some(last),
                Err(complaint) => {
                    complaints.push(complaint);
                    break;
                }
            }
            rest().await;
        }
        complaints
    }

    async fn append(&self, kind: &EventType, ids: &[u64], head: Option<Sequence>) -> Result<Sequence, String> {
        let batch = BatchId(self.entropy.next_u128());
        let events: Vec<_> = ids.iter().map(|id| self.source.event(kind.clone(), 1, format!("{id:x}"))).collect();
        let expect = match head {
            _ if !self.expects_head => Expect::Any,
            Some(head) => Expect::Head(head),
            None => Expect::Empty,
        };
        let places: Vec<usize> = ids.iter().map(|id| self.books.sent(*id)).collect();
        let mut is_in_doubt = false;
        loop {
            match self.log.append(&self.stream, batch, events.clone(), expect.clone()).await {
                Ok(appended) => {
                    if is_in_doubt {
                        self.books.found_out();
                    }
                    places.iter().for_each(|place| self.books.succeeded(*place));
                    return Ok(appended.last);
                }
                Err(error) if error.code() == Code::OutcomeUnknown || error.code() == Code::Timeout => {
                    if !is_in_doubt {
                        self.books.lost_answer();
                        is_in_doubt = true;
                    }
                    breathe().await;
                }
                Err(error) if error.is_transient() => breathe().await,
                Err(error) => {
                    if is_in_doubt {
                        return Err(format!("a batch in doubt was tried again under its id and refused: {error}"));
                    }
                    places.iter().for_each(|place| self.books.told(*place, Told::Refused));
                    return Err(format!("a batch on stream `{}` was refused: {error}", self.stream));
                }
            }
        }
    }
}

/// The ids of a stream, in order.
pub(in crate::chaos::kill_server) async fn read_batches(log: &dyn EventLog, stream: &StreamName) -> Result<Vec<u64>> {
    let mut recorded = log.read(stream, Sequence::START).await?;
    let mut ids = Vec::new();
    while let Some(recorded) = recorded.next().await {
        let text = recorded?.event.data;
        // What is no id becomes one that nobody sent.
        ids.push(u64::from_str_radix(&String::from_utf8_lossy(&text), 16).unwrap_or(u64::MAX));
    }
    Ok(ids)
}
