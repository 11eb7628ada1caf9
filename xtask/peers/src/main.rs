//! Processes and registry, ours beside the peers, measured in turn in one program.
//!
//! `cargo xtask bench process registry --peers` runs it and makes the rows of the command contract of what it says;
//! alone it prints a table:
//!
//! ```text
//! runtime-bench --case call_1 --case ring --rounds 5 --variants ours,tokio
//! ```

mod measure;
mod ours;
mod raw_tokio;
mod rows;
mod stopwatch;
mod variant;

use clap::Parser;

use measure::{Measured, Samples, median, ratio};
use rows::{Better, ROWS, Row};
use variant::{VARIANTS, Variant};

/// Threads that tasks run on, as the BEAM's schedulers.
const WORKERS: usize = 2;

/// Processes and registry, ours beside the peers.
#[derive(Debug, Parser)]
struct Args {
    /// The rows [default: all].
    #[arg(long = "case", value_name = "ROW")]
    cases: Vec<String>,
    /// Ours and which peers [default: all].
    #[arg(long, value_delimiter = ',')]
    variants: Vec<String>,
    /// Rounds of each row; one more before them warms up and is not counted.
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Rounds of this many times the work.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
}

fn main() {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .expect("the system gives threads");
    let chosen = |names: &[String], name: &str| names.is_empty() || names.iter().any(|wanted| wanted == name);
    let variants: Vec<&Variant> = VARIANTS.iter().filter(|variant| chosen(&args.variants, variant.name)).collect();
    println!("{:<18} {:<8} {:>12} {:>25}  {:<10} {:>6} (range)", "row", "variant", "median", "range", "unit", "ratio");
    for row in ROWS.iter().filter(|row| chosen(&args.cases, row.name)) {
        let measured = measure(&runtime, row, &variants, &args);
        show(row, &measured);
    }
}

fn measure(runtime: &tokio::runtime::Runtime, row: &Row, variants: &[&Variant], args: &Args) -> Measured {
    let n = ((row.size as f64 * args.scale) as u64).max(1);
    let mut samples: Vec<Samples> = Vec::new();
    for round in 0..=args.rounds {
        for at in 0..variants.len() {
            // Who comes first changes from round to round.
            let variant = variants[(at + round) % variants.len()];
            let Some(task) = (variant.round)(row.name, n) else { continue };
            let figure = runtime.block_on(async { tokio::spawn(task).await.expect("a round ends") });
            if round == 0 {
                samples.push(Samples { variant: variant.name.to_owned(), figures: Vec::new() });
            } else if let Some(samples) = samples.iter_mut().find(|samples| samples.variant == variant.name) {
                samples.figures.push(figure);
            }
        }
    }
    Measured { name: row.name, unit: row.unit, higher_is_better: row.better == Better::Higher, variants: samples }
}

fn show(row: &Row, measured: &Measured) {
    let ours = measured.variants.iter().find(|samples| samples.variant == "ours");
    for samples in &measured.variants {
        let figures = &samples.figures;
        let (least, most) =
            figures.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), f| (least.min(*f), most.max(*f)));
        let against = match ours {
            Some(ours) if samples.variant != "ours" => {
                let ratios: Vec<f64> =
                    ours.figures.iter().zip(figures).map(|(ours, peer)| row.ratio(*ours, *peer)).collect();
                let (low, high) =
                    ratios.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), r| (low.min(*r), high.max(*r)));
                format!("{:>6.2} ({low:.2} to {high:.2})", ratio(row, &ours.figures, figures))
            }
            _ => String::new(),
        };
        println!(
            "{:<18} {:<8} {:>12.0} {:>12.0} {:>12.0}  {:<10} {against}",
            row.name,
            samples.variant,
            median(figures),
            least,
            most,
            row.unit
        );
    }
}
