//! Reads and subscriptions: both take the log in steps, so that neither holds a copy of it.

use std::collections::VecDeque;
use std::sync::Arc;

use foundation_core::Result;
use foundation_core::port::BoxStream;
use foundation_core::port::storage::{Recorded, Sequence, StreamName};
use futures_util::StreamExt as _;
use futures_util::stream;
use parking_lot::Mutex;

use super::state::State;

/// How many events a read takes out of the log at a time.
const STEP: usize = 256;

struct Reader {
    state: Arc<Mutex<State>>,
    stream: StreamName,
    /// Where the next step begins.
    from: Sequence,
    ready: VecDeque<Recorded>,
    failed: bool,
}

pub(super) fn read(
    state: Arc<Mutex<State>>,
    stream: &StreamName,
    from: Sequence,
) -> Result<BoxStream<'static, Result<Recorded>>> {
    let head = state.lock().head(stream);
    let mut reader = Reader::new(state, stream, from);
    // The first step is taken now, so that a read from before a trim fails here.
    reader.step()?;
    let Some(head) = head else { return Ok(stream::empty().boxed()) };
    Ok(stream::unfold(reader, move |mut reader| async move {
        let next = reader.next_ready()?;
        match next {
            Ok(recorded) if recorded.sequence > head => None,
            other => Some((other, reader)),
        }
    })
    .boxed())
}

pub(super) fn subscribe(
    state: Arc<Mutex<State>>,
    stream: &StreamName,
    from: Sequence,
) -> Result<BoxStream<'static, Result<Recorded>>> {
    let changed = state.lock().signal(stream);
    let mut reader = Reader::new(state, stream, from);
    reader.step()?;
    Ok(stream::unfold((reader, changed), |(mut reader, changed)| async move {
        loop {
            let version = changed.version();
            if reader.failed {
                return None;
            }
            if let Some(next) = reader.next_ready() {
                return Some((next, (reader, changed)));
            }
            changed.later_than(version).await;
        }
    })
    .boxed())
}

impl Reader {
    fn new(state: Arc<Mutex<State>>, stream: &StreamName, from: Sequence) -> Self {
        Self { state, stream: stream.clone(), from, ready: VecDeque::new(), failed: false }
    }

    /// The next event that is there; `None` at the head and after an error.
    fn next_ready(&mut self) -> Option<Result<Recorded>> {
        if self.failed {
            return None;
        }
        if self.ready.is_empty()
            && let Err(error) = self.step()
        {
            self.failed = true;
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }

    fn step(&mut self) -> Result<()> {
        let events = self.state.lock().events(&self.stream, self.from, STEP)?;
        if let Some(last) = events.last() {
            self.from = last.sequence.next();
        }
        self.ready.extend(events);
        Ok(())
    }
}
