//! What cargo is asked to run, and running it.

use std::io::{self, BufRead as _, BufReader};
use std::process::Command;

use super::group::{CONTRACT, Group, Marks};
use super::output::{Reader, Tally};
use crate::args::Composition;
use crate::console::Console;
use crate::doctor::nats_server;
use crate::failure::Failure;
use crate::workspace;

/// What is to be run.
pub(crate) struct Plan {
    groups: Vec<Group>,
    left_out: Vec<&'static str>,
    marks: Marks,
}

impl Plan {
    /// Everything, or `only` these groups, without what only compositions other than `compositions` use.
    pub(crate) fn new(only: &[Group], compositions: &[Composition]) -> Result<Self, Failure> {
        let mut groups = if only.is_empty() { Group::ALL.to_vec() } else { only.to_vec() };
        let left_out = match compositions {
            [] => Vec::new(),
            chosen => adapters_of_others(chosen),
        };
        if !compositions.is_empty() && compositions.iter().all(|chosen| *chosen == Composition::Memory) {
            // A kill loses everything that only memory keeps; there is nothing to show.
            groups.retain(|group| *group != Group::Chaos);
            if groups.is_empty() {
                return Err(Failure::usage("--composition memory has nothing to show for --only chaos")
                    .advise("choose --composition embedded"));
            }
        }
        Ok(Self { groups, left_out, marks: Marks::find(&workspace::root()?)? })
    }

    pub(crate) fn has(&self, group: Group) -> bool {
        self.groups.contains(&group)
    }

    /// Runs cargo as often as the groups need it.
    pub(crate) fn run_cargo(&self, console: Console, tally: &mut Tally) -> Result<(), Failure> {
        let for_cargo = Group::ALL.into_iter().filter(|group| group.is_cargos());
        let runs: Vec<Option<Group>> = if for_cargo.clone().all(|group| self.has(group)) {
            vec![None]
        } else {
            for_cargo.filter(|group| self.has(*group)).map(Some).collect()
        };
        runs.into_iter().try_for_each(|group| self.run_one(console, tally, group))
    }

    /// Runs the crate with unsafe code on its model checker. The features would make it unusable for every other crate,
    /// so it is a run apart.
    pub(crate) fn run_models(&self, console: Console, tally: &mut Tally) -> Result<(), Failure> {
        let mut cargo = workspace::cargo();
        cargo.args(["test", "--package", "foundation-oneshot", "--features", "planted-bugs", "--test", "it"]);
        cargo.args(["--", "--show-output"]);
        self.read(console, tally, cargo, Some(Group::Model))
    }

    /// Runs all that cargo knows, or one group of it.
    fn run_one(&self, console: Console, tally: &mut Tally, group: Option<Group>) -> Result<(), Failure> {
        let mut cargo = workspace::cargo();
        cargo.args(["test", "--workspace", "--features", "xtask/app", "--no-fail-fast"]);
        cargo.args(self.left_out.iter().flat_map(|name| ["--exclude", name]));
        let (targets, filters) = self.choose(group);
        cargo.args(targets).args(["--", "--show-output"]).args(filters);
        self.read(console, tally, cargo, group)
    }

    /// Runs a command of cargo and counts what its tests say.
    fn read(
        &self,
        console: Console,
        tally: &mut Tally,
        mut cargo: Command,
        group: Option<Group>,
    ) -> Result<(), Failure> {
        cargo.env("CARGO_TERM_COLOR", "never").current_dir(workspace::root()?);
        if let Some(server) = nats_server::find()? {
            cargo.env(nats_server::VARIABLE, server);
        }

        let failed = |error: io::Error| Failure::new(format!("run cargo test: {error}"));
        let (printed, writer) = io::pipe().map_err(failed)?;
        cargo.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
        let mut child = cargo.spawn().map_err(failed)?;
        // The command holds this end of the pipe too; while it does, the other end is never done.
        drop(cargo);

        let failed_before = tally.failed();
        let models = Marks { every: Some(Group::Model), ..Marks::default() };
        let marks = if group == Some(Group::Model) { &models } else { &self.marks };
        let mut reader = Reader::new(tally, marks);
        for line in BufReader::new(printed).split(b'\n') {
            let line = line.map_err(failed)?;
            let line = String::from_utf8_lossy(&line);
            if reader.line(&line) {
                console.line(line.trim_end());
            }
        }
        let status = child.wait().map_err(failed)?;
        if !status.success() && tally.failed() == failed_before {
            tally.fail(group.unwrap_or(Group::Unit), format!("cargo test ended with {status} before its tests did"));
        }
        Ok(())
    }

    /// Which targets cargo builds for a group, and which tests of them run.
    fn choose(&self, group: Option<Group>) -> (Vec<&'static str>, Vec<&str>) {
        let all_but_docs = vec!["--lib", "--bins", "--tests"];
        let properties = || self.marks.properties.iter().map(String::as_str);
        let contracts = || self.marks.contracts.iter().map(String::as_str).chain([CONTRACT]);
        let skips = || contracts().chain(properties()).flat_map(|name| ["--skip", name]).collect();
        match group {
            None | Some(Group::Differential | Group::Model | Group::Chaos) => (Vec::new(), Vec::new()),
            Some(Group::Unit) => (vec!["--lib", "--bins"], skips()),
            Some(Group::Property) => (all_but_docs, properties().collect()),
            Some(Group::Contract) => (all_but_docs, contracts().collect()),
            Some(Group::Integration) => (vec!["--test", "*"], skips()),
            Some(Group::Doc) => (vec!["--doc"], Vec::new()),
        }
    }
}

/// The adapters that none of these compositions has behind a port. The embedded one and the cluster have
/// foundation-memory's clock and entropy, and foundation-moka is in none, so that it belongs to all.
fn adapters_of_others(chosen: &[Composition]) -> Vec<&'static str> {
    let of = |composition, adapter| (!chosen.contains(&composition)).then_some(adapter);
    [of(Composition::Embedded, "foundation-sled"), of(Composition::Cluster, "foundation-nats")]
        .into_iter()
        .flatten()
        .collect()
}
