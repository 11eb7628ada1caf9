//! `cargo xtask doctor`: what this machine has and lacks, and the command that gets it.

pub(crate) mod nats_server;
pub(crate) mod tables;
pub(crate) mod tools;

use clap::Args;
use serde::Serialize;

use crate::args::JsonTarget;
use crate::console::{Console, print_failure};
use crate::failure::Failure;
use tools::{TOOLS, Tool};

/// `doctor`: what this machine has and lacks.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask doctor
  cargo xtask doctor --install
  cargo xtask doctor --install cargo-deny strace")]
pub struct DoctorArgs {
    /// Only these [default: all].
    #[arg(value_name = "TOOL")]
    pub tools: Vec<String>,
    /// Get what is missing.
    #[arg(long)]
    pub install: bool,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

#[derive(Serialize)]
struct Report {
    tools: Vec<ToolReport>,
    missing: usize,
}

#[derive(Serialize)]
struct ToolReport {
    name: &'static str,
    /// What it said when asked for its version; `null` where it is missing.
    version: Option<String>,
    needed_for: &'static str,
    command: String,
}

/// Looks, and installs if asked.
///
/// # Errors
/// When something is missing after all, or no tool is called as asked.
pub fn main(args: &DoctorArgs) -> Result<(), Failure> {
    if let Some(unknown) = args.tools.iter().find(|name| !TOOLS.iter().any(|tool| tool.name == name.as_str())) {
        let known: Vec<&str> = TOOLS.iter().map(|tool| tool.name).collect();
        return Err(Failure::usage(format!("no tool is called `{unknown}`"))
            .advise(format!("choose one of {}", known.join(", "))));
    }
    let console = Console::beside(args.json.as_ref());
    let chosen = |tool: &&Tool| args.tools.is_empty() || args.tools.iter().any(|name| name == tool.name);
    let mut tools = Vec::new();
    for tool in TOOLS.iter().filter(chosen) {
        let mut version = tool.version()?;
        if version.is_none() && args.install {
            console.line(format!("getting {}", tool.name));
            if let Err(failure) = tool.install(console) {
                print_failure(&failure);
            }
            version = tool.version()?;
        }
        let (name, needed_for, command) = (tool.name, tool.needed_for, tool.install_line()?);
        match &version {
            Some(version) => console.line(format!("ok       {name:14} {version}")),
            None => console.line(format!("missing  {name:14} needed for {needed_for}; to get it: {command}")),
        }
        tools.push(ToolReport { name, version, needed_for, command });
    }
    let missing = tools.iter().filter(|tool| tool.version.is_none()).count();
    if missing > 0 && !args.install {
        let names: Vec<&str> = tools.iter().filter(|tool| tool.version.is_none()).map(|tool| tool.name).collect();
        console.line(format!("to get them all: cargo xtask doctor --install {}", names.join(" ")));
    }
    if let Some(target) = &args.json {
        target.write(&Report { tools, missing })?;
    }
    if missing > 0 && args.install {
        return Err(Failure::new(format!("{missing} of the tools could not be installed")));
    }
    Ok(())
}
