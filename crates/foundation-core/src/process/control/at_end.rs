//! What is given back when a life ends: a name, a place in a group, the credit of a flow.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Control;
use crate::event::ProcessRef;
use crate::process::Exit;

/// Something that is told of the end of a life before anybody else is.
pub(crate) trait AtEnd: Send + Sync {
    /// `life` has ended, and why; `token` is what was hung on it.
    fn ended(&self, token: u64, life: ProcessRef, exit: &Exit);
}

/// The first thing that a life gives back, and in most processes the only one: an allocation of 24 bytes.
pub(super) struct First {
    what: Arc<dyn AtEnd>,
    token: u64,
}

/// The further ones.
#[derive(Default)]
pub(super) struct Further {
    /// By token, and by a number that tells equal tokens apart.
    hung: BTreeMap<(u64, u64), Arc<dyn AtEnd>>,
    last: u64,
}

impl First {
    pub(super) fn tell(&self, life: ProcessRef, exit: &Exit) {
        self.what.ended(self.token, life, exit);
    }

    fn is(&self, what: &Arc<impl AtEnd>, token: u64) -> bool {
        self.token == token && std::ptr::addr_eq(Arc::as_ptr(&self.what), Arc::as_ptr(what))
    }
}

impl Further {
    pub(super) fn tell(&mut self, life: ProcessRef, exit: &Exit) {
        for ((token, _), what) in std::mem::take(&mut self.hung) {
            what.ended(token, life, exit);
        }
    }

    fn take(&mut self, what: &Arc<impl AtEnd>, token: u64) -> Option<Arc<dyn AtEnd>> {
        let mut alike = self.hung.range((token, 0)..=(token, u64::MAX));
        let (place, _) = alike.find(|(_, hung)| std::ptr::addr_eq(Arc::as_ptr(hung), Arc::as_ptr(what)))?;
        let place = *place;
        self.hung.remove(&place)
    }
}

impl Control {
    /// Has `what` told once, with `token`, when the life `incarnation` has ended; answers whether that life still goes
    /// on.
    #[must_use]
    pub(crate) fn at_end(&self, incarnation: u64, what: Arc<dyn AtEnd>, token: u64) -> bool {
        let mut state = self.state.lock();
        if !state.running() || state.incarnation != incarnation {
            drop(state);
            return false;
        }
        if state.at_end.is_none() {
            state.at_end = Some(Box::new(First { what, token }));
        } else {
            let further = &mut state.more().at_end;
            further.last += 1;
            further.hung.insert((token, further.last), what);
        }
        true
    }

    /// Takes back what was hung on the life `incarnation` once. Nothing to do where that life is over: what was hung on
    /// it was told, or is being told now.
    pub(crate) fn not_at_end(&self, incarnation: u64, what: &Arc<impl AtEnd>, token: u64) {
        let mut state = self.state.lock();
        if !state.running() || state.incarnation != incarnation {
            return;
        }
        let first = state.at_end.take_if(|first| first.is(what, token));
        let further = match first {
            Some(_) => None,
            None => state.more.as_mut().and_then(|more| more.at_end.take(what, token)),
        };
        // Outside the lock: it may be the last owner.
        drop(state);
        drop((first, further));
    }
}

#[cfg(test)]
mod tests;
