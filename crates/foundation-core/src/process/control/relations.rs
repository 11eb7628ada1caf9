//! Who hears of whose end: links, parents and wards, monitors.

use std::sync::Arc;

use futures_channel::oneshot;

use super::{Control, MonitorId, Notice, PRUNE_FROM, Peer, Phase, Signal, State, Urgency, Watcher};
use crate::event::ProcessRef;
use crate::process::Exit;

fn same(a: &Arc<dyn Peer>, b: &Arc<dyn Peer>) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}

fn list(list: &mut Vec<Arc<dyn Peer>>, peer: &Arc<dyn Peer>) {
    if !list.iter().any(|other| same(other, peer)) {
        list.push(Arc::clone(peer));
    }
}

fn unlist(list: &mut Vec<Arc<dyn Peer>>, peer: &Arc<dyn Peer>) -> bool {
    let before = list.len();
    list.retain(|other| !same(other, peer));
    list.len() < before
}

impl State {
    fn running(&self) -> bool {
        matches!(self.phase, Phase::Running)
    }
}

/// Links two running processes. Where `other` does not run, `own` hears of it as of a broken link.
pub(crate) fn link(own: &Arc<dyn Peer>, other: &Arc<dyn Peer>) {
    if same(own, other) {
        return;
    }
    // The own list first: if the other ends right after it has this process in its list, its signal finds the entry.
    list(&mut own.control().state.lock().links, other);
    let linked = {
        let mut state = other.control().state.lock();
        let running = state.running();
        if running {
            list(&mut state.links, own);
        }
        running
    };
    if !linked {
        let process = other.control().process_ref();
        own.control().link_broke(other, process, &Exit::NoProcess);
    }
}

/// Takes a link back. A notice of its end that waits already is still heard.
pub(crate) fn unlink(own: &Arc<dyn Peer>, other: &Arc<dyn Peer>) {
    unlist(&mut own.control().state.lock().links, other);
    unlist(&mut other.control().state.lock().links, own);
}

/// Makes `ward` end whenever `own` does.
pub(crate) fn adopt(own: &Arc<dyn Peer>, ward: &Arc<dyn Peer>) {
    list(&mut own.control().state.lock().wards, ward);
}

/// Watches `target` for the process `own`, in its life `incarnation`.
pub(crate) fn monitor(own: &Arc<dyn Peer>, incarnation: u64, target: &Arc<dyn Peer>) -> MonitorId {
    let monitor = {
        let mut state = own.control().state.lock();
        state.next_monitor += 1;
        MonitorId(state.next_monitor)
    };
    let watcher = Watcher::Process { peer: Arc::clone(own), incarnation, monitor };
    match target.control().add_watcher(watcher) {
        Ok(key) => {
            let mut state = own.control().state.lock();
            // The target may have ended since: its notice is there already, and the entry would stay for ever.
            let told = state.signals.iter().any(|signal| is_down(signal, monitor));
            if !told {
                state.watching.insert(monitor, (Arc::clone(target), key));
            }
        }
        Err(_ended) => {
            let process = target.control().process_ref();
            own.control().tell_down(incarnation, monitor, process, Exit::NoProcess);
        }
    }
    monitor
}

/// Takes a monitor back; its notice is not heard any more, even if it waits already.
pub(crate) fn demonitor(own: &Arc<dyn Peer>, monitor: MonitorId) {
    let target = {
        let mut state = own.control().state.lock();
        state.signals.retain(|signal| !is_down(signal, monitor));
        state.watching.remove(&monitor)
    };
    if let Some((target, key)) = target {
        target.control().state.lock().watchers.remove(&key);
        // The target may have told between the two steps.
        own.control().state.lock().signals.retain(|signal| !is_down(signal, monitor));
    }
}

/// Ends a life: records why, then tells wards, links and watchers, in this order.
///
/// Wards come first, so that a supervisor that is started anew finds them told. `close` closes the mailbox in the same
/// moment, so that whoever finds it closed also finds the reason.
pub(crate) fn finish<T>(own: &Arc<dyn Peer>, exit: &Exit, close: impl FnOnce() -> T) -> T {
    let control = own.control();
    let process = control.process_ref();
    let (closed, signals, links, wards, watchers, watching, at_end) = {
        let mut state = control.state.lock();
        state.phase = Phase::Ended;
        state.latest_exit = exit.clone();
        (
            close(),
            std::mem::take(&mut state.signals),
            std::mem::take(&mut state.links),
            std::mem::take(&mut state.wards),
            std::mem::take(&mut state.watchers),
            std::mem::take(&mut state.watching),
            std::mem::take(&mut state.at_end),
        )
    };
    for hook in at_end {
        hook(process);
    }
    for (target, key) in watching.into_values() {
        target.control().state.lock().watchers.remove(&key);
    }
    for ward in wards {
        ward.control().parent_ended(process, exit);
    }
    for peer in links {
        peer.control().link_broke(own, process, exit);
    }
    for watcher in watchers.into_values() {
        match watcher {
            Watcher::Process { peer, incarnation, monitor } => {
                peer.control().tell_down(incarnation, monitor, process, exit.clone());
            }
            // The task may have stopped waiting.
            Watcher::Task(sender) => drop(sender.send(exit.clone())),
        }
    }
    for signal in signals {
        if let Signal::Probe(sender) = signal {
            // The caller may have met its deadline.
            let _ = sender.send(Some(exit.clone()));
        }
    }
    closed
}

fn is_down(signal: &Signal, wanted: MonitorId) -> bool {
    matches!(signal, Signal::Notice(Notice::Down { monitor, .. }) if *monitor == wanted)
}

impl Control {
    /// Waits for the end of the present life; ready at once where none goes on.
    pub(crate) fn watch(&self) -> oneshot::Receiver<Exit> {
        let (sender, receiver) = oneshot::channel();
        if let Err((Watcher::Task(sender), exit)) = self.add_watcher(Watcher::Task(sender)) {
            let _ = sender.send(exit);
        }
        receiver
    }

    fn add_watcher(&self, watcher: Watcher) -> Result<u64, (Watcher, Exit)> {
        let mut state = self.state.lock();
        if !state.running() {
            let exit = state.latest_exit.clone();
            return Err((watcher, exit));
        }
        // Tasks that stopped waiting leave their entry behind. Looking for them only when the number has doubled keeps
        // the cost of one watcher constant.
        if state.watchers.len() >= state.prune_at {
            state.watchers.retain(|_, other| !matches!(other, Watcher::Task(sender) if sender.is_canceled()));
            state.prune_at = PRUNE_FROM.max(state.watchers.len() * 2);
        }
        state.next_watcher += 1;
        let key = state.next_watcher;
        state.watchers.insert(key, watcher);
        Ok(key)
    }

    fn tell_down(&self, incarnation: u64, monitor: MonitorId, process: ProcessRef, reason: Exit) {
        let mut state = self.state.lock();
        if state.running() && state.incarnation == incarnation {
            state.watching.remove(&monitor);
            state.signals.push_back(Signal::Notice(Notice::Down { monitor, process, reason }));
            drop(state);
            self.wake();
        }
    }

    /// A linked process ended, or was not there.
    fn link_broke(&self, peer: &Arc<dyn Peer>, process: ProcessRef, exit: &Exit) {
        let mut state = self.state.lock();
        if !unlist(&mut state.links, peer) || !state.running() {
            return;
        }
        if state.trapping {
            state.signals.push_back(Signal::Notice(Notice::Exit { process, reason: exit.clone() }));
        } else if exit.breaks_links() {
            self.interrupt(&mut state, exit.linked(process), Urgency::Exit);
        } else {
            return;
        }
        drop(state);
        self.wake();
    }

    /// The parent ended: nothing traps that.
    fn parent_ended(&self, process: ProcessRef, exit: &Exit) {
        let mut state = self.state.lock();
        if state.running() {
            self.interrupt(&mut state, exit.linked(process), Urgency::Kill);
            drop(state);
            self.wake();
        }
    }
}
