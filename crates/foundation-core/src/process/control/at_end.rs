//! What is given back when a life ends: a name, a place in a group, the credit of a flow.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::Control;
use crate::event::ProcessRef;
use crate::process::Exit;

/// Something that is told of the end of a life before anybody else is.
pub(crate) trait AtEnd: Send + Sync {
    /// `life` has ended, and why; `token` is what was hung on it.
    fn ended(&self, token: u64, life: ProcessRef, exit: &Exit);
}

impl<T: AtEnd> AtEnd for Arc<T> {
    fn ended(&self, token: u64, life: ProcessRef, exit: &Exit) {
        T::ended(self, token, life, exit);
    }
}

impl<T: AtEnd> AtEnd for Weak<T> {
    fn ended(&self, token: u64, life: ProcessRef, exit: &Exit) {
        if let Some(what) = self.upgrade() {
            what.ended(token, life, exit);
        }
    }
}

/// What hangs on lives: a pointer of one word to something of any kind.
pub(crate) struct Hook(Box<dyn AtEnd>);

impl Hook {
    pub(crate) fn new(what: impl AtEnd + 'static) -> Arc<Self> {
        Arc::new(Self(Box::new(what)))
    }
}

/// The latest thing that a life is to give back, and in most processes the only one: two words in place. What is taken
/// back before another is hung costs no more than this.
pub(super) struct Newest {
    hook: Arc<Hook>,
    token: u64,
}

/// The earlier ones.
#[derive(Default)]
pub(super) struct Earlier {
    /// By token, and by a number that tells equal tokens apart.
    hung: BTreeMap<(u64, u64), Arc<Hook>>,
    last: u64,
}

impl Newest {
    pub(super) fn tell(&self, life: ProcessRef, exit: &Exit) {
        self.hook.0.ended(self.token, life, exit);
    }
}

impl Earlier {
    pub(super) fn tell(&mut self, life: ProcessRef, exit: &Exit) {
        while let Some(((token, _), hook)) = self.hung.pop_first() {
            hook.0.ended(token, life, exit);
        }
    }

    fn take(&mut self, hook: &Arc<Hook>, token: u64) -> Option<Arc<Hook>> {
        let mut alike = self.hung.range((token, 0)..=(token, u64::MAX));
        let place = *alike.find(|(_, hung)| Arc::ptr_eq(hung, hook))?.0;
        self.hung.remove(&place)
    }
}

impl Control {
    /// Has what `hook` points to told once, with `token`, when the life `incarnation` has ended; answers whether that
    /// life still goes on.
    #[must_use]
    pub(crate) fn at_end(&self, incarnation: u64, hook: Arc<Hook>, token: u64) -> bool {
        let mut state = self.state.lock();
        if !state.running() || state.incarnation != incarnation {
            // Outside the lock: it may be the last owner.
            drop(state);
            return false;
        }
        if let Some(Newest { hook, token }) = state.at_end.replace(Newest { hook, token }) {
            let earlier = &mut state.more().at_end;
            earlier.last += 1;
            earlier.hung.insert((token, earlier.last), hook);
        }
        true
    }

    /// Takes back what was hung on the life `incarnation` once. Nothing to do where that life is over: what was hung on
    /// it was told, or is being told now.
    pub(crate) fn not_at_end(&self, incarnation: u64, hook: &Arc<Hook>, token: u64) {
        let mut state = self.state.lock();
        if !state.running() || state.incarnation != incarnation {
            return;
        }
        let newest = state.at_end.take_if(|newest| newest.token == token && Arc::ptr_eq(&newest.hook, hook));
        let earlier = match newest {
            Some(_) => None,
            None => state.more.as_mut().and_then(|more| more.at_end.take(hook, token)),
        };
        drop(state);
        drop((newest, earlier));
    }
}

#[cfg(test)]
mod tests;
