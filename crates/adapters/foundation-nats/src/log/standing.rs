//! Where a stream stands: its head, how far it is trimmed, and the proof that this is no earlier state.
//!
//! With several replicas a server that answers may be behind, and a leader that was deposed may not know it yet. So a
//! message is committed first, which only a majority can do; whoever answers after that has to have applied it. It
//! then has applied everything that was acknowledged before the question.

use foundation_core::port::storage::StreamName;
use foundation_core::{Code, Error, Result};
use serde::Deserialize;
use serde_json::json;

use super::Core;
use super::link::{self, Link};
use super::mark::{self, Mark};
use super::patience::{Patience, passes};
use super::scan::{Found, Scanned};
use crate::failure::Trouble;

/// Where a stream stands.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The sequence of its last event; zero where it has none.
    pub(super) head: u64,
    pub(super) mark: Mark,
    /// The sequence of the other stream's last event; zero where it has none or was not asked for.
    pub(super) other: u64,
}

#[derive(Deserialize)]
struct Info {
    state: State,
}

#[derive(Deserialize)]
struct State {
    last_seq: u64,
}

impl Core {
    /// Where a stream stands at a moment after the call.
    ///
    /// # Errors
    /// `Corrupt` where a head is gone that was acknowledged or proven to this process.
    pub(super) async fn standing(&self, stream: &StreamName, other: Option<&StreamName>) -> Result<Standing> {
        let slot = self.heads.slot(stream);
        // Before the question, because appends go on meanwhile.
        let seen = slot.seen();
        let standing = self.look(stream, other, true).await?;
        if standing.head < seen {
            let head = standing.head;
            return Err(Error::new(
                Code::Corrupt,
                format!("stream `{stream}`: event {seen} was acknowledged, and now the head is {head}"),
            )
            .advise(
                "the servers lost a tail: what is there up to the head can be read; restore the rest from a backup",
            ));
        }
        slot.saw(standing.head);
        Ok(standing)
    }

    /// The head as some server knows it, which is good enough for a guess that the engine judges.
    pub(super) async fn guess_head(&self, stream: &StreamName) -> Result<u64> {
        Ok(self.look(stream, None, false).await?.head)
    }

    async fn look(&self, stream: &StreamName, other: Option<&StreamName>, proven: bool) -> Result<Standing> {
        let doing = format!("look where stream `{stream}` stands");
        let mut subjects = vec![self.names.events(stream), self.names.mark(stream)];
        subjects.extend(other.map(|other| self.names.events(other)));
        let scanned = self.last_of(subjects, proven, &doing).await?;
        self.stands(&scanned, stream, other).map_err(|error| error.during(doing))
    }

    /// The last message of each subject: as some server knows it, or proven to be no earlier than the call.
    pub(super) async fn last_of(&self, mut subjects: Vec<String>, proven: bool, doing: &str) -> Result<Scanned> {
        let mut patience = Patience::of(&self.connection);
        let least = if proven && self.connection.settings().replicas > 1 {
            self.barrier(doing, &mut patience).await?
        } else {
            0
        };
        if least > 0 {
            // So that there is an answer which says how far the server has come.
            subjects.push(self.names.barrier.clone());
        }
        let question = json!({ "multi_last": subjects });
        loop {
            match self.scan(&question).await {
                Ok(scanned) if scanned.up_to.unwrap_or_default() >= least => return Ok(scanned),
                Ok(_) if patience.wait().await => {}
                Ok(_) => {
                    let what = format!("{doing}: every server that answered was behind");
                    return Err(Error::new(Code::ServiceUnavailable, what));
                }
                Err(trouble) if passes(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_read(doing)),
            }
        }
    }

    /// Commits a message, and answers its sequence: whoever has applied it has applied all that was acknowledged
    /// before.
    pub(super) async fn barrier(&self, doing: &str, patience: &mut Patience) -> Result<u64> {
        loop {
            let mut headers = async_nats::HeaderMap::new();
            // The earlier ones go.
            headers.insert("Nats-Rollup", "sub");
            match self.connection.publish(self.names.barrier.clone(), headers, bytes::Bytes::new()).await {
                Ok(ack) => return Ok(ack.seq),
                // A full stream is still read. Its leader says how far it has come, unproven for once.
                Err(Trouble::Refused(refusal)) if refusal.meaning() == Code::ResourceExhausted => {
                    let info: Result<Info, Trouble> =
                        self.connection.api(&format!("STREAM.INFO.{}", self.names.store), &()).await;
                    match info {
                        Ok(info) => return Ok(info.state.last_seq),
                        Err(trouble) if passes(&trouble) && patience.wait().await => {}
                        Err(trouble) => return Err(trouble.of_read(doing)),
                    }
                }
                Err(trouble) if passes(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_read(doing)),
            }
        }
    }

    fn stands(&self, scanned: &Scanned, stream: &StreamName, other: Option<&StreamName>) -> Result<Standing> {
        let (events, marks) = (self.names.events(stream), self.names.mark(stream));
        let others = other.map(|other| self.names.events(other));
        let mut standing = Standing::default();
        for found in &scanned.messages {
            if found.subject == events {
                standing.head = found.sequence;
            } else if found.subject == marks {
                standing.mark = Mark { at: mark::decode(&found.payload)?, sequence: found.sequence };
            } else if Some(&found.subject) == others.as_ref() {
                standing.other = found.sequence;
            }
        }
        Ok(standing)
    }
}

/// The link of an event.
///
/// # Errors
/// `Corrupt` where it has none, `NewerVersion` where a later version wrote it.
pub(super) fn link_of(stream: &StreamName, found: &Found) -> Result<Link> {
    let place = || format!("event {} of stream `{stream}`", found.sequence);
    let Some(header) = found.headers.get(link::HEADER) else {
        return Err(Error::new(Code::Corrupt, format!("{}: it was not written by this adapter", place())));
    };
    Link::decode(header.as_str()).map_err(|error| match error.code() {
        Code::NewerVersion => error.during(place()),
        _ => Error::new(Code::Corrupt, place()).caused_by(error),
    })
}
