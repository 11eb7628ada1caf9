//! The process behind a probe's address.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use foundation_core::{Context, Exit, MailboxSettings, Process};
use parking_lot::Mutex;

use super::record::Record;

/// Writes down what it is sent.
pub(super) struct Recorder<M: fmt::Debug>(pub(super) Arc<Mutex<Record<M>>>);

impl<M: fmt::Debug + Send + 'static> Process for Recorder<M> {
    type Message = M;

    async fn handle(&mut self, message: M, ctx: &mut Context<Self>) -> Result<(), Exit> {
        // Users' code (`Debug`, the answering function) runs outside the lock: it may end in a panic.
        let text = Excerpt::of(&message);
        let (place, answer) = {
            let mut record = self.0.lock();
            (record.note(ctx.clock().now(), text), record.lend_answer())
        };
        let left = match answer {
            None => Some(message),
            Some(mut answer) => {
                let left = answer(message);
                self.0.lock().return_answer(answer);
                left
            }
        };
        if let Some(message) = left {
            self.0.lock().keep(place, message);
        }
        Ok(())
    }

    fn mailbox(&self) -> MailboxSettings {
        MailboxSettings { capacity: usize::MAX, ..MailboxSettings::default() }
    }
}

impl<M: fmt::Debug> Drop for Recorder<M> {
    fn drop(&mut self) {
        let left = self.0.lock().give_up();
        // Outside the lock: a message may be anything.
        drop(left);
    }
}

/// A failure shows at most so many bytes of a message: a payload of a mebibyte is several when it is written out.
const EXCERPT_BYTES: usize = 500;

/// The beginning of what is written to it. It refuses the rest, so that nobody goes on to write it.
struct Excerpt(String);

impl Excerpt {
    fn of(message: &impl fmt::Debug) -> String {
        let mut excerpt = Self(String::new());
        if write!(excerpt, "{message:?}").is_err() {
            excerpt.0.push('…');
        }
        excerpt.0
    }
}

impl fmt::Write for Excerpt {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = EXCERPT_BYTES - self.0.len();
        let fitting = text.floor_char_boundary(room.min(text.len()));
        self.0.push_str(&text[..fitting]);
        if fitting == text.len() { Ok(()) } else { Err(fmt::Error) }
    }
}
