//! `cargo xtask ci`: every check that is not a test, in CI's order. It goes on after a failure and sums up at the end.

mod hygiene;

use std::process::Command;
use std::time::Instant;

use clap::Args;
use serde::Serialize;

use crate::arch;
use crate::args::JsonTarget;
use crate::console::{Console, print_failure};
use crate::doctor::tools;
use crate::failure::Failure;
use crate::workspace;

/// `ci`: every check that is not a test.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask ci
  cargo xtask ci --only format --only lints")]
pub struct CiArgs {
    /// Only these checks.
    #[arg(long, value_name = "CHECK")]
    pub only: Vec<String>,
    /// Fail a check whose program is not installed, instead of leaving it out loudly.
    #[arg(long)]
    pub require_all: bool,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

/// One check.
struct Step {
    name: &'static str,
    run: fn(&Context) -> Result<Verdict, Failure>,
}

/// In CI's order: what is quick and often wrong first.
const STEPS: &[Step] = &[
    Step { name: "lockfile", run: lockfile },
    Step { name: "format", run: format },
    Step { name: "readme", run: |_| hygiene::readme() },
    Step { name: "traces", run: |_| hygiene::traces() },
    Step { name: "architecture", run: |context| arch::check_all(context.console).map(|()| Verdict::Passed) },
    Step { name: "lints", run: lints },
    Step { name: "lints-light", run: lints_light },
    Step { name: "lints-planted", run: lints_planted },
    Step { name: "lints-detached", run: lints_detached },
    Step { name: "docs", run: docs },
    Step { name: "dependencies", run: dependencies },
];

struct Context {
    console: Console,
    require_all: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Passed,
    Failed,
    Skipped,
}

#[derive(Serialize)]
struct Report {
    checks: Vec<StepReport>,
    failed: usize,
    skipped: usize,
    wall_s: f64,
}

#[derive(Serialize)]
struct StepReport {
    name: &'static str,
    verdict: Verdict,
    wall_s: f64,
}

/// Runs the checks.
///
/// # Errors
/// When one failed, or none is called as asked.
#[expect(clippy::disallowed_methods, reason = "a command of this tree, not of the domain, tells its own time")]
pub fn main(args: &CiArgs) -> Result<(), Failure> {
    if let Some(unknown) = args.only.iter().find(|name| !STEPS.iter().any(|step| step.name == name.as_str())) {
        let known: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(Failure::usage(format!("no check is called `{unknown}`"))
            .advise(format!("choose one of {}", known.join(", "))));
    }
    let begun = Instant::now();
    let console = Console::beside(args.json.as_ref());
    let context = Context { console, require_all: args.require_all };
    let mut checks = Vec::new();
    for step in STEPS.iter().filter(|step| args.only.is_empty() || args.only.iter().any(|name| name == step.name)) {
        console.line(format!("── {}", step.name));
        let step_begun = Instant::now();
        let verdict = (step.run)(&context).unwrap_or_else(|failure| {
            print_failure(&failure);
            Verdict::Failed
        });
        checks.push(StepReport { name: step.name, verdict, wall_s: step_begun.elapsed().as_secs_f64() });
    }
    console.line("");
    for StepReport { name, verdict, wall_s } in &checks {
        let word = match verdict {
            Verdict::Passed => "ok",
            Verdict::Failed => "FAILED",
            Verdict::Skipped => "skipped",
        };
        console.line(format!("{word:8} {name:14} {wall_s:7.1} s"));
    }
    let count = |wanted: Verdict| checks.iter().filter(|check| check.verdict == wanted).count();
    let (n_checks, failed, skipped) = (checks.len(), count(Verdict::Failed), count(Verdict::Skipped));
    if let Some(target) = &args.json {
        target.write(&Report { checks, failed, skipped, wall_s: begun.elapsed().as_secs_f64() })?;
    }
    if failed > 0 {
        return Err(Failure::new(format!("{failed} of {n_checks} checks failed")));
    }
    Ok(())
}

fn lockfile(context: &Context) -> Result<Verdict, Failure> {
    for manifest in manifests()? {
        let mut cargo = workspace::cargo();
        cargo.args(["metadata", "--format-version", "1", "--locked", "--all-features", "--manifest-path", &manifest]);
        let output = cargo
            .current_dir(workspace::root()?)
            .output()
            .map_err(|error| Failure::new(format!("start cargo metadata: {error}")))?;
        if !output.status.success() {
            context.console.line(String::from_utf8_lossy(&output.stderr).trim());
            return Err(Failure::new(format!("the Cargo.lock beside {manifest} does not fit the manifests")).advise(
                format!("run `cargo metadata --manifest-path {manifest}` and commit the Cargo.lock beside it"),
            ));
        }
    }
    Ok(Verdict::Passed)
}

/// The workspace's manifest and those of packages that are workspaces of their own, relative to the root.
fn manifests() -> Result<Vec<String>, Failure> {
    let root = workspace::root()?;
    let detached = workspace::DETACHED.map(|folder| format!("{folder}/Cargo.toml"));
    Ok(std::iter::once("Cargo.toml".to_owned()).chain(detached).filter(|path| root.join(path).exists()).collect())
}

fn format(context: &Context) -> Result<Verdict, Failure> {
    let advice = "run `cargo fmt --all`, and with `--manifest-path` for a package that is a workspace of its own";
    cargo(context, &["fmt", "--all", "--check"], &[], advice)?;
    for manifest in manifests()?.iter().skip(1) {
        cargo(context, &["fmt", "--check", "--manifest-path", manifest], &[], advice)?;
    }
    Ok(Verdict::Passed)
}

/// Packages that are workspaces of their own: that they build with all their dependencies, and are clean.
fn lints_detached(context: &Context) -> Result<Verdict, Failure> {
    for manifest in manifests()?.iter().skip(1) {
        let folder = manifest.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default();
        let target = format!("target/{folder}");
        clippy(
            context,
            &["clippy", "--locked", "--all-targets", "--manifest-path", manifest, "--target-dir", &target],
        )?;
    }
    Ok(Verdict::Passed)
}

fn lints(context: &Context) -> Result<Verdict, Failure> {
    let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--features", "xtask/app"];
    clippy(context, &arguments)
}

/// The binary that `cargo xtask help` builds, which has less in it than the other runs of clippy see.
fn lints_light(context: &Context) -> Result<Verdict, Failure> {
    clippy(context, &["clippy", "--locked", "--package", "xtask", "--all-targets"])
}

fn lints_planted(context: &Context) -> Result<Verdict, Failure> {
    let arguments = ["clippy", "--locked", "--workspace", "--all-targets", "--features", "xtask/planted-bugs"];
    clippy(context, &arguments)
}

fn clippy(context: &Context, arguments: &[&str]) -> Result<Verdict, Failure> {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--quiet", "--", "--deny", "warnings"]);
    cargo(context, &arguments, &[], "mend the places above")
}

fn docs(context: &Context) -> Result<Verdict, Failure> {
    // The binaries' documentation would overwrite that of the library of the same name.
    let arguments = ["doc", "--quiet", "--locked", "--no-deps", "--workspace", "--lib", "--features", "xtask/app"];
    cargo(context, &arguments, &[("RUSTDOCFLAGS", "--deny warnings")], "mend the places above")
}

fn dependencies(context: &Context) -> Result<Verdict, Failure> {
    let Some(program) = tools::cargo_deny()? else {
        let advice = "cargo xtask doctor --install cargo-deny";
        if context.require_all {
            return Err(Failure::new("cargo-deny is not installed").advise(advice));
        }
        context.console.line(format!("SKIPPED: licences, bans and sources — cargo-deny is not installed — {advice}"));
        return Ok(Verdict::Skipped);
    };
    let mut deny = Command::new(program);
    deny.args(["--locked", "--offline", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
    run(context, &mut deny, "cargo-deny", "change the dependency, or deny.toml with a reason")
}

fn cargo(context: &Context, arguments: &[&str], variables: &[(&str, &str)], advice: &str) -> Result<Verdict, Failure> {
    let mut cargo = workspace::cargo();
    cargo.args(arguments).envs(variables.iter().copied());
    run(context, &mut cargo, &format!("cargo {}", arguments[0]), advice)
}

fn run(context: &Context, command: &mut Command, name: &str, advice: &str) -> Result<Verdict, Failure> {
    let status = command
        .current_dir(workspace::root()?)
        .stdout(context.console.for_child())
        .status()
        .map_err(|error| Failure::new(format!("start {name}: {error}")).advise("cargo xtask doctor"))?;
    if status.success() {
        return Ok(Verdict::Passed);
    }
    Err(Failure::new(format!("{name}: {status}")).advise(advice))
}
