//! Appending.
//!
//! # Why sending again is right
//! Every copy of an append carries its batch id and names the event that it follows. While the engine remembers the id
//! at most one copy is stored. And once anything else was stored behind that event no copy is: sequences do not come
//! back. So an answer to any copy settles all of them, and what is never answered is unknown and no worse.

use bytes::Bytes;
use foundation_core::port::clock::deadline;
use foundation_core::port::storage::{Appended, BatchId, Expect, Sequence, StreamName};
use foundation_core::{Code, Error, Result};

use super::Core;
use super::expectation::{Plan, Verdict, judge};
use super::patience::{Patience, passes};
use super::send::{Call, Sent, message_id};
use super::standing::{Standing, link_of};
use crate::failure::{Trouble, number};

impl Core {
    pub(super) async fn append(
        &self,
        stream: &StreamName,
        batch: BatchId,
        bodies: Vec<Bytes>,
        expect: &Expect,
    ) -> Result<Appended> {
        let doing = format!("append to stream `{stream}`");
        let mut patience = Patience::of(&self.connection);
        let slot = self.heads.slot(stream);
        let Ok(mut head) = deadline(&**self.connection.clock(), patience.until(), slot.head.lock()).await else {
            let what = format!("{doing}: earlier appends to it are waiting for the servers");
            return Err(Error::new(Code::ServiceUnavailable, what));
        };
        let call = Call { stream, id: message_id(batch), call: self.connection.unique(), bodies };
        let count = call.bodies.len() as u64;
        let plan = Plan::of(expect, stream);
        // A copy was sent whose answer did not come.
        let mut is_open = false;
        loop {
            let previous = match (&plan, *head) {
                (Plan::On(expected), _) => *expected,
                (_, Some(head)) => head,
                (_, None) => self.guess_head(stream).await.map_err(|error| unsettled(error, is_open))?,
            };
            let sent = match &plan {
                Plan::Never => None,
                Plan::Fenced(other, expected) => Some(self.send(&call, previous, Some((other, *expected))).await),
                Plan::OnHead | Plan::On(_) => Some(self.send(&call, previous, None).await),
            };
            match sent {
                Some(Ok(Sent::Stored(last))) => {
                    *head = Some(last);
                    slot.saw(last);
                    let first = Sequence(last.saturating_sub(count - 1));
                    return Ok(Appended { first, last: Sequence(last), duplicate: false });
                }
                Some(Ok(Sent::Known(first))) => return self.answer_of(first, &call, &doing, &mut patience).await,
                // Nothing tells what became of it. From here on the head is a guess again.
                Some(Err(trouble)) if passes(&trouble) => {
                    is_open |= trouble.is_open();
                    *head = None;
                    if !patience.wait().await {
                        return Err(unsettled(trouble.of_write(&doing), is_open));
                    }
                    if let Plan::OnHead | Plan::Fenced(..) = plan {
                        // The same head, so that this copy and the one before cannot both be stored.
                        *head = Some(previous);
                    }
                }
                Some(Err(trouble)) if !is_refusal_to_judge(&trouble) => {
                    *head = None;
                    let known =
                        if is_open { self.known(&call, &doing, &mut patience).await.ok().flatten() } else { None };
                    return match known {
                        Some(first) => self.answer_of(first, &call, &doing, &mut patience).await,
                        None => Err(unsettled(trouble.of_write(&doing), is_open)),
                    };
                }
                // Refused by a condition or by the id; or not sent, because no condition could hold.
                Some(Err(_)) | None => {
                    *head = None;
                    // In this order: whoever answers the second question knows what the first one proved.
                    let standing = self.standing(stream, plan.other()).await;
                    let standing = standing.map_err(|error| unsettled(error, is_open))?;
                    let known = self.known(&call, &doing, &mut patience).await;
                    if let Some(first) = known.map_err(|error| unsettled(error, is_open))? {
                        return self.answer_of(first, &call, &doing, &mut patience).await;
                    }
                    *head = Some(standing.head);
                    match judge(&plan, standing.head, standing.other) {
                        Verdict::Again if patience.wait().await => {}
                        Verdict::Again => {
                            let what = format!("{doing}: others were quicker all the time");
                            return Err(unsettled(Error::new(Code::Timeout, what), is_open));
                        }
                        Verdict::Over => return Err(conflict(&doing, stream, expect, &standing)),
                        Verdict::NotYet => {
                            return Err(unsettled(conflict(&doing, stream, expect, &standing), is_open));
                        }
                    }
                }
            }
        }
    }

    /// The answer to a batch that the engine has, and whose first event is at `first`.
    async fn answer_of(&self, first: u64, call: &Call<'_>, doing: &str, patience: &mut Patience) -> Result<Appended> {
        let found = self.event_at(first, doing, patience).await?;
        let link = link_of(call.stream, &found).map_err(|error| error.during(doing))?;
        let last = first.saturating_add(u64::from(link.count - 1));
        // The id may have been used for another stream; then its head is none of this one's.
        if found.subject == self.names.events(call.stream) {
            self.heads.slot(call.stream).saw(last);
        }
        Ok(Appended { first: Sequence(first), last: Sequence(last), duplicate: link.call != call.call })
    }
}

/// Whether the engine judged a condition or an id, which has a meaning only with the state that it judged by.
fn is_refusal_to_judge(trouble: &Trouble) -> bool {
    matches!(
        trouble.number(),
        number::WRONG_LAST_SEQUENCE
            | number::WRITE_IN_PROGRESS
            | number::DUPLICATE_IN_PROGRESS
            | number::BATCH_HAS_DUPLICATE
    )
}

/// What is said where it ends with `error` and a copy may still have taken effect.
fn unsettled(error: Error, is_open: bool) -> Error {
    if !is_open || error.code() == Code::OutcomeUnknown {
        return error;
    }
    let what = format!("{}; an earlier try was sent and not answered", error.what());
    Error::new(Code::OutcomeUnknown, what).advise("try again with the same batch id").caused_by(error)
}

fn conflict(doing: &str, stream: &StreamName, expect: &Expect, standing: &Standing) -> Error {
    let say = |head: u64| if head == 0 { "no events".to_owned() } else { format!("head {head}") };
    let (watched, found, expected) = match expect {
        Expect::HeadOf(other, head) if other != stream => (other, say(standing.other), format!("head {}", head.0)),
        Expect::Head(head) | Expect::HeadOf(_, head) => (stream, say(standing.head), format!("head {}", head.0)),
        Expect::Any | Expect::Empty => (stream, say(standing.head), say(0)),
    };
    Error::new(Code::Conflict, format!("{doing}: stream `{watched}` has {found}, expected {expected}"))
}
