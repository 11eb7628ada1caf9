//! Whether a write keeps to what an adapter can take: the same question, and the same words, for every adapter.

use std::collections::HashSet;

use super::{Bucket, KeyValueLimits, LogLimits, StreamName, Write};
use crate::error::{Code, Error, Result};
use crate::event::Event;

impl KeyValueLimits {
    /// Checks a commit before anything of it is written.
    ///
    /// # Errors
    /// `InvalidInput` where there is nothing to write, a key appears twice or a limit is broken; it says which.
    pub fn check(&self, bucket: &Bucket, writes: &[Write]) -> Result<()> {
        let refuse = |why: String| Err(Error::new(Code::InvalidInput, format!("write to bucket `{bucket}`: {why}")));
        let Self { value_bytes, batch_writes, batch_bytes } = *self;
        if writes.is_empty() {
            return refuse("the batch is empty".to_owned());
        }
        if writes.len() > batch_writes {
            return refuse(format!("{} writes in a batch, at most {batch_writes} are allowed", writes.len()));
        }
        let mut total = 0;
        for write in writes {
            let size = write.value.as_ref().map_or(0, bytes::Bytes::len);
            if size > value_bytes {
                let key = &write.key;
                return refuse(format!("the value of key `{key}` has {size} bytes, at most {value_bytes} are allowed"));
            }
            total += size + write.key.as_str().len();
        }
        if total > batch_bytes {
            return refuse(format!("{total} bytes in a batch, at most {batch_bytes} are allowed"));
        }
        // One write, which most commits are, needs no set.
        if writes.len() > 1 {
            let mut keys = HashSet::with_capacity(writes.len());
            if let Some(twice) = writes.iter().find(|write| !keys.insert(&write.key)) {
                return refuse(format!("key `{}` appears twice in one batch", twice.key));
            }
        }
        Ok(())
    }
}

impl LogLimits {
    /// Checks an append before anything of it is written.
    ///
    /// # Errors
    /// `InvalidInput` where there are no events or a limit is broken; it says which.
    pub fn check(&self, stream: &StreamName, events: &[Event]) -> Result<()> {
        let refuse = |why: String| Err(Error::new(Code::InvalidInput, format!("append to stream `{stream}`: {why}")));
        let Self { event_bytes, batch_events, batch_bytes, .. } = *self;
        if events.is_empty() {
            return refuse("the batch is empty".to_owned());
        }
        if events.len() > batch_events {
            return refuse(format!("{} events in a batch, at most {batch_events} are allowed", events.len()));
        }
        let mut total = 0;
        for event in events {
            let size = event.encoded_len();
            if size > event_bytes {
                let id = event.id;
                return refuse(format!("event {id} has up to {size} bytes encoded, at most {event_bytes} are allowed"));
            }
            total += size;
        }
        if total > batch_bytes {
            return refuse(format!("{total} bytes in a batch, at most {batch_bytes} are allowed"));
        }
        Ok(())
    }
}
