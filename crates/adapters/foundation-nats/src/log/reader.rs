//! Reading a stream, with the proof that nothing is left out.

use std::collections::VecDeque;
use std::sync::Arc;

use foundation_core::event::Event;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Recorded, Sequence, StreamName};
use foundation_core::{Code, Error, Result};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::Core;
use super::chain::{Chain, Next};
use super::mark::Mark;
use super::patience::{Patience, passes};
use super::scan::Found;
use super::standing::link_of;

/// How many events are asked for at a time, and how many bytes.
const STEP_EVENTS: usize = 256;
const STEP_BYTES: usize = 1024 * 1024;

/// How often the servers are asked for an event that the one behind it names. Each time another copy may answer, and
/// one copy that lost something is no loss yet.
const ASKED_FOR_MISSING: usize = 8;

/// A place in a stream, from which it goes on.
pub(super) struct Reader {
    core: Arc<Core>,
    stream: StreamName,
    chain: Chain,
    ready: VecDeque<Recorded>,
    /// How often an event was missing here.
    asked: usize,
}

pub(super) async fn read(
    core: &Arc<Core>,
    stream: &StreamName,
    from: Sequence,
) -> Result<BoxStream<'static, Result<Recorded>>> {
    let standing = core.standing(stream, None).await?;
    let reader = Reader::new(core, stream, from, &standing.mark)?;
    let head = standing.head;
    Ok(stream::unfold(Some(reader), move |reader| async move {
        let mut reader = reader?;
        match reader.next_up_to(head).await {
            Ok(Some(recorded)) => Some((Ok(recorded), Some(reader))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed())
}

impl Reader {
    /// A reader of everything from `from` on.
    ///
    /// # Errors
    /// `Compacted` where that was trimmed.
    pub(super) fn new(core: &Arc<Core>, stream: &StreamName, from: Sequence, mark: &Mark) -> Result<Self> {
        let trimmed = mark.at;
        if from != Sequence::START && from.0 <= trimmed {
            let what = format!("read stream `{stream}` from {}: it is trimmed up to {trimmed}", from.0);
            return Err(Error::new(Code::Compacted, what));
        }
        let chain = Chain::behind(trimmed.max(from.0.saturating_sub(1)));
        Ok(Self { core: Arc::clone(core), stream: stream.clone(), chain, ready: VecDeque::new(), asked: 0 })
    }

    /// Everything up to here was told or lies before the beginning, but for what is ready.
    pub(super) fn reached(&self) -> u64 {
        self.chain.reached()
    }

    /// An event that was fetched and not told yet.
    pub(super) fn take_ready(&mut self) -> Option<Recorded> {
        self.ready.pop_front()
    }

    async fn next_up_to(&mut self, head: u64) -> Result<Option<Recorded>> {
        let mut patience = Patience::of(&self.core.connection);
        loop {
            if let Some(recorded) = self.take_ready() {
                return Ok((recorded.sequence.0 <= head).then_some(recorded));
            }
            if self.reached() >= head {
                return Ok(None);
            }
            if !self.step(&mut patience).await? && !patience.wait().await {
                let (stream, reached) = (&self.stream, self.reached());
                let what = format!("read stream `{stream}`: no server has what follows event {reached} at the moment");
                return Err(Error::new(Code::ServiceUnavailable, what));
            }
        }
    }

    /// Fetches what follows. `false` where the server that answered has nothing.
    pub(super) async fn step(&mut self, patience: &mut Patience) -> Result<bool> {
        let doing = format!("read stream `{}`", self.stream);
        let question = json!({
            "seq": self.reached().saturating_add(1), "next_by_subj": self.core.names.events(&self.stream),
            "batch": STEP_EVENTS, "max_bytes": STEP_BYTES,
        });
        let scanned = loop {
            match self.core.scan(&question).await {
                Ok(scanned) => break scanned,
                Err(trouble) if passes(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_read(&doing)),
            }
        };
        let had = !scanned.messages.is_empty();
        for found in scanned.messages {
            let link = link_of(&self.stream, &found)?;
            match self.chain.judge(found.sequence, &link) {
                Next::Known => {}
                Next::Follows => {
                    self.ready.push_back(self.recorded(&found)?);
                    self.chain.told(found.sequence);
                    self.asked = 0;
                }
                // What came before it is told first; asked again, it stands at the beginning.
                Next::Missing { .. } if !self.ready.is_empty() => break,
                Next::Missing { last } => {
                    self.missing(last).await?;
                    return Ok(false);
                }
                Next::Forked { named } => {
                    let (stream, sequence, reached) = (&self.stream, found.sequence, self.reached());
                    let what = format!(
                        "stream `{stream}`: event {sequence} says that it follows {named}, and {reached} lies between"
                    );
                    return Err(Error::new(Code::Corrupt, what));
                }
            }
        }
        Ok(had)
    }

    /// Events up to `last` are not there: an error if they are gone, nothing if asking again may help.
    async fn missing(&mut self, last: u64) -> Result<()> {
        let (stream, reached) = (self.stream.clone(), self.reached());
        let trimmed = self.core.standing(&stream, None).await?.mark.at;
        if trimmed >= last {
            let what = format!("read stream `{stream}` behind {reached}: it is trimmed up to {trimmed} meanwhile");
            return Err(Error::new(Code::Compacted, what));
        }
        self.asked += 1;
        if self.asked < ASKED_FOR_MISSING {
            return Ok(());
        }
        let what = format!("stream `{stream}`: events behind {reached} up to {last} are missing");
        Err(Error::new(Code::Corrupt, what)
            .advise("what lies before and behind can be read; restore the rest from a backup"))
    }

    fn recorded(&self, found: &Found) -> Result<Recorded> {
        let event = Event::decode(&found.payload).map_err(|error| {
            let place = format!("event {} of stream `{}`", found.sequence, self.stream);
            match error.code() {
                Code::NewerVersion => error.during(place),
                _ => Error::new(Code::Corrupt, place).caused_by(error),
            }
        })?;
        Ok(Recorded { sequence: Sequence(found.sequence), event })
    }
}
