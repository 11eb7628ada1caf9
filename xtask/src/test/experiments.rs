//! The group `chaos`: reliability experiments at seconds' size.

use std::process::Command;

use clap::ValueEnum as _;

use super::group::Group;
use super::output::{Skip, Tally};
use crate::args::Experiment;
use crate::console::Console;
use crate::doctor::nats_server;
use crate::failure::Failure;
use crate::{heavy, workspace};

/// The arguments of `cargo xtask chaos`, one experiment each. One with `--plant` passes only if its bug is caught.
///
/// At this size `storm` and `overload` judge no times, which say nothing on a machine that does other things too.
const EXPERIMENTS: &[&[&str]] = &[
    &["kill9", "--target", "events", "--kills", "10"],
    &["kill9", "--target", "study", "--kills", "6"],
    &["kill9", "--target", "events", "--kills", "20", "--plant", "ack-before-write"],
    &["kill9", "--target", "study", "--kills", "6", "--plant", "ack-before-write"],
    &["kill9", "--target", "study", "--composition", "cluster", "--kills", "3"],
    &["kill9", "--target", "study", "--composition", "cluster", "--kills", "3", "--plant", "store-forgets"],
    &["calls", "--count", "20000"],
    &["order", "--count", "2000"],
    &["storm", "--seconds", "2"],
    &["tree", "--count", "3000"],
    &["overload", "--seconds", "4"],
    &["calls", "--count", "20000", "--plant", "reply-hang"],
    &["calls", "--count", "20000", "--plant", "reply-swapped"],
    &["order", "--count", "2000", "--plant", "order-swapped"],
    &["storm", "--seconds", "2", "--plant", "intensity-ignored"],
    &["storm", "--seconds", "2", "--plant", "window-kept"],
    &["tree", "--count", "3000", "--plant", "notice-lost"],
    &["tree", "--count", "3000", "--plant", "orphan-left"],
    &["overload", "--seconds", "4", "--plant", "control-behind-mail"],
    &["overload", "--seconds", "4", "--plant", "mailbox-unbounded"],
    &["kill-server", "--rounds", "2"],
    &["kill-server", "--rounds", "2", "--plant", "follower-reads"],
    &["kill-server", "--rounds", "2", "--plant", "token-unchecked"],
    &["paused-holder", "--rounds", "3"],
    &["paused-holder", "--rounds", "3", "--plant", "token-unchecked"],
];

pub(crate) fn run(console: Console, tally: &mut Tally) -> Result<(), Failure> {
    let has_server = nats_server::find()?.is_some();
    for arguments in EXPERIMENTS {
        let name = format!("chaos {}", arguments.join(" "));
        if !has_server && needs_server(arguments) {
            let command = "cargo xtask doctor --install nats-server";
            tally.skip(Skip::new(Group::Chaos, &name, "there is no nats-server on this machine", command));
            continue;
        }
        console.line(format!("     Running {name}"));
        let status = mabeam("chaos", arguments)?
            .stdout(console.for_child())
            .status()
            .map_err(|error| Failure::new(format!("start `{name}`: {error}")))?;
        if status.success() {
            tally.pass(Group::Chaos);
        } else {
            tally.fail(Group::Chaos, format!("{name} ({status})"));
        }
    }
    Ok(())
}

/// Whether an experiment starts NATS servers.
fn needs_server(arguments: &[&str]) -> bool {
    arguments.contains(&"cluster") || experiment(arguments).is_some_and(Experiment::needs_nats_server)
}

fn experiment(arguments: &[&str]) -> Option<Experiment> {
    arguments.first().and_then(|name| Experiment::from_str(name, false).ok())
}

/// A command of `mabeam` in the profile of the other tests, which have built most of it.
pub(super) fn mabeam(name: &str, arguments: &[&str]) -> Result<Command, Failure> {
    let counted = name == "chaos" && experiment(arguments).is_some_and(Experiment::counts_memory);
    let features = heavy::features(arguments.contains(&"--plant"), counted);
    let mut cargo = workspace::cargo();
    cargo.args(["run", "--quiet", "--package", "xtask", "--features", features, "--bin", "mabeam", "--", name]);
    cargo.args(arguments).current_dir(workspace::root()?);
    Ok(cargo)
}
