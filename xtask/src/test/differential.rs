//! The group `differential`: random supervision trees and scripts of ends on ours and on Erlang/OTP, compared.

use super::experiments::mabeam;
use super::group::Group;
use super::output::{Skip, Tally};
use crate::args::DIFFERENTIAL_TREES;
use crate::console::Console;
use crate::doctor::tools::Tool;
use crate::failure::Failure;

/// What the group needs beside Rust, by the doctor's name.
const ERLANG: &str = "erlang";
/// Bugs that a comparison must not miss.
const BUGS: [&str; 3] = ["window-not-sliding", "temporary-bystander-restarted", "start-order-reversed"];
/// Trees enough to show each of them.
const TREES_WITH_A_BUG: u32 = 200;

pub(crate) fn run(console: Console, seed: u64, tally: &mut Tally) -> Result<(), Failure> {
    let has_erlang = match Tool::named(ERLANG) {
        Some(erlang) => erlang.version()?.is_some(),
        None => false,
    };
    if !has_erlang {
        let command = format!("cargo xtask doctor --install {ERLANG}");
        let (what, reason) = ("supervision trees on ours and on Erlang/OTP", "there is no `erl` on this machine");
        tally.skip(Skip::new(Group::Differential, what, reason, &command));
        return Ok(());
    }
    one(console, seed, DIFFERENTIAL_TREES, None, tally)?;
    BUGS.into_iter().try_for_each(|bug| one(console, seed, TREES_WITH_A_BUG, Some(bug), tally))
}

/// One run. With a bug it passes only if a difference shows.
fn one(console: Console, seed: u64, trees: u32, bug: Option<&str>, tally: &mut Tally) -> Result<(), Failure> {
    let (seed, trees) = (seed.to_string(), trees.to_string());
    let mut arguments = vec!["--seed", &seed, "--trees", &trees];
    arguments.extend(bug.iter().flat_map(|bug| ["--plant", *bug]));
    let name = format!("differential {}", arguments.join(" "));
    console.line(format!("     Running {name}"));
    let status = mabeam("differential", &arguments)?
        .stdout(console.for_child())
        .status()
        .map_err(|error| Failure::new(format!("start `{name}`: {error}")))?;
    if status.success() {
        tally.pass(Group::Differential);
    } else {
        tally.fail(Group::Differential, format!("{name} ({status})"));
    }
    Ok(())
}
