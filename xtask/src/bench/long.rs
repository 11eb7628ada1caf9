//! One study of 100,000 trials: how its memory grows, and what its last trials cost beside its first.
//!
//! Everything is on disk, the objective costs nothing, and the samplers are asked each time with all that is known.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use clap::ValueEnum as _;
use mabeam::{GpSampler, SearchSpace, Study, Team, TpeSampler};
use serde::{Deserialize, Serialize};

use super::row::{Better, Row};
use super::study::clear;
use crate::args::{Composition, LongStudy};
use crate::compositions::{self, Application, Place};
use crate::console::Console;
use crate::failure::Failure;
use crate::report::growth::{self, Curve, Panel};
use crate::run::resources::Usage;
use crate::workspace;

/// How many trials.
const TRIALS: u64 = 100_000;
/// How many of them are one point of the curve.
const STEP: u64 = 5_000;
/// How long a trial may be out; none is ever lost here.
const LEASE: Duration = Duration::from_secs(3_600);
/// By how many bytes the memory may grow.
const MOST_GROWTH: f64 = 200e6;
/// How many times what the first trials cost the last ones may.
const MOST_TIMES: f64 = 3.0;

/// What was measured when so many trials had been told.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Point {
    trials: u64,
    /// CPU microseconds a trial, over the trials since the point before.
    cpu_us: f64,
    /// Memory that is resident now, in bytes.
    rss_bytes: u64,
}

/// What was measured of one study.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Measured {
    name: String,
    /// Memory that was resident before the first trial, in bytes; 0 where the system does not say.
    floor_bytes: u64,
    curve: Vec<Point>,
}

/// Measures a study with one sampler and one with a team, each in a program of its own: what one leaves resident when it
/// is over would count for the next, or hide what that one needs.
pub(super) fn measure(console: Console) -> Result<Vec<Row>, Failure> {
    let file = std::env::temp_dir().join(format!("foundation-bench-long-{}.json", std::process::id()));
    let all = LongStudy::value_variants().iter().map(|study| apart(*study, &file)).collect::<Result<Vec<_>, _>>();
    let _ = std::fs::remove_file(&file);
    let all = all?;
    let rows = all.iter().flat_map(|measured| judge(measured, console)).collect();
    let file = picture()?;
    std::fs::write(&file, draw(&all)).map_err(|error| Failure::io("write", &file, &error))?;
    console.line(format!("The curves: {}.", file.display()));
    Ok(rows)
}

fn name(study: LongStudy) -> String {
    study.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Runs a study in a program of its own, which prints its curve.
fn apart(study: LongStudy, file: &Path) -> Result<Measured, Failure> {
    let this = std::env::current_exe().map_err(|error| Failure::new(format!("find this program's file: {error}")))?;
    let status = Command::new(this)
        .args(["bench", "study", "--long-of", &name(study), "--json"])
        .arg(file)
        .status()
        .map_err(|error| Failure::new(format!("start the study: {error}")))?;
    if !status.success() {
        return Err(Failure::new(format!("the study of {} ended with {status}", name(study))));
    }
    let text = std::fs::read_to_string(file).map_err(|error| Failure::io("read", file, &error))?;
    serde_json::from_str(&text).map_err(|error| Failure::new(format!("read {}: {error}", file.display())))
}

/// Runs a study here.
pub(super) fn run(study: LongStudy, console: Console) -> Result<Measured, Failure> {
    let tpe = Arc::new(TpeSampler::default());
    let team = match study {
        LongStudy::Tpe => Team::one(tpe),
        LongStudy::Team => Team::new().member("gp", Arc::new(GpSampler::default())).member("tpe", tpe),
    };
    console.line(format!("{TRIALS} trials by {}, on disk:\n  trials  CPU us a trial  resident MB", name(study)));
    let folder = std::env::temp_dir().join(format!("foundation-bench-long-{}", std::process::id()));
    clear(&folder)?;
    let mut space = SearchSpace::builder();
    for name in ["a", "b", "c", "d", "e"] {
        space = space.float(name, -5.0, 5.0);
    }
    let space = space.build()?;
    let mut measured = Measured { name: name(study), floor_bytes: 0, curve: Vec::new() };
    let into = &mut measured;
    let tell = |trials: u64, cpu: &str, rss_bytes: u64| {
        console.line(format!("{trials:>8}  {cpu:>14}  {:>11.1}", rss_bytes as f64 / 1e6));
    };
    compositions::block_on(async {
        let application =
            Application::build(Composition::Embedded, Place { data: &folder, ..Place::nowhere() }).await?;
        let study = Study::new("long", space).slots(1).trials(TRIALS).minimize().team(team);
        let asking = study.ask_tell(&application.ports).await?;
        let begins_with = Usage::rss_bytes();
        into.floor_bytes = begins_with;
        tell(0, "-", begins_with);
        let mut before = Usage::now().cpu_s;
        let mut told = 0;
        while let Some(asked) = asking.ask("bench", LEASE).await? {
            let mut value = 0.0;
            for name in ["a", "b", "c", "d", "e"] {
                value += asked.params().float(name)?.powi(2);
            }
            asking.tell(asked.lease(), Ok(value)).await?;
            told += 1;
            if told % STEP == 0 {
                let now = Usage::now().cpu_s;
                let cpu_us = (now - before) * 1e6 / STEP as f64;
                let point = Point { trials: told, cpu_us, rss_bytes: Usage::rss_bytes() };
                tell(told, &format!("{cpu_us:.0}"), point.rss_bytes);
                into.curve.push(point);
                before = now;
            }
        }
        asking.stop().await;
        application.close().await?;
        Ok(())
    })?;
    clear(&folder)?;
    Ok(measured)
}

/// Says whether a study kept the bars, and puts what it cost into rows.
fn judge(measured: &Measured, console: Console) -> Vec<Row> {
    let Measured { name, floor_bytes: floor, curve } = measured;
    let (Some(first), Some(last)) = (curve.first(), curve.last()) else { return Vec::new() };
    let say = |is_kept: bool, what: String| {
        console.line(format!("{} {name}: {what}", if is_kept { "kept  " } else { "MISSED" }));
    };
    let times = last.cpu_us / first.cpu_us;
    say(
        times <= MOST_TIMES,
        format!(
            "the last {STEP} trials cost {times:.2} times the first, {:.0} and {:.0} CPU us each, {MOST_TIMES:.0} times \
             at most is asked for",
            last.cpu_us, first.cpu_us
        ),
    );
    let row = |what: &str, unit: &str, value: f64| {
        Row::of(format!("long/{name}/{what}"), unit, Better::Lower, &[value], None)
    };
    let mut rows = vec![
        row("cpu_us_first", "CPU µs a trial", first.cpu_us),
        row("cpu_us_last", "CPU µs a trial", last.cpu_us),
        row("last_over_first", "times", times),
    ];
    let most = curve.iter().map(|point| point.rss_bytes).max().unwrap_or(0);
    if *floor == 0 {
        console.line(format!("{name}: the memory is not judged: the system does not say how much is resident"));
        return rows;
    }
    let growth = most.saturating_sub(*floor) as f64;
    say(
        growth < MOST_GROWTH,
        format!(
            "memory grew by {:.1} MB from a floor of {:.1} MB before the first trial, less than {:.0} MB is asked for",
            growth / 1e6,
            *floor as f64 / 1e6,
            MOST_GROWTH / 1e6
        ),
    );
    rows.push(row("memory_floor", "bytes", *floor as f64));
    rows.push(row("memory_growth", "bytes", growth));
    rows
}

fn picture() -> Result<PathBuf, Failure> {
    let folder = workspace::root()?.join("target").join("bench");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make the folder", &folder, &error))?;
    Ok(folder.join("long.svg"))
}

fn draw(all: &[Measured]) -> String {
    let panel = |label: &str, of: fn(&Point) -> f64| {
        let curve = |measured: &Measured| Curve {
            name: measured.name.clone(),
            points: measured.curve.iter().map(|point| (point.trials, of(point))).collect(),
        };
        Panel { label: label.to_owned(), curves: all.iter().map(curve).collect() }
    };
    growth::draw(&[
        panel("CPU µs a trial", |point| point.cpu_us),
        panel("resident MB", |point| point.rss_bytes as f64 / 1e6),
    ])
}
