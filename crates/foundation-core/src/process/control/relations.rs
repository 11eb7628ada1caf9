//! Who hears of whose end: links, monitors, children and parents.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_channel::oneshot;

use super::lane::flag;
use super::{Control, MonitorId, More, Notice, Peer, Phase, Signal, State, Urgency, Watcher, Woken};
use crate::event::ProcessRef;
use crate::process::Exit;
use crate::process::cell::Cell;

/// Below this many watchers nobody looks for dead ones among them.
const PRUNE_FROM: usize = 16;

fn same(a: &Arc<dyn Peer>, b: &Arc<dyn Peer>) -> bool {
    std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
}

/// What a process is found by among the links of another.
fn place(peer: &Arc<dyn Peer>) -> usize {
    Arc::as_ptr(peer).cast::<()>().addr()
}

/// Links two running processes. Where `other` does not run, `own` hears of it as of a broken link.
pub(crate) fn link(own: &Arc<dyn Peer>, other: &Arc<dyn Peer>) {
    if same(own, other) {
        return;
    }
    // The own list first: if the other ends right after it has this process in its list, its signal finds the entry.
    own.control().state.lock().more().links.insert(place(other), Arc::clone(other));
    let linked = {
        let mut state = other.control().state.lock();
        let running = state.running();
        if running {
            state.more().links.insert(place(own), Arc::clone(own));
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
    // Outside the locks: either may be the last owner of the other.
    let former = own.control().state.lock().more().links.remove(&place(other));
    let mirrored = other.control().state.lock().more().links.remove(&place(own));
    drop((former, mirrored));
}

/// Watches `target` for the process `own`, in its life `incarnation`.
pub(crate) fn monitor(own: &Arc<dyn Peer>, incarnation: u64, target: &Arc<dyn Peer>) -> MonitorId {
    let monitor = {
        let mut state = own.control().state.lock();
        let more = state.more();
        more.next_monitor += 1;
        let monitor = MonitorId(more.next_monitor);
        // Before the target knows of it: its notice takes the entry out again.
        more.watching.insert(monitor, (Arc::clone(target), 0));
        monitor
    };
    let watcher = Watcher::Process { peer: Arc::clone(own), incarnation, monitor };
    match target.control().add_watcher(watcher) {
        Ok(key) => {
            let mut state = own.control().state.lock();
            if let Some((_, known)) = state.more().watching.get_mut(&monitor) {
                *known = key;
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
        let more = state.more();
        more.signals.retain(|signal| !is_down(signal, monitor));
        more.watching.remove(&monitor)
    };
    if let Some((target, key)) = target {
        target.control().state.lock().more().watchers.remove(&key);
        // The target may have told between the two steps.
        own.control().state.lock().more().signals.retain(|signal| !is_down(signal, monitor));
    }
}

/// Has a notice that waits for `monitor` not heard.
pub(crate) fn forget_notice(own: &Control, monitor: MonitorId) {
    if let Some(more) = &mut own.state.lock().more {
        more.signals.retain(|signal| !is_down(signal, monitor));
    }
}

/// Ends a life: records why, then tells children, links, watchers and the parent, in this order.
///
/// Children come first, so that a supervisor that is started anew finds them told, and the parent last, so that a
/// successor finds everybody told. `close` closes the mailbox in the same moment, so that whoever finds it closed also
/// finds the reason. Answers what that returned, and whom to wake when nothing is left to do.
pub(crate) fn finish<M: Send + 'static, T>(
    own: &Arc<Cell<M>>,
    exit: Exit,
    close: impl FnOnce() -> T,
) -> (T, Option<Woken>) {
    let control = &own.control;
    let (process, closed, at_end, parent, mut more) = {
        let mut state = control.state.lock();
        state.phase = Phase::Ended;
        state.set_latest_exit(&exit);
        // From now on nobody is woken, until the task of the next life tells how.
        control.flags.fetch_or(flag::WAKER_ELSEWHERE, Ordering::AcqRel);
        // Who waits for the next life goes on waiting, so that box stays.
        let awaiting = state.more.as_mut().map(|more| std::mem::take(&mut more.awaiting_start)).unwrap_or_default();
        let more = state.more.take();
        if !awaiting.is_empty() {
            state.more().awaiting_start = awaiting;
        }
        (
            ProcessRef { process: control.number(), incarnation: state.incarnation },
            close(),
            state.at_end.take(),
            state.parent.clone(),
            more,
        )
    };
    control.set_waits_for(0);
    if let Some(newest) = at_end {
        newest.tell(process, &exit);
    }
    if let Some(more) = &mut more {
        more.at_end.tell(process, &exit);
        tell(own, process, &exit, more);
    }
    // Being dropped tells whoever waits for the `init` of this life that it failed.
    drop(more);
    let waker = parent.and_then(|(parent, key)| parent.child_ended(key, process, &exit));
    (closed, waker)
}

/// Tells all relations of a process that it ended.
fn tell<M: Send + 'static>(own: &Arc<Cell<M>>, process: ProcessRef, exit: &Exit, more: &mut More) {
    while let Some((_, (target, key))) = more.watching.pop_first() {
        target.control().state.lock().more().watchers.remove(&key);
    }
    if let Some(brood) = more.brood.take() {
        brood.parent_ended(process, exit);
    }
    if !more.links.is_empty() {
        let peer = Arc::clone(own) as Arc<dyn Peer>;
        while let Some((_, other)) = more.links.pop_first() {
            other.control().link_broke(&peer, process, exit);
        }
    }
    while let Some((_, watcher)) = more.watchers.pop_first() {
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::NoticeLost) && process.process.is_multiple_of(100) {
            continue;
        }
        match watcher {
            Watcher::Process { peer, incarnation, monitor } => {
                peer.control().tell_down(incarnation, monitor, process, exit.clone());
            }
            // The task may have stopped waiting.
            Watcher::Task(sender) => drop(sender.send(exit.clone())),
        }
    }
    for signal in more.signals.drain(..) {
        match signal {
            // The caller may have met its deadline.
            Signal::Probe(sender) => drop(sender.send(Some(exit.clone()))),
            Signal::Dead(mut life) => drop(life.as_mut().step_here()),
            Signal::Stop(_) | Signal::Notice(_) => {}
        }
    }
}

fn is_down(signal: &Signal, wanted: MonitorId) -> bool {
    matches!(signal, Signal::Notice(Notice::Down { monitor, .. }) if *monitor == wanted)
}

impl State {
    /// Has `watcher` told of the end of the present life; gives it back where none goes on.
    pub(super) fn add_watcher(&mut self, watcher: Watcher) -> Result<u64, (Watcher, Exit)> {
        if !self.running() {
            let exit = self.latest_exit();
            return Err((watcher, exit));
        }
        // Tasks that stopped waiting leave their entry behind. Looking for them only when the number has doubled keeps
        // the cost of one watcher constant.
        let more = self.more();
        if more.watchers.len() >= more.prune_at.max(PRUNE_FROM) {
            more.watchers.retain(|_, other| !matches!(other, Watcher::Task(sender) if sender.is_canceled()));
            more.prune_at = more.watchers.len() * 2;
        }
        more.next_watcher += 1;
        let key = more.next_watcher;
        more.watchers.insert(key, watcher);
        Ok(key)
    }
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
        self.state.lock().add_watcher(watcher)
    }

    /// Hears of the end of what it watches: for `monitor`, in its life `incarnation`.
    pub(crate) fn tell_down(&self, incarnation: u64, monitor: MonitorId, process: ProcessRef, reason: Exit) {
        if self.note_down(incarnation, monitor, process, reason) {
            self.wake();
        }
    }

    /// The same without being woken; whether it has to be.
    pub(crate) fn note_down(&self, incarnation: u64, monitor: MonitorId, process: ProcessRef, reason: Exit) -> bool {
        let mut state = self.state.lock();
        let concerned = state.running() && state.incarnation == incarnation;
        if concerned {
            state.more().watching.remove(&monitor);
            self.signal(&mut state, Signal::Notice(Notice::Down { monitor, process, reason }));
        }
        concerned
    }

    /// A linked process ended, or was not there.
    fn link_broke(&self, peer: &Arc<dyn Peer>, process: ProcessRef, exit: &Exit) {
        let mut state = self.state.lock();
        let Some(_held) = state.more().links.remove(&place(peer)) else { return };
        if !state.running() {
            return;
        }
        if state.trapping {
            self.signal(&mut state, Signal::Notice(Notice::Exit { process, reason: exit.clone() }));
        } else if exit.breaks_links() {
            self.interrupt(&mut state, exit.linked(process), Urgency::Exit);
        } else {
            return;
        }
        drop(state);
        self.wake();
    }

    /// The parent ended: nothing traps that.
    pub(crate) fn parent_ended(&self, process: ProcessRef, exit: &Exit) {
        #[cfg(feature = "planted-bugs")]
        if crate::planted::is(crate::planted::Bug::OrphanLeft) && self.number().is_multiple_of(100) {
            return;
        }
        let mut state = self.state.lock();
        if state.running() {
            self.interrupt(&mut state, exit.linked(process), Urgency::Kill);
            drop(state);
            self.wake();
        }
    }
}
