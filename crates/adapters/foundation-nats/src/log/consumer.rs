//! Consumers: readers with a name, whose place the servers remember.
//!
//! The place is a message beside the events, replaced at each confirmation. JetStream has consumers of its own; each is
//! a Raft group, and none of them notices an event that the engine lost. A place costs nothing while nobody reads.

use std::fmt;
use std::sync::Arc;

use async_nats::HeaderMap;
use bytes::Bytes;
use foundation_core::port::messaging::GroupName;
use foundation_core::port::storage::{Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};

use super::mark::{self, Mark};
use super::patience::{Patience, passes};
use super::tail::Tail;
use super::{Core, NatsEventLog};
use crate::failure::number;

/// A reader of one stream that has a name. The servers remember how far it has come, over restarts of its process and
/// theirs.
///
/// **At least once**: what was not [confirmed](Self::confirm) is told again to the next reader of this name. **One at a
/// time**: of two readers with one name the first to confirm goes on, and the other is refused at its next confirmation.
pub struct NatsConsumer {
    core: Arc<Core>,
    name: GroupName,
    stream: StreamName,
    tail: Tail,
    /// How far it has come, and the sequence of the message that says so.
    place: Mark,
}

impl NatsEventLog {
    /// Goes on with a stream where the consumer of this name stopped; a new one begins with the oldest event that is
    /// kept.
    ///
    /// # Errors
    /// `Compacted` where events that it has not confirmed were trimmed; those of [`EventLog`] besides.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    ///
    /// [`EventLog`]: foundation_core::port::storage::EventLog
    pub async fn consumer(&self, name: &GroupName, stream: &StreamName) -> Result<NatsConsumer> {
        let core = Arc::clone(&self.core);
        let place = core.place(name, stream).await?;
        let from = if place.at == 0 { Sequence::START } else { Sequence(place.at).next() };
        let tail = Tail::open(&core, stream, from).await?;
        Ok(NatsConsumer { core, name: name.clone(), stream: stream.clone(), tail, place })
    }
}

impl NatsConsumer {
    /// The next event; waits until there is one.
    ///
    /// # Errors
    /// Those of a subscription. After one the consumer is opened again, or given up.
    ///
    /// # Cancel safety
    /// Dropping the future loses no event.
    pub async fn next(&mut self) -> Result<Recorded> {
        self.tail.next().await
    }

    /// The sequence that was confirmed last; [`Sequence::START`] where none was.
    #[must_use]
    pub fn confirmed(&self) -> Sequence {
        Sequence(self.place.at)
    }

    /// Has the servers remember that everything up to `sequence` is done. Durable when it answers. An earlier place than
    /// the confirmed one changes nothing.
    ///
    /// # Errors
    /// `Conflict` where another reader of this name has confirmed meanwhile; `OutcomeUnknown` where the answer was lost:
    /// confirm again.
    ///
    /// # Cancel safety
    /// Dropping the future leaves open whether it took effect: confirm again.
    pub async fn confirm(&mut self, sequence: Sequence) -> Result<()> {
        if sequence <= self.confirmed() {
            return Ok(());
        }
        let doing = format!("confirm event {} of stream `{}` for `{}`", sequence.0, self.stream, self.name);
        let mut patience = Patience::of(&self.core.connection);
        loop {
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Expected-Last-Subject-Sequence", self.place.sequence.to_string());
            headers.insert("Nats-Rollup", "sub");
            let subject = self.core.names.place(&self.name, &self.stream);
            match self.core.connection.publish(subject, headers, Bytes::from(mark::encode(sequence.0))).await {
                Ok(ack) => {
                    self.place = Mark { at: sequence.0, sequence: ack.seq };
                    return Ok(());
                }
                Err(trouble) if matches!(trouble.number(), number::WRONG_LAST_SEQUENCE | number::WRITE_IN_PROGRESS) => {
                    let found = self.core.place(&self.name, &self.stream).await?;
                    if found.at == sequence.0 {
                        // An earlier try of ours whose answer was lost, or somebody who is exactly as far.
                        self.place = found;
                        return Ok(());
                    }
                    if found.sequence != self.place.sequence || !patience.wait().await {
                        let what = format!("{doing}: another reader of that name is at {}", found.at);
                        return Err(Error::new(Code::Conflict, what).advise("open the consumer again, once"));
                    }
                }
                Err(trouble) if passes(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_write(&doing)),
            }
        }
    }
}

impl fmt::Debug for NatsConsumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, stream, place, .. } = self;
        f.debug_struct("NatsConsumer")
            .field("name", name)
            .field("stream", stream)
            .field("confirmed", &place.at)
            .finish_non_exhaustive()
    }
}

impl Core {
    /// How far a consumer has come.
    async fn place(&self, name: &GroupName, stream: &StreamName) -> Result<Mark> {
        let doing = format!("look how far `{name}` has come in stream `{stream}`");
        let subject = self.names.place(name, stream);
        let scanned = self.last_of(vec![subject.clone()], true, &doing).await?;
        match scanned.messages.iter().find(|found| found.subject == subject) {
            Some(found) => {
                let at = mark::decode(&found.payload).map_err(|error| error.during(doing))?;
                Ok(Mark { at, sequence: found.sequence })
            }
            None => Ok(Mark::default()),
        }
    }
}
