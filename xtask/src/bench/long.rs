//! One study of 100,000 trials: how its memory grows, and what its last trials cost beside its first.
//!
//! Everything is on disk, the objective costs nothing, and the samplers are asked each time with all that is known.

use std::sync::Arc;
use std::time::Duration;

use mabeam::{GpSampler, SearchSpace, Study, Team, TpeSampler};

use super::row::{Better, Row};
use super::study::clear;
use crate::args::Composition;
use crate::compositions::{self, Application, Place};
use crate::console::Console;
use crate::failure::Failure;
use crate::run::resources::Usage;

/// How many trials.
const TRIALS: u64 = 100_000;
/// How many of them are one point of the curve.
const STEP: u64 = 5_000;
/// How long a trial may be out; none is ever lost here.
const LEASE: Duration = Duration::from_secs(3_600);

/// What was measured when so many trials had been told.
#[derive(Clone, Copy, Debug)]
struct Point {
    trials: u64,
    /// CPU microseconds a trial, over the trials since the point before.
    cpu_us: f64,
    /// Memory that is resident now, in bytes.
    rss_bytes: u64,
}

/// Measures a study with one sampler and one with a team.
pub(super) fn measure(console: Console) -> Result<Vec<Row>, Failure> {
    let tpe = || Team::one(Arc::new(TpeSampler::default()));
    let team =
        || Team::new().member("gp", Arc::new(GpSampler::default())).member("tpe", Arc::new(TpeSampler::default()));
    let mut rows = Vec::new();
    for (name, team) in [("tpe", tpe()), ("team", team())] {
        console.line(format!("{TRIALS} trials by {name}, on disk:\n  trials  CPU us a trial  resident MB"));
        let curve = run(team, console)?;
        let (Some(first), Some(last)) = (curve.first(), curve.last()) else { continue };
        let row = |what: &str, unit: &str, value: f64| {
            Row::of(format!("long/{name}/{what}"), unit, Better::Lower, &[value], None)
        };
        rows.push(row("cpu_us_first", "CPU µs a trial", first.cpu_us));
        rows.push(row("cpu_us_last", "CPU µs a trial", last.cpu_us));
        rows.push(row("last_over_first", "times", last.cpu_us / first.cpu_us));
        rows.push(row("memory_growth", "bytes", last.rss_bytes.saturating_sub(first.rss_bytes) as f64));
    }
    Ok(rows)
}

fn run(team: Team, console: Console) -> Result<Vec<Point>, Failure> {
    let folder = std::env::temp_dir().join(format!("foundation-bench-long-{}", std::process::id()));
    clear(&folder)?;
    let mut space = SearchSpace::builder();
    for name in ["a", "b", "c", "d", "e"] {
        space = space.float(name, -5.0, 5.0);
    }
    let space = space.build()?;
    let mut curve = Vec::new();
    let points = &mut curve;
    compositions::block_on(async {
        let application =
            Application::build(Composition::Embedded, Place { data: &folder, ..Place::nowhere() }).await?;
        let study = Study::new("long", space).slots(1).trials(TRIALS).minimize().team(team);
        let asking = study.ask_tell(&application.ports).await?;
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
                let point =
                    Point { trials: told, cpu_us: (now - before) * 1e6 / STEP as f64, rss_bytes: Usage::rss_bytes() };
                console.line(format!(
                    "{:>8}  {:>14.0}  {:>11.1}",
                    point.trials,
                    point.cpu_us,
                    point.rss_bytes as f64 / 1e6
                ));
                points.push(point);
                before = now;
            }
        }
        asking.stop().await;
        application.close().await?;
        Ok(())
    })?;
    clear(&folder)?;
    Ok(curve)
}
