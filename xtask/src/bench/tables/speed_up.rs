//! What more workers are worth, from 1 to 500, on the tables of fully connected networks.
//!
//! These tables hold the end of each training and how long it took (the mean of four runs, in seconds), and no learning
//! curve, so a trial is one training from its begin to its end and costs that time. Two things are asked. How much sooner
//! are 5,000 trials of random search done: that is the workers' time alone, as random search proposes the same whoever
//! works. And how much sooner has TPE found a configuration with a regret of at most 1 %, of 1,000 trials: with
//! more workers it proposes more of them before it has seen what the first ones came to.

use std::path::PathBuf;
use std::sync::Arc;

use mabeam::Sampler;
use mabeam_tables::Table;

use super::super::row::{Row, median};
use super::replay::{self, study};
use super::suite::FCNET;
use crate::console::Console;
use crate::failure::Failure;
use crate::report::workers::{self, Curve};
use crate::workspace;

const WORKERS: [u32; 9] = [1, 2, 5, 10, 20, 50, 100, 250, 500];
const THROUGHPUT_TRIALS: u64 = 5_000;
const GOAL_TRIALS: u64 = 1_000;
/// The regret that has to be reached.
const GOAL: f64 = 0.01;
const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;

/// Simulated seconds, by number of workers.
struct Times {
    name: String,
    /// Until all trials are done, and the share of time in which the workers worked.
    done: Vec<(f64, f64)>,
    /// Until the goal is reached, the median of the seeds.
    goal: Vec<f64>,
}

/// Measures, and draws a picture.
pub(super) fn measure(tables: &[Table], console: Console) -> Result<Vec<Row>, Failure> {
    let tables = tables.iter().filter(|table| table.name().starts_with(FCNET));
    let times: Vec<Times> = tables.map(times).collect::<Result<_, _>>()?;
    let file = picture()?;
    std::fs::write(&file, draw(&times)).map_err(|error| Failure::io("write", &file, &error))?;
    console.line(format!("Speed-up from 1 to 500 simulated workers: {}.", file.display()));
    Ok(rows(&times))
}

fn picture() -> Result<PathBuf, Failure> {
    let folder = workspace::root()?.join("target").join("bench");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io("make the folder", &folder, &error))?;
    Ok(folder.join("speed-up.svg"))
}

fn times(table: &Table) -> Result<Times, Failure> {
    let (tpe, random) = (replay::quick()?, replay::random());
    let goal = table.best() + GOAL * (table.median() - table.best());
    let mut times = Times { name: table.name().to_owned(), done: Vec::new(), goal: Vec::new() };
    for workers in WORKERS {
        let all = study(table, &random, 1).slots(workers).trials(THROUGHPUT_TRIALS).simulate(table)?;
        times.done.push((all.seconds(), all.utilisation()));
        times.goal.push(until(goal, table, &tpe, workers)?);
    }
    Ok(times)
}

/// The median of the times at which the goal is reached; a seed that does not reach it counts as infinitely late.
fn until(goal: f64, table: &Table, sampler: &Arc<dyn Sampler>, workers: u32) -> Result<f64, Failure> {
    let seeds = SEEDS.map(|seed| {
        let simulated = study(table, sampler, seed).slots(workers).trials(GOAL_TRIALS).simulate(table)?;
        Ok(simulated.reached(goal).unwrap_or(f64::INFINITY))
    });
    Ok(median(&seeds.collect::<Result<Vec<f64>, Failure>>()?))
}

/// How many times sooner than one worker, over the tables.
fn rows(times: &[Times]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (at, workers) in WORKERS.iter().enumerate() {
        let mut row = |name: &str, unit: &str, values: Vec<f64>| {
            rows.push(Row::of(format!("{name}/{workers}"), unit, super::super::row::Better::Higher, &values, None));
        };
        row("speed_up_all_done", "times", times.iter().map(|one| one.done[0].0 / one.done[at].0).collect());
        row("utilisation", "share", times.iter().map(|one| one.done[at].1).collect());
        // A goal that was never reached has no speed-up.
        let reached = times.iter().map(|one| one.goal[0] / one.goal[at]).filter(|times| *times > 0.0);
        row("speed_up_regret_0.01", "times", reached.collect());
    }
    rows
}

fn draw(times: &[Times]) -> String {
    let mean = |of: &dyn Fn(&Times) -> f64| times.iter().map(of).sum::<f64>() / times.len() as f64;
    let mut curves = vec![Curve {
        name: format!("{THROUGHPUT_TRIALS} trials done (mean of {} tables)", times.len()),
        points: (0..WORKERS.len()).map(|at| (WORKERS[at], mean(&|one| one.done[0].0 / one.done[at].0))).collect(),
    }];
    for one in times {
        let points = (0..WORKERS.len()).map(|at| (WORKERS[at], one.goal[0] / one.goal[at]));
        curves.push(Curve {
            name: format!("regret 0.01 found: {}", one.name.trim_start_matches(FCNET)),
            points: points.filter(|(_, times)| times.is_finite() && *times > 0.0).collect(),
        });
    }
    workers::draw(&curves)
}
