//! What can be typed: the arguments of the commands that compute, with their defaults and their checks.
//!
//! They stand apart from the commands so that the light binary refuses bad usage before anything is built. An option
//! that a study sets for itself is an `Option` here: given on the command line, it wins.

mod bench;
mod nats;
mod portable;
mod values;

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

use crate::failure::Failure;
pub use bench::{BENCH_RUNS, BenchArgs, BenchGroup, LongStudy};
pub use nats::{NATS_URL, NatsArgs};
pub use portable::{ExportArgs, ExportFormat, ImportArgs};
pub use values::{Http, JsonTarget, is_study_file};

/// The studies that can be named.
pub const STUDIES: [&str; 1] = ["digits"];
/// Epochs that end the study `digits`.
pub const DEFAULT_BUDGET: u64 = 450;
/// Trainers of the study `digits`.
pub const DEFAULT_AGENTS: u32 = 2;
/// Trials of the study `digits` that stand open at a time.
pub const DEFAULT_SLOTS: u32 = 2;
/// The seed of the study `digits`.
pub const DEFAULT_SEED: u64 = 1;

/// Which adapters stand behind the ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Composition {
    /// Everything in the memory of one process; nothing is kept.
    Memory,
    /// One machine, everything on disk.
    #[default]
    Embedded,
    /// NATS JetStream: a server of its own on this machine, or servers that run already.
    Cluster,
}

impl Composition {
    /// What it is called in JSON and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Embedded => "embedded",
            Self::Cluster => "cluster",
        }
    }
}

/// `run`: the main job.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask run                                     the study `digits`, resumed if it is unfinished
  cargo xtask run --fresh --seed 7 --json digits.json
  cargo xtask run --study study.toml                  what a file describes; `cargo xtask new-study` writes one
  cargo xtask run --study study.toml --exec 'python3 train.py --lr {lr}'
  cargo xtask run --composition memory --http off --agents 1
  cargo xtask run --composition cluster               on a NATS server that is started for it")]
pub struct RunArgs {
    /// The study: `digits`, or a study file, as `cargo xtask new-study` writes one.
    #[arg(long, value_name = "NAME|FILE.toml", value_parser = values::study, default_value = STUDIES[0])]
    pub study: String,
    /// The program of a study file, in the place of its own: words with `{parameter}` where values go. No shell reads it.
    #[arg(long, value_name = "'PROGRAM ARG {parameter} …'")]
    pub exec: Option<String>,
    /// Which adapters stand behind the ports.
    #[arg(long, value_enum, default_value_t)]
    pub composition: Composition,
    /// At most this many trials [default: only the budget ends the study].
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub trials: Option<u32>,
    /// Trainers that work at a time, up to the slots [digits: 2].
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1024))]
    pub agents: Option<u32>,
    /// Trials that stand open at a time; part of what makes two runs the same study [digits: 2].
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..=1024))]
    pub slots: Option<u32>,
    /// Units of work (epochs, for digits) that end the study [digits: 450].
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub budget: Option<u64>,
    /// The seed of every random number [digits: 1].
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// The data folder [default: .foundation/STUDY, for the cluster .foundation/STUDY-cluster].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Start anew; the old data folder is kept aside under a dated name.
    #[arg(long)]
    pub fresh: bool,
    /// Where metrics and health are served [default: 127.0.0.1:9464 or the next free port].
    #[arg(long, value_name = "ADDR|off", default_value_t, hide_default_value = true)]
    pub http: Http,
    /// Write the report here [default: report.html in the data folder].
    #[arg(long, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
    /// The probability, 0 to 1, that a trainer is killed at a rung.
    #[arg(long, value_name = "P", default_value_t = 0.0, hide_default_value = true, value_parser = values::probability)]
    pub chaos: f64,
    /// The options of the cluster composition.
    #[command(flatten)]
    pub nats: Box<NatsArgs>,
    /// Tells what reliability experiments count on standard error.
    #[arg(long, hide = true)]
    pub trace: bool,
    /// Leaves out what the final table compares the best trial with.
    #[arg(long, hide = true)]
    pub skip_baselines: bool,
    /// A planted bug.
    #[arg(long, hide = true)]
    pub plant: Option<String>,
}

impl RunArgs {
    /// Checks what the options mean together.
    ///
    /// # Errors
    /// Bad usage: more agents than slots, or a data folder with a composition that keeps nothing.
    pub fn check(&self) -> Result<(), Failure> {
        if let (Some(agents), Some(slots)) = (self.agents, self.slots)
            && agents > slots
        {
            return Err(Failure::usage(format!("--agents {agents} is more than --slots {slots}"))
                .advise("an agent works on one slot: give as many slots, or fewer agents"));
        }
        check_data(self.composition, self.data.is_some())?;
        check_nats(self.composition, &self.nats, self.fresh)
    }
}

/// `serve`: the application long-lived.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask serve                                 studies for workers at /v1/studies, see clients/python
  cargo xtask serve --http 0.0.0.0:9464 --token-file token.txt")]
pub struct ServeArgs {
    /// A study to run once everything is up; without it the application waits.
    #[arg(long, value_parser = STUDIES)]
    pub study: Option<String>,
    /// Which adapters stand behind the ports.
    #[arg(long, value_enum, default_value_t)]
    pub composition: Composition,
    /// The data folder [default: .foundation/serve, for the cluster .foundation/serve-cluster].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where metrics and health are served [default: 127.0.0.1:9464 or the next free port].
    #[arg(long, value_name = "ADDR", default_value_t, hide_default_value = true)]
    pub http: Http,
    /// A file whose first line is the bearer token; needed for an address that other machines reach.
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The options of the cluster composition.
    #[command(flatten)]
    pub nats: Box<NatsArgs>,
    /// End also when standard input is at its end, so that the server does not outlive the program that started it.
    #[arg(long)]
    pub until_stdin_ends: bool,
    /// Write JSON to a file, or to standard output with `-`: where it serves, as soon as it does; with --study what was
    /// found, when the application ends.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

impl ServeArgs {
    /// Checks what the options mean together.
    ///
    /// # Errors
    /// Bad usage: nothing to serve on, or a data folder with a composition that keeps nothing.
    pub fn check(&self) -> Result<(), Failure> {
        if self.http == Http::Off {
            return Err(Failure::usage("--http off leaves nothing to serve").advise("give an address, or use `run`"));
        }
        check_data(self.composition, self.data.is_some())?;
        check_nats(self.composition, &self.nats, false)
    }
}

/// The reliability experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Experiment {
    /// Kill the process at random moments; nothing that was acknowledged may be missing.
    Kill9,
    /// Calls to servers that panic, are killed and stall: each ends once, with its own answer or a reason.
    Calls,
    /// Many senders to one receiver: each one's messages arrive once and in their order.
    Order,
    /// Ten thousand deaths a second under one supervisor: limits hold, memory comes back, others are not disturbed.
    Storm,
    /// A tree killed by its root: nobody is left, and each link and monitor is told once.
    Tree,
    /// A producer ten times as fast as its consumer: memory is bounded, and control messages get through.
    Overload,
    /// Three NATS servers, the one that leads killed or stopped under writes: nothing is lost, histories are
    /// linearizable.
    KillServer,
    /// The holder of a lock stopped beyond its lease: its late write is refused.
    PausedHolder,
}

impl Experiment {
    /// Whether it needs a build that counts memory.
    #[must_use]
    pub fn counts_memory(self) -> bool {
        matches!(self, Self::Storm | Self::Tree | Self::Overload)
    }

    /// Whether it starts NATS servers.
    #[must_use]
    pub fn needs_nats_server(self) -> bool {
        matches!(self, Self::KillServer | Self::PausedHolder)
    }
}

/// What an experiment is done to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// A whole study, resumed after each blow.
    #[default]
    Study,
    /// The event log alone, under writers.
    Events,
}

/// `chaos`: reliability experiments.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  cargo xtask chaos kill9 --target events --kills 50
  cargo xtask chaos kill9 --target study --plant ack-before-write      succeeds only if the planted bug is caught
  cargo xtask chaos kill9 --target study --composition cluster --kills 10
  cargo xtask chaos kill-server --rounds 20    and `paused-holder`: on NATS servers that are started for it
  cargo xtask chaos calls                      1,000,000 calls; `order`, `storm`, `tree` and `overload` are alike
  cargo xtask chaos overload --seconds 5 --plant control-behind-mail")]
pub struct ChaosArgs {
    /// The experiment.
    #[arg(value_enum, value_name = "NAME")]
    pub experiment: Experiment,
    /// What it is done to.
    #[arg(long, value_enum, default_value_t)]
    pub target: Target,
    /// Which adapters are behind the study of `kill9`.
    #[arg(long, value_enum, default_value_t)]
    pub composition: Composition,
    /// How many blows.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
    pub kills: u32,
    /// How many rounds of `kill-server` and `paused-holder`.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// End after this many minutes, even if blows are left.
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub minutes: Option<u32>,
    /// How much: calls (`calls`) [default: 1000000], messages of each sender (`order`) [default: 100000], processes
    /// (`tree`) [default: 100000].
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// How long the load lasts: `storm` [default: 10], `overload` [default: 60].
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    pub seconds: Option<u64>,
    /// The seed of the moments and of the load.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_SEED)]
    pub seed: u64,
    /// Put a named bug in; the command then succeeds only if the bug was caught.
    #[arg(long, value_name = "BUG")]
    pub plant: Option<String>,
    /// Be the process that is killed, at work in this folder.
    #[arg(long, hide = true, value_name = "DIR")]
    pub victim: Option<PathBuf>,
    /// Which life of the victim this is.
    #[arg(long, hide = true, default_value_t = 0)]
    pub life: u64,
    /// Write what was found as JSON to a file, or to standard output with `-`.
    #[arg(long, value_name = "FILE|-")]
    pub json: Option<JsonTarget>,
}

impl ChaosArgs {
    /// Checks what the options mean together.
    ///
    /// # Errors
    /// Bad usage: a composition for an experiment that has none, or one that keeps nothing.
    pub fn check(&self) -> Result<(), Failure> {
        let is_study = self.experiment == Experiment::Kill9 && self.target == Target::Study;
        match self.composition {
            Composition::Embedded => Ok(()),
            Composition::Cluster if is_study => Ok(()),
            Composition::Memory if is_study => Err(Failure::usage("a kill loses everything that only memory keeps")
                .advise("choose --composition embedded or cluster")),
            Composition::Cluster | Composition::Memory => {
                Err(Failure::usage("only `kill9 --target study` has a --composition").advise("leave it out"))
            }
        }
    }
}

/// Supervision trees that `test --only differential` runs, and their seed.
pub const DIFFERENTIAL_TREES: u32 = 1_000;
/// The seed of those trees.
pub const DIFFERENTIAL_SEED: u64 = 1;

/// `differential`: the work of `cargo xtask test --only differential`, which people type.
#[derive(Args, Clone, Debug)]
pub struct DifferentialArgs {
    /// The seed of the trees and of their scripts.
    #[arg(long, value_name = "N", default_value_t = DIFFERENTIAL_SEED)]
    pub seed: u64,
    /// How many trees.
    #[arg(long, value_name = "N", default_value_t = DIFFERENTIAL_TREES, value_parser = value_parser!(u32).range(1..))]
    pub trees: u32,
    /// Put a named bug in; the command then succeeds only if a difference shows.
    #[arg(long, value_name = "BUG")]
    pub plant: Option<String>,
}

fn check_nats(composition: Composition, nats: &NatsArgs, fresh: bool) -> Result<(), Failure> {
    if composition == Composition::Cluster {
        return nats.check(fresh);
    }
    if nats.is_given() {
        return Err(Failure::usage("the options --nats-… are for --composition cluster")
            .advise("leave them out, or choose --composition cluster"));
    }
    Ok(())
}

fn check_data(composition: Composition, data_given: bool) -> Result<(), Failure> {
    if composition == Composition::Memory && data_given {
        return Err(Failure::usage("--data has no use with --composition memory, which keeps nothing")
            .advise("leave --data out, or choose --composition embedded"));
    }
    Ok(())
}
