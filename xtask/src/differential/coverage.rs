//! What the scenarios brought about, and what they had to.

use std::collections::BTreeMap;
use std::fmt;

use super::ours::Run;
use super::scenario::{AutoShutdown, Branch, Child, How, Id, Leaf, Restart, Scenario, Shutdown, Step, Strategy};
use super::trace::{Event, What};

/// A supervisor gave up in at least one tree of so many.
const GAVE_UP_IN: u32 = 10;

/// Counts of what happened, not of what might have: a strategy counts when a child was restarted under it.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    pub(super) trees: u32,
    pub(super) processes: usize,
    smallest: usize,
    largest: usize,
    gave_up: u32,
    counts: BTreeMap<(&'static str, &'static str), u32>,
}

/// The kinds of stops that a worker may meet.
const STOPS: [&str; 4] = ["brutal_kill", "timeout", "timeout exceeded", "infinity"];
const LEVELS: [&str; 3] = ["2", "3", "4"];
const STARTS: [&str; 4] = ["first fails", "restart fails", "first ignores", "restart ignores"];
const WINDOWS: [&str; 2] = ["kept", "exceeded"];
/// What comes of dynamic supervisors and their children.
const DYNAMIC: [&str; 6] = ["started", "start fails", "restarted", "terminated", "escalated", "begun anew"];

impl Coverage {
    /// Adds a scenario that both sides ran alike.
    pub(super) fn add(&mut self, scenario: &Scenario, run: &Run) {
        let branches = scenario.root.branches();
        let leaves = scenario.root.leaves();
        let size = branches.len() + leaves.len();
        self.trees += 1;
        self.processes += size;
        self.smallest = if self.trees == 1 { size } else { self.smallest.min(size) };
        self.largest = self.largest.max(size);
        self.gave_up += u32::from(run.gave_up > 0);
        // A worker stands one level below its supervisor.
        let deepest = branches.iter().map(|(_, level)| level + 1).max().unwrap_or(0);
        self.count("levels", LEVELS.into_iter().find(|levels| *levels == deepest.to_string()));
        if scenario.waits() {
            self.count("waits, intensity", Some(WINDOWS[usize::from(run.gave_up > 0)]));
        }
        for (branch, _) in branches.iter().filter(|(branch, _)| branch.is_dynamic()) {
            self.add_dynamic(scenario, run, branch);
        }
        for (branch, child, leaf) in leaves {
            let events = run.trace.events.get(&Some(branch.id)).map_or(&[][..], Vec::as_slice);
            for (index, event) in events.iter().enumerate().filter(|(_, event)| event.child == leaf.id) {
                let later = events[index + 1..].iter().take_while(|later| later.step == event.step);
                self.add_event(scenario, run, (branch, child, leaf), event, later);
            }
        }
    }

    fn add_dynamic(&mut self, scenario: &Scenario, run: &Run, branch: &Branch) {
        let step_of = |event: &Event| event.step.checked_sub(1).and_then(|at| scenario.steps.get(at as usize));
        for event in run.trace.events.get(&Some(branch.id)).into_iter().flatten() {
            let found = match (event.what, step_of(event)) {
                (What::Starts, Some(Step::Start(id))) if *id == event.child => DYNAMIC[0],
                (What::Fails, Some(Step::Start(id))) if *id == event.child => DYNAMIC[1],
                (What::Starts, _) => DYNAMIC[2],
                (What::Ended { .. }, Some(Step::Terminate(id))) if *id == event.child => DYNAMIC[3],
                _ => continue,
            };
            self.count("dynamic", Some(found));
        }
        let own = run.trace.events.values().flatten().filter(|event| event.child == branch.id);
        for event in own {
            // A dynamic supervisor that ends in a step that is about one of its own children has given up.
            let is_own = |id: Id| branch.children.iter().any(|child| child.node.id() == id);
            match (event.what, step_of(event)) {
                (What::Ended { .. }, Some(Step::Stop(id, _))) if is_own(*id) => self.count("dynamic", Some(DYNAMIC[4])),
                (What::Starts, _) if event.life > 1 => self.count("dynamic", Some(DYNAMIC[5])),
                _ => {}
            }
        }
    }

    fn add_event<'a>(
        &mut self,
        scenario: &Scenario,
        run: &Run,
        (branch, child, leaf): (&Branch, &Child, &Leaf),
        event: &Event,
        mut later: impl Iterator<Item = &'a Event>,
    ) {
        let is_first = usize::from(event.step > 0);
        match event.what {
            What::Starts => {}
            What::Fails => self.count("starts", Some(STARTS[is_first])),
            What::Ignores => self.count("starts", Some(STARTS[2 + is_first])),
            What::Ended { .. } => {
                let step = event.step.checked_sub(1).and_then(|at| scenario.steps.get(at as usize));
                let Some(Step::Stop(_, how)) = step.filter(|step| step.worker() == Some(leaf.id)) else {
                    self.count("stop", Some(stop_of(leaf)));
                    return;
                };
                self.count("end", Some(how.word()));
                self.count("restart", Some(child.restart.word()));
                if later.any(|later| later.child == leaf.id && later.what == What::Starts) {
                    self.count("strategy", Some(branch.strategy.word()));
                } else if child.significant && ended_in(run, branch, event.step) {
                    self.count("auto_shutdown", Some(branch.auto_shutdown.word()));
                } else if branch.auto_shutdown == AutoShutdown::Never && child.restart != Restart::Permanent {
                    self.count("auto_shutdown", Some(AutoShutdown::Never.word()));
                }
            }
        }
    }

    fn count(&mut self, what: &'static str, kind: Option<&'static str>) {
        if let Some(kind) = kind {
            *self.counts.entry((what, kind)).or_default() += 1;
        }
    }

    fn rows() -> Vec<(&'static str, Vec<&'static str>)> {
        vec![
            ("levels", LEVELS.to_vec()),
            ("strategy", Strategy::ALL.iter().map(|kind| kind.word()).collect()),
            ("restart", Restart::ALL.iter().map(|kind| kind.word()).collect()),
            ("stop", STOPS.to_vec()),
            ("auto_shutdown", AutoShutdown::ALL.iter().map(|kind| kind.word()).collect()),
            ("starts", STARTS.to_vec()),
            ("dynamic", DYNAMIC.to_vec()),
            ("end", How::ALL.iter().map(|kind| kind.word()).collect()),
            ("waits, intensity", WINDOWS.to_vec()),
        ]
    }

    /// What should have happened and did not.
    pub(super) fn missing(&self) -> Vec<String> {
        let rows = Self::rows().into_iter().flat_map(|(what, kinds)| kinds.into_iter().map(move |kind| (what, kind)));
        let mut missing: Vec<String> =
            rows.filter(|row| !self.counts.contains_key(row)).map(|(what, kind)| format!("{what}: {kind}")).collect();
        if self.gave_up * GAVE_UP_IN < self.trees {
            missing.push(format!("a supervisor gave up in {} of {} trees only", self.gave_up, self.trees));
        }
        missing
    }
}

fn stop_of(leaf: &Leaf) -> &'static str {
    match leaf.shutdown {
        Shutdown::BrutalKill => STOPS[0],
        Shutdown::Timeout(_) if leaf.stubborn => STOPS[2],
        Shutdown::Timeout(_) => STOPS[1],
        Shutdown::Infinity => STOPS[3],
    }
}

/// Whether the supervisor itself ended in that step.
fn ended_in(run: &Run, branch: &Branch, step: u32) -> bool {
    let is_end =
        |event: &Event| event.child == branch.id && event.step == step && matches!(event.what, What::Ended { .. });
    run.trace.events.values().flatten().any(is_end)
}

/// One line a question.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trees, processes, smallest, largest, gave_up, counts } = self;
        writeln!(f, "  trees             {trees}, of {smallest} to {largest} processes, {processes} in all")?;
        writeln!(f, "  gave up           in {gave_up} trees")?;
        for (what, kinds) in Self::rows() {
            let count = |kind: &&'static str| counts.get(&(what, *kind)).copied().unwrap_or(0);
            let cells: Vec<String> = kinds.iter().map(|kind| format!("{kind} {}", count(kind))).collect();
            writeln!(f, "  {what:17} {}", cells.join(", "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
