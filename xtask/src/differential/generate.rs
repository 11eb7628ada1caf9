//! Draws scenarios: a pure function of the seed and the scenario's number.

use foundation_core::port::entropy::RandomStream;

use super::scenario::{
    AutoShutdown, Branch, Child, How, Id, Leaf, Node, Restart, Scenario, Shutdown, Start, Step, Strategy,
};

/// One scenario in so many waits for the clock.
const WAITS_EVERY: u32 = 20;
/// A window that is long: every restart of a script counts.
const LONG_PERIOD_S: u32 = 1_000_000;
/// A window that is short, for scripts that wait.
///
/// OTP reads its clock in whole seconds, so that a restart counts for certain up to this age, and does not for certain
/// from one second more.
const SHORT_PERIOD_S: u32 = 2;
/// What goes by between two waves of a script that waits: the restarts of one wave count in the next and not in the
/// one after it.
const WAIT_MS: u32 = 1_500;
/// More restarts than any script causes.
const UNREACHED: u32 = 1_000;
/// How long a worker that never stops when asked is waited for. No worker that does stop has so little time, or a busy
/// machine would make the two look alike.
const SHORT_PATIENCE_MS: u32 = 5;
const PATIENCE_MS: u32 = 60_000;

/// The scenario `number` of `seed`: 5 to 60 processes on two to four levels, the root's being the first.
pub(super) fn scenario(seed: u64, number: u32) -> Scenario {
    let mut draw = Draw(RandomStream::new(seed, u64::from(number)));
    let waits = number.is_multiple_of(WAITS_EVERY);
    let levels = draw.one_of(&[2, 3, 3, 4, 4, 4]);
    let processes = draw.between(5, 60);
    let mut root = draw.branch(waits, true);
    root.children.push(draw.leaf(&root, waits));
    let mut count = 2;
    while count < processes {
        let takes = |(branch, level): &(&Branch, usize)| *level < levels && !branch.is_dynamic();
        let n_branches = root.branches().iter().filter(|found| takes(found)).count();
        let chosen = draw.0.below(u32::try_from(n_branches).unwrap_or(1)) as usize;
        let Some((parent, level)) = nth_branch(&mut root, levels, chosen) else { break };
        let child = if level + 2 <= levels && count + 2 <= processes && draw.chance(35) {
            let room = processes - count;
            let branch = if draw.chance(30) { draw.dynamic(waits, room) } else { draw.below(waits) };
            count += 1 + u32::try_from(branch.children.len()).unwrap_or(u32::MAX);
            draw.child(parent, Node::Branch(branch))
        } else {
            count += 1;
            draw.leaf(parent, waits)
        };
        let at = draw.0.below(u32::try_from(parent.children.len() + 1).unwrap_or(1)) as usize;
        parent.children.insert(at, child);
    }
    number_from(&mut root, 0);
    let steps = draw.steps(&root, waits);
    Scenario { number, root, steps }
}

/// The supervisor of that index among those above the last level that are not dynamic, in no order that matters, and its level.
fn nth_branch(root: &mut Branch, levels: usize, index: usize) -> Option<(&mut Branch, usize)> {
    let mut waiting = vec![(root, 1)];
    let mut seen = 0;
    while let Some((branch, level)) = waiting.pop() {
        if level >= levels || branch.is_dynamic() {
            continue;
        }
        if seen == index {
            return Some((branch, level));
        }
        seen += 1;
        waiting.extend(branch.children.iter_mut().filter_map(|child| match &mut child.node {
            Node::Branch(below) => Some((below, level + 1)),
            Node::Leaf(_) => None,
        }));
    }
    None
}

/// Numbers the processes in the order in which they start; answers the next number.
fn number_from(branch: &mut Branch, first: Id) -> Id {
    branch.id = first;
    let mut next = first + 1;
    for child in &mut branch.children {
        match &mut child.node {
            Node::Leaf(leaf) => {
                leaf.id = next;
                next += 1;
            }
            Node::Branch(below) => next = number_from(below, next),
        }
    }
    next
}

struct Draw(RandomStream);

impl Draw {
    fn chance(&mut self, percent: u32) -> bool {
        self.0.below(100) < percent
    }

    fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.0.below(most - least + 1)
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.0.below(u32::try_from(choices.len()).unwrap_or(1)) as usize]
    }

    /// A supervisor without children. The root gives up later than others, so that scripts find something alive.
    fn branch(&mut self, waits: bool, is_root: bool) -> Branch {
        let strategy = self.one_of(&[Strategy::OneForOne, Strategy::OneForAll, Strategy::RestForOne]);
        let intensity = match (waits, is_root) {
            (true, _) => self.one_of(&[1, 2, 3, 3, 4, 4]),
            (false, true) => self.one_of(&[1, 2, 3, 4, 6, 8, UNREACHED]),
            (false, false) => self.one_of(&[0, 1, 1, 2, 2, 3, 4, UNREACHED]),
        };
        let period_s = if waits { SHORT_PERIOD_S } else { LONG_PERIOD_S };
        let often = AutoShutdown::Never;
        let choices = [often, often, often, AutoShutdown::AnySignificant, AutoShutdown::AllSignificant];
        let auto_shutdown = self.one_of(&choices);
        Branch { id: 0, strategy, intensity, period_s, auto_shutdown, children: Vec::new() }
    }

    /// A supervisor with its first child.
    fn below(&mut self, waits: bool) -> Branch {
        let mut branch = self.branch(waits, false);
        branch.children.push(self.leaf(&branch, waits));
        branch
    }

    /// A dynamic supervisor with at most `room` processes, itself among them, and at least two.
    fn dynamic(&mut self, waits: bool, room: u32) -> Branch {
        let mut branch = self.branch(waits, false);
        (branch.strategy, branch.auto_shutdown) = (Strategy::SimpleOneForOne, AutoShutdown::Never);
        let stubborn = !waits && self.chance(25);
        let shutdown = self.shutdown(stubborn);
        let restart = self.restart();
        for _ in 0..self.between(1, 6.min(room - 1)) {
            // A patience that is so short is for stubborn ones only.
            let mut starts = if waits { Vec::new() } else { self.starts() };
            // OTP keeps a dynamic child that has nothing to do when it is restarted, and ends with an error when it
            // stops that one later. A first start is never a restart.
            starts.retain(|(life, start)| *life == 1 || *start != Start::Ignores);
            let leaf = Leaf { id: 0, shutdown, stubborn, starts };
            branch.children.push(Child { restart, significant: false, node: Node::Leaf(leaf) });
        }
        branch
    }

    fn shutdown(&mut self, stubborn: bool) -> Shutdown {
        match self.0.below(4) {
            _ if stubborn => Shutdown::Timeout(SHORT_PATIENCE_MS),
            0 => Shutdown::BrutalKill,
            1 => Shutdown::Infinity,
            _ => Shutdown::Timeout(PATIENCE_MS),
        }
    }

    fn restart(&mut self) -> Restart {
        self.one_of(&[
            Restart::Permanent,
            Restart::Permanent,
            Restart::Permanent,
            Restart::Transient,
            Restart::Transient,
            Restart::Temporary,
        ])
    }

    fn leaf(&mut self, parent: &Branch, waits: bool) -> Child {
        let stubborn = !waits && self.chance(12);
        let shutdown = self.shutdown(stubborn);
        // Starts that fail would spend within one wave what its neighbours are to share.
        let starts = if waits { Vec::new() } else { self.starts() };
        self.child(parent, Node::Leaf(Leaf { id: 0, shutdown, stubborn, starts }))
    }

    fn child(&mut self, parent: &Branch, node: Node) -> Child {
        let restart = self.restart();
        let may_be_significant = parent.auto_shutdown != AutoShutdown::Never && restart != Restart::Permanent;
        Child { restart, significant: may_be_significant && self.chance(60), node }
    }

    /// A first start that fails ends the whole tree at once, so that there are few.
    fn starts(&mut self) -> Vec<(u32, Start)> {
        let mut starts = Vec::new();
        if self.chance(4) {
            starts.push((1, Start::Ignores));
        } else if self.0.below(1_500) == 0 {
            starts.push((1, self.one_of(&[Start::Fails, Start::Panics])));
        }
        if self.chance(25) {
            let first = self.between(2, 4);
            let start = self.one_of(Start::ALL);
            starts.extend((first..=first + self.0.below(3)).map(|life| (life, start)));
        }
        starts
    }

    /// Ends of workers, one of them more often than the others. A script that waits does so in waves, and has one that
    /// is always restarted: what is left to tell is whether the restarts of several waves are counted together.
    fn steps(&mut self, root: &Branch, waits: bool) -> Vec<Step> {
        let all = root.leaves();
        let leaves: Vec<Id> = all.iter().map(|(_, _, leaf)| leaf.id).collect();
        let permanent = all.iter().filter(|(_, child, _)| child.restart == Restart::Permanent);
        let permanent: Vec<Id> = permanent.map(|(_, _, leaf)| leaf.id).collect();
        let often = self.one_of(if waits && !permanent.is_empty() { &permanent } else { &leaves });
        let dynamic: Vec<Id> =
            all.iter().filter(|(branch, ..)| branch.is_dynamic()).map(|(_, _, leaf)| leaf.id).collect();
        let waves = if waits { 4 } else { 1 };
        let mut steps = Vec::new();
        for id in &dynamic {
            if *id == often || self.chance(70) {
                steps.push(Step::Start(*id));
            }
        }
        for wave in 0..waves {
            if wave > 0 {
                steps.push(Step::Wait { ms: WAIT_MS });
            }
            let length = if waits { self.between(1, 2) } else { self.between(5, 18) };
            for _ in 0..length {
                steps.push(if !dynamic.is_empty() && self.chance(if waits { 0 } else { 20 }) {
                    let id = self.one_of(&dynamic);
                    if self.chance(65) { Step::Start(id) } else { Step::Terminate(id) }
                } else {
                    let id = if self.chance(if waits { 85 } else { 35 }) { often } else { self.one_of(&leaves) };
                    Step::Stop(id, self.how())
                });
            }
        }
        steps
    }

    fn how(&mut self) -> How {
        match self.0.below(10) {
            0 | 1 => How::Normal,
            2 => How::Shutdown,
            3 | 4 => How::Fail,
            5 | 6 => How::Panic,
            _ => How::Kill,
        }
    }
}

#[cfg(test)]
mod tests;
