//! The slow consumer, and the process whose end it is told of.

use std::sync::Arc;
use std::time::Duration;

use foundation_core::{Address, Context, Exit, MailboxSettings, Notice, Overflow, Process, Reply};

use super::board::Board;
use crate::chaos::live;

/// What the consumer does with one message.
pub(super) const WORK: Duration = Duration::from_micros(100);
pub(super) const MESSAGE_BYTES: usize = 1_024;
/// Two looks at the clock this far apart: the thread was not on a core in between.
const GAP: Duration = Duration::from_micros(20);

/// A message has a size, which is what fills memory.
pub(super) struct Message(#[expect(dead_code, reason = "nobody reads what it weighs")] Box<[u8; MESSAGE_BYTES]>);

impl Message {
    pub(super) fn work() -> Self {
        Self(Box::new([0x5a; MESSAGE_BYTES]))
    }
}

pub(super) struct Consumer {
    board: Arc<Board>,
    capacity: usize,
}

impl Consumer {
    pub(super) fn new(board: Arc<Board>, capacity: usize) -> Self {
        Self { board, capacity }
    }
}

impl Process for Consumer {
    type Message = Message;

    fn mailbox(&self) -> MailboxSettings {
        MailboxSettings { capacity: self.capacity, overflow: Overflow::Reject }
    }

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.trap_exits(true);
        Ok(())
    }

    async fn handle(&mut self, _: Message, _: &mut Context<Self>) -> Result<(), Exit> {
        self.board.begin();
        let begun = live::now();
        let mut last = begun;
        while last - begun < WORK {
            std::hint::spin_loop();
            let now = live::now();
            if now - last > GAP {
                self.board.stalled(last, now);
            }
            last = now;
        }
        Ok(())
    }

    async fn notice(&mut self, _: Notice, _: &mut Context<Self>) -> Result<(), Exit> {
        self.board.heard();
        Ok(())
    }
}

/// Links itself to the consumer, and notes when it ends.
pub(super) struct Probe {
    board: Arc<Board>,
    consumer: Address<Message>,
}

impl Probe {
    pub(super) fn new(board: Arc<Board>, consumer: Address<Message>) -> Self {
        Self { board, consumer }
    }
}

impl Process for Probe {
    type Message = Reply<()>;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.link(&self.consumer);
        Ok(())
    }

    async fn handle(&mut self, reply: Reply<()>, _: &mut Context<Self>) -> Result<(), Exit> {
        reply.send(());
        Ok(())
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.board.ended();
    }
}
