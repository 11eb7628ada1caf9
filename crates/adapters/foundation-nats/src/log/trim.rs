//! Forgetting a stream's oldest events.
//!
//! First a mark says how far the stream is trimmed; from then on nobody reads what lies before. Then the server drops
//! it, but not what is so young that batch ids of its time are remembered: a server that starts learns the ids from
//! the messages that it has.

mod boundary;

use async_nats::HeaderMap;
use bytes::Bytes;
use foundation_core::Result;
use foundation_core::port::storage::{Sequence, StreamName};
use serde_json::{Value, json};

use boundary::Boundary;

use super::patience::{Patience, passes};
use super::scan::Found;
use super::standing::{Standing, link_of};
use super::{Core, mark, store};
use crate::failure::{Trouble, number};

/// How much longer than batch ids are remembered events are kept, in seconds.
const MARGIN: i64 = 30;

impl Core {
    pub(super) async fn trim(&self, stream: &StreamName, before: Sequence) -> Result<()> {
        let doing = format!("trim stream `{stream}`");
        let mut patience = Patience::of(&self.connection);
        loop {
            let Standing { head, mark, .. } = self.standing(stream, None).await?;
            // Never the last one.
            let first_kept = before.0.min(head);
            if first_kept <= mark.at.saturating_add(1) {
                return Ok(());
            }
            let kept = self.first_from(stream, first_kept, &doing, &mut patience).await?;
            let trimmed = link_of(stream, &kept)?.before(kept.sequence);
            if trimmed <= mark.at {
                return Ok(());
            }
            let mut headers = HeaderMap::new();
            headers.insert("Nats-Expected-Last-Subject-Sequence", mark.sequence.to_string());
            headers.insert("Nats-Rollup", "sub");
            let says = Bytes::from(mark::encode(trimmed));
            match self.connection.publish(self.names.mark(stream), headers, says).await {
                Ok(_) => {
                    // The trim has taken effect. What the server does not drop now goes with the next trim.
                    drop(self.purge(stream, trimmed, &doing, &mut patience).await);
                    return Ok(());
                }
                // Somebody else trims, or the answer was lost: the mark is looked at again, and tells.
                Err(trouble) if may_be_tried_again(&trouble) && patience.wait().await => {}
                Err(trouble) => return Err(trouble.of_write(&doing)),
            }
        }
    }

    /// The first event at or behind a place, which is not behind the head.
    async fn first_from(&self, stream: &StreamName, from: u64, doing: &str, patience: &mut Patience) -> Result<Found> {
        let question = json!({ "seq": from, "next_by_subj": self.names.events(stream), "batch": 1 });
        loop {
            let trouble = match self.scan(&question).await {
                Ok(scanned) => match scanned.messages.into_iter().next() {
                    Some(found) => return Ok(found),
                    None => Trouble::Lost("the server that answered is behind".to_owned()),
                },
                Err(trouble) => trouble,
            };
            if !passes(&trouble) || !patience.wait().await {
                return Err(trouble.of_read(doing));
            }
        }
    }

    /// Has the server drop the events up to `trimmed`, as far as they are old enough.
    async fn purge(&self, stream: &StreamName, trimmed: u64, doing: &str, patience: &mut Patience) -> Result<()> {
        let now = self.time_of_mark(stream, doing, patience).await?;
        let window = i64::try_from(store::window(&self.connection).as_secs()).unwrap_or(i64::MAX);
        let oldest_kept = now.saturating_sub(window).saturating_sub(MARGIN);
        let mut boundary = Boundary::up_to(trimmed);
        while let Some(place) = boundary.question() {
            let found = self.first_from(stream, place, doing, patience).await?;
            boundary.answer(place, found.sequence, found.seconds().is_some_and(|taken| taken < oldest_kept));
        }
        let gone = boundary.last_old();
        if gone == 0 {
            return Ok(());
        }
        let what = format!("STREAM.PURGE.{}", self.names.store);
        let question = json!({ "filter": self.names.events(stream), "seq": gone.saturating_add(1) });
        let purged: Result<Value, Trouble> = self.connection.api(&what, &question).await;
        purged.map(drop).map_err(|trouble| trouble.of_read(doing))
    }

    /// When the stream's mark was written: now, on the clock that gave the events their times.
    async fn time_of_mark(&self, stream: &StreamName, doing: &str, patience: &mut Patience) -> Result<i64> {
        let question = json!({ "multi_last": [self.names.mark(stream)] });
        loop {
            let trouble = match self.scan(&question).await {
                Ok(scanned) => match scanned.messages.first().and_then(Found::seconds) {
                    Some(seconds) => return Ok(seconds),
                    None => Trouble::Lost("the server that answered is behind".to_owned()),
                },
                Err(trouble) => trouble,
            };
            if !passes(&trouble) || !patience.wait().await {
                return Err(trouble.of_read(doing));
            }
        }
    }
}

fn may_be_tried_again(trouble: &Trouble) -> bool {
    passes(trouble) || matches!(trouble.number(), number::WRONG_LAST_SEQUENCE | number::WRITE_IN_PROGRESS)
}
