//! The servers that are called, and when each life of one ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use foundation_core::{Context, Exit, Process, Reply};

use crate::chaos::live;

const STALL: Duration = Duration::from_millis(300);

/// What a call asks of the server.
#[derive(Clone, Copy)]
pub(super) enum Manner {
    Answer,
    Panic,
    Stall,
}

pub(super) struct Ask {
    pub(super) id: u64,
    pub(super) manner: Manner,
    pub(super) reply: Reply<u64>,
}

pub(super) struct Server {
    swaps_replies: bool,
    /// What it was asked last.
    last: u64,
    /// Which life of its process this is; 0 before `init`.
    life: u64,
    death: Arc<Death>,
}

impl Server {
    pub(super) fn new(swaps_replies: bool, death: Arc<Death>) -> Self {
        Self { swaps_replies, last: u64::MAX, life: 0, death }
    }
}

impl Process for Server {
    type Message = Ask;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.life = ctx.process_ref().incarnation;
        Ok(())
    }

    async fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) -> Result<(), Exit> {
        match ask.manner {
            Manner::Answer => {}
            Manner::Panic => panic!("planned"),
            Manner::Stall => ctx.clock().sleep(STALL).await,
        }
        let is_swapped = self.swaps_replies && ask.id.is_multiple_of(1_000);
        ask.reply.send(if is_swapped { self.last } else { ask.id });
        self.last = ask.id;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.life > 0 {
            self.death.note(self.life);
        }
    }
}

/// The latest end of a server's life.
pub(super) struct Death {
    since: Instant,
    life: AtomicU64,
    /// Microseconds after `since`.
    at: AtomicU64,
}

impl Death {
    pub(super) fn new() -> Self {
        Self { since: live::now(), life: AtomicU64::new(0), at: AtomicU64::new(0) }
    }

    fn note(&self, life: u64) {
        self.at.store(live::now().saturating_duration_since(self.since).as_micros() as u64, Ordering::SeqCst);
        self.life.store(life, Ordering::SeqCst);
    }

    /// Whether that life is known to have ended before `limit`.
    pub(super) fn was_before(&self, life: u64, limit: Instant) -> bool {
        // The life first: the time read after it is that of its end or of a later one.
        self.life.load(Ordering::SeqCst) >= life
            && self.since + Duration::from_micros(self.at.load(Ordering::SeqCst)) < limit
    }
}

#[cfg(test)]
mod tests;
