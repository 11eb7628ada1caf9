//! Reads what cargo and the test harness print, line by line.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::group::{Group, Marks, Target};
use crate::console::Console;

/// What a test prints that cannot run here: `SKIPPED: <what> — <reason> — <command that helps>`.
const SKIPPED: &str = "SKIPPED:";

/// What came of the tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    groups: BTreeMap<Group, Counts>,
    failures: Vec<String>,
    skips: Vec<Skip>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

/// A test that could not run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Skip {
    group: Group,
    what: String,
    reason: String,
    command: String,
}

impl Tally {
    pub(crate) fn passed(&self) -> usize {
        self.groups.values().map(|counts| counts.passed).sum()
    }

    pub(crate) fn failed(&self) -> usize {
        self.groups.values().map(|counts| counts.failed).sum()
    }

    pub(crate) fn skipped(&self) -> usize {
        self.groups.values().map(|counts| counts.skipped).sum()
    }

    pub(crate) fn pass(&mut self, group: Group) {
        self.groups.entry(group).or_default().passed += 1;
    }

    pub(crate) fn fail(&mut self, group: Group, what: impl Into<String>) {
        self.groups.entry(group).or_default().failed += 1;
        self.failures.push(what.into());
    }

    pub(crate) fn skip(&mut self, skip: Skip) {
        self.groups.entry(skip.group).or_default().skipped += 1;
        self.skips.push(skip);
    }

    /// Makes each skip a failure.
    pub(crate) fn fail_skips(&mut self) {
        for counts in self.groups.values_mut() {
            counts.failed += std::mem::take(&mut counts.skipped);
        }
        self.failures.extend(self.skips.iter().map(|skip| format!("{} (skipped: {})", skip.what, skip.reason)));
    }

    /// Prints the groups, the failures and the skips.
    pub(crate) fn print(&self, console: Console) {
        console.line("");
        for group in Group::ALL {
            if let Some(counts) = self.groups.get(&group) {
                let Counts { passed, failed, skipped } = counts;
                console.line(format!("{:12} {passed:5} passed {failed:5} failed {skipped:5} skipped", group.name()));
            }
        }
        for skip in &self.skips {
            console.line(format!("skipped {}: {}; to run it: {}", skip.what, skip.reason, skip.command));
        }
        for failure in &self.failures {
            console.line(format!("failed  {failure}"));
        }
    }
}

/// What stands between two headings of the harness.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Section {
    /// Cargo's own lines, and the lines of tests as they end.
    Verdicts,
    /// What passed tests printed, and whose lines these are now.
    Successes(Option<String>),
    /// What failed tests printed.
    Failures,
}

/// Reads one run of `cargo test -- --show-output`.
pub(crate) struct Reader<'a> {
    tally: &'a mut Tally,
    marks: &'a Marks,
    target: Target,
    section: Section,
    /// Passed tests of the binary at hand: they are counted when it ends, for what they printed may say `SKIPPED`.
    passed: Vec<String>,
    skipped: Vec<(String, Skip)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(tally: &'a mut Tally, marks: &'a Marks) -> Self {
        let (passed, skipped) = (Vec::new(), Vec::new());
        Self { tally, marks, target: Target::Unit, section: Section::Verdicts, passed, skipped }
    }

    /// Takes one line. Answers whether a person should see it.
    pub(crate) fn line(&mut self, line: &str) -> bool {
        let text = line.trim();
        if let Some(target) = heading(text) {
            self.target = target;
            self.section = Section::Verdicts;
            return true;
        }
        if let Some(result) = text.strip_prefix("test result: ") {
            self.end_binary();
            return !result.contains(" 0 passed; 0 failed; 0 ignored");
        }
        match text {
            "successes:" => self.section = Section::Successes(None),
            "failures:" => self.section = Section::Failures,
            _ => return self.inside(text),
        }
        false
    }

    fn inside(&mut self, text: &str) -> bool {
        match &mut self.section {
            Section::Failures => true,
            Section::Successes(test) => {
                if let Some(name) = text.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" stdout ----")) {
                    *test = Some(name.to_owned());
                } else if let (Some(name), Some(said)) = (test.as_deref(), text.strip_prefix(SKIPPED)) {
                    let group = self.marks.group_of(name, self.target);
                    self.skipped.push((name.to_owned(), Skip::read(group, said)));
                }
                false
            }
            Section::Verdicts => self.verdict(text),
        }
    }

    fn verdict(&mut self, text: &str) -> bool {
        let verdict = text.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "));
        let Some((name, verdict)) = verdict else { return !text.is_empty() && !is_running_line(text) };
        let group = self.marks.group_of(name, self.target);
        match verdict.split(',').next().unwrap_or_default() {
            "ok" => self.passed.push(name.to_owned()),
            "FAILED" => {
                self.tally.fail(group, name);
                return true;
            }
            "ignored" => {
                let reason = "it is marked `ignore`".to_owned();
                let command = "take the mark away".to_owned();
                self.tally.skip(Skip { group, what: name.to_owned(), reason, command });
            }
            _ => return true,
        }
        false
    }

    fn end_binary(&mut self) {
        for name in std::mem::take(&mut self.passed) {
            if !self.skipped.iter().any(|(skipped, _)| *skipped == name) {
                self.tally.pass(self.marks.group_of(&name, self.target));
            }
        }
        let mut seen = BTreeSet::new();
        for (name, skip) in std::mem::take(&mut self.skipped) {
            // One test that says it twice is one test.
            if seen.insert(name) {
                self.tally.skip(skip);
            }
        }
        self.section = Section::Verdicts;
    }
}

impl Skip {
    /// Of a test of `group`: what it is, why it cannot run, and the command that helps.
    pub(crate) fn new(group: Group, what: &str, reason: &str, command: &str) -> Self {
        Self { group, what: what.to_owned(), reason: reason.to_owned(), command: command.to_owned() }
    }

    fn read(group: Group, said: &str) -> Self {
        let mut parts = said.split(" — ").map(|part| part.trim().to_owned());
        let mut next =
            |missing: &str| parts.next().filter(|part| !part.is_empty()).unwrap_or_else(|| missing.to_owned());
        let (what, reason) = (next("a test"), next("no reason is given"));
        Self { group, what, reason, command: next("cargo xtask doctor") }
    }
}

/// The heading that cargo prints before it starts a test binary.
fn heading(text: &str) -> Option<Target> {
    if text.starts_with("Doc-tests ") {
        Some(Target::Doc)
    } else if text.starts_with("Running unittests ") {
        Some(Target::Unit)
    } else if text.starts_with("Running tests/") {
        Some(Target::Integration)
    } else {
        None
    }
}

/// `running 12 tests`
fn is_running_line(text: &str) -> bool {
    text.starts_with("running ") && (text.ends_with(" tests") || text.ends_with(" test"))
}

#[cfg(test)]
mod tests;
