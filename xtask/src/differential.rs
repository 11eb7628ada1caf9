//! `mabeam differential`, the work of `cargo xtask test --only differential`: the same random supervision trees, and
//! the same scripts of ends, on our supervisors and on those of Erlang/OTP; what each supervisor saw is compared.
//!
//! # What is compared
//! For each supervisor, in its own order, every start of a child that begins, fails or has nothing to start, and every
//! end of a child: which start of it that is, after which step of the script, the class of its reason (normal,
//! shutdown, killed, crash), and for a worker whether its `terminate` ran to its end. So the order in which a supervisor starts and
//! stops, whom it restarts, when it gives up and what its own supervisor makes of that are all compared. What different
//! supervisors see is not put in one order: OTP promises none. The last step stops what is left of the tree.
//!
//! Supervisors that are `simple_one_for_one` begin without children; the script has them start and stop some. They stop
//! all of them at once, so that the order of these ends is not compared.
//!
//! # What is not
//! - A panic's `terminate`: OTP calls it after an exception, ours does not, for the state may be half changed.
//! - The text of a reason, and times. A window of intensity is so long that every restart of a script counts, or the
//!   script waits in waves, and restarts of one wave count in the next and not in the one after it.
//! - Supervisors that are killed from outside, and patience with a supervisor: OTP calls the outcome a race.
//! - A dynamic child with nothing to do when it is restarted: OTP keeps it, and fails when it stops that one later.
//! - More than one end at a time. A step comes when nothing happens any more: on our side when no task can run and no
//!   timer is set, on OTP's as `otp.escript` argues.
//!
//! Reading order: `scenario` (what is run), `generate` (how it is drawn), `ours` and `theirs` (who runs it), `trace`
//! (what is compared), `coverage`, `smaller`.

mod coverage;
mod generate;
mod ours;
mod scenario;
mod smaller;
mod theirs;
mod trace;

use std::collections::BTreeMap;
use std::time::Instant;

use crate::args::DifferentialArgs;
use crate::console::Console;
use crate::failure::Failure;
use coverage::Coverage;
use ours::Run;
use scenario::Scenario;
use theirs::Otp;
use trace::{Difference, Trace};

/// At most so many rounds of making a scenario smaller; each starts Erlang once.
const ROUNDS: u32 = 60;

/// Runs and compares.
///
/// # Errors
/// Where the two sides differ, or what has to be covered is not; with `--plant` where they do not differ. Also when
/// there is no Erlang.
#[expect(clippy::disallowed_methods, reason = "a command of this tree, not of the domain, tells its own time")]
pub fn main(args: &DifferentialArgs) -> Result<(), Failure> {
    let begun = Instant::now();
    let console = Console::beside(None);
    let seed = args.seed;
    plant(args.plant.as_deref())?;
    let scenarios: Vec<Scenario> = (0..args.trees).map(|number| generate::scenario(seed, number)).collect();
    let found = compare(&scenarios, seed)?;
    if let Some(bug) = &args.plant {
        return judge_plant(bug, found.different.as_ref(), seed, console);
    }
    let Some(different) = found.different else {
        let Coverage { processes, .. } = found.coverage;
        console.line(format!("  seed {seed}: what it covered"));
        console.line(found.coverage.to_string().trim_end());
        console.line(format!(
            "  {} trees equal, {} processes, in {:.1} s",
            grouped(scenarios.len()),
            grouped(processes),
            begun.elapsed().as_secs_f64()
        ));
        let missing = found.coverage.missing();
        if missing.is_empty() {
            return Ok(());
        }
        return Err(Failure::new(format!("seed {seed} does not cover {}", missing.join("; ")))
            .advise("run more trees, or another seed"));
    };
    let smallest = shrink(different, seed)?;
    Err(Failure::new(smallest.tell(seed)))
}

/// Puts a bug into this program's own supervisors.
#[cfg(feature = "planted-bugs")]
fn plant(bug: Option<&str>) -> Result<(), Failure> {
    foundation_core::planted::set(bug)
        .map_err(|known| Failure::usage("no bug has that name").advise(format!("the bugs are: {}", known.join(", "))))
}

/// Refuses a bug: this build has none.
#[cfg(not(feature = "planted-bugs"))]
fn plant(bug: Option<&str>) -> Result<(), Failure> {
    match bug {
        None => Ok(()),
        Some(bug) => Err(Failure::usage(format!("this build cannot plant `{bug}`"))
            .advise("use `cargo xtask differential --plant`, which builds with the feature planted-bugs")),
    }
}

fn judge_plant(bug: &str, different: Option<&Different>, seed: u64, console: Console) -> Result<(), Failure> {
    match different {
        Some(Different { scenario, .. }) => {
            console.line(format!("  seed {seed}: {bug} was planted and caught by tree {}", scenario.number));
            Ok(())
        }
        None => Err(Failure::new(format!("seed {seed}: {bug} was planted, and no tree shows a difference"))),
    }
}

/// What came of a set of scenarios.
struct Found {
    coverage: Coverage,
    different: Option<Different>,
}

/// A scenario on which the two sides are not the same.
struct Different {
    scenario: Scenario,
    ours: Result<Run, String>,
    theirs: Trace,
}

fn compare(scenarios: &[Scenario], seed: u64) -> Result<Found, Failure> {
    let otp = Otp::start(scenarios)?;
    // While Erlang is at work.
    let ours: Vec<Result<Run, String>> = scenarios.iter().map(|scenario| ours::run(scenario, seed)).collect();
    let mut theirs: BTreeMap<u32, Trace> = otp.finish()?;
    let mut coverage = Coverage::default();
    for (scenario, ours) in scenarios.iter().zip(ours) {
        let Some(mut theirs) = theirs.remove(&scenario.number) else {
            return Err(Failure::new(format!("the Erlang side did not answer for tree {}", scenario.number)));
        };
        theirs.sort_ends(&scenario.dynamic());
        match &ours {
            Ok(run) if Difference::find(&run.trace, &theirs).is_none() => coverage.add(scenario, run),
            _ => {
                let different = Different { scenario: scenario.clone(), ours, theirs };
                return Ok(Found { coverage, different: Some(different) });
            }
        }
    }
    Ok(Found { coverage, different: None })
}

/// Makes a scenario smaller as long as the two sides differ on it.
fn shrink(mut different: Different, seed: u64) -> Result<Different, Failure> {
    let number = different.scenario.number;
    for _ in 0..ROUNDS {
        match compare(&smaller::candidates(&different.scenario), seed)?.different {
            Some(smaller) => different = smaller,
            None => break,
        }
    }
    different.scenario.number = number;
    Ok(different)
}

impl Different {
    /// The seed, the tree, the script up to the difference, and both traces there.
    fn tell(&self, seed: u64) -> String {
        let Self { scenario, ours, theirs } = self;
        let mut text = format!("seed {seed}, tree {}, made as small as it still differs:\n{scenario}", scenario.number);
        let (until, seen) = match ours {
            Err(problem) => (scenario.steps.len(), format!("ours came to no end: {problem}\n")),
            Ok(run) => match Difference::find(&run.trace, theirs) {
                Some(found) => (found.step as usize, found.show(scenario, &run.trace, theirs)),
                None => (scenario.steps.len(), "the two are the same\n".to_owned()),
            },
        };
        for (number, step) in (1..=until).zip(&scenario.steps) {
            text.push_str(&format!("step {number}: {step}\n"));
        }
        text.push_str(&seen);
        text
    }
}

/// `1234567` as `1,234,567`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
