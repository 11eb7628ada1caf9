//! What the market and the critics are for: the same study without them, and with members that do harm.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use foundation_core::port::entropy::RandomStream;
use mabeam::{Allocation, Bidding, Params, Record, Request, Sampler, Standing, Team};

use super::{Reached, run};
use crate::bench::row::{Better, Row};
use crate::console::Console;
use crate::failure::Failure;
use crate::run::digits_study::{self, Settings};

/// A sampler that proposes the worst it can: always the same corner, where nothing is learned.
#[derive(Debug)]
struct Useless;

impl Sampler for Useless {
    fn name(&self) -> &'static str {
        "useless"
    }

    fn suggest(&self, request: &Request<'_>, _random: &mut RandomStream) -> Params {
        request.space.params_at(&[])
    }
}

/// A bidder that wants every start, whatever it has to pay.
#[derive(Debug)]
struct Hostile;

impl Bidding for Hostile {
    fn bid(&self, standing: &Standing, _record: &Record) -> u64 {
        standing.balance
    }
}

/// Measures 450 epochs for each of the cases.
pub(super) fn measure(folder: &Path, seeds: RangeInclusive<u64>, console: Console) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for allocation in Allocation::ALL {
        let team = || digits_study::team().allocation(allocation);
        let useless = || team().member("useless", Arc::new(Useless));
        let hostile = || team().member_that_bids("hostile", Arc::new(Useless), Arc::new(Hostile));
        rows.extend(case(allocation.name(), false, team, folder, &seeds, console)?);
        rows.extend(case(&format!("{}/useless", allocation.name()), false, useless, folder, &seeds, console)?);
        if allocation == Allocation::SecondPrice {
            rows.extend(case("second_price/hostile", false, hostile, folder, &seeds, console)?);
            rows.extend(case("second_price/critics", true, team, folder, &seeds, console)?);
        }
    }
    Ok(rows)
}

fn case(
    name: &str,
    critics: bool,
    team: impl Fn() -> Team,
    folder: &Path,
    seeds: &RangeInclusive<u64>,
    console: Console,
) -> Result<Vec<Row>, Failure> {
    let mut all = Vec::new();
    for seed in seeds.clone() {
        let settings = Settings { seed, critics, ..Settings::default() };
        all.push(run(folder, &settings, digits_study::study(&settings)?.team(team()))?);
    }
    let of = |value: fn(&Reached) -> f64| all.iter().map(value).collect::<Vec<f64>>();
    let row = |figure: &str, unit, better, value| {
        Row::of(format!("ablation/{name}/{figure}"), unit, better, &of(value), None)
    };
    let mut rows = vec![
        row("val_median", "rows of 357", Better::Higher, |reached| reached.validation_rows),
        row("cpu_s_median", "s", Better::Lower, |reached| reached.cpu_s),
        row("last_member_share", "of starts", Better::Lower, |reached| reached.last_member_share),
    ];
    if critics {
        rows.push(row("critics_epochs_median", "epochs", Better::Lower, |reached| reached.critics_epochs));
        rows.push(row("critics_cpu_s_median", "s", Better::Lower, |reached| reached.critics_cpu_s));
    }
    let mean = of(|reached| reached.validation_rows).iter().sum::<f64>() / all.len().max(1) as f64;
    let share = rows[2].ours;
    console.line(format!(
        "ablation {name:<24} mean {mean:.2}, median {:.1} of 357 rows; the last member has {:.0} % of the starts",
        rows[0].ours,
        share * 100.0
    ));
    Ok(rows)
}
