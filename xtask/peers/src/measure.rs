//! Rounds: ours and the peers in turn, and what is told of them.

use serde::Serialize;
use tokio::runtime::Runtime;

use crate::beam::Beam;
use crate::idle;
use crate::rows::{Better, Kind, Row};
use crate::variant::Variant;

/// What ours is called among the variants.
pub(crate) const OURS: &str = "ours";
/// What the BEAM is called among them.
pub(crate) const BEAM: &str = "beam";

/// One row, measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) higher_is_better: bool,
    pub(crate) variants: Vec<Samples>,
}

/// What one variant reached in one row.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Samples {
    pub(crate) variant: String,
    /// One figure a round, in the order of the rounds.
    pub(crate) figures: Vec<f64>,
}

/// Who takes part.
pub(crate) struct Field<'a> {
    pub(crate) runtime: &'a Runtime,
    pub(crate) variants: Vec<&'a Variant>,
    pub(crate) beam: Option<Beam>,
    /// How one idle measurement is made in a program of its own.
    pub(crate) idle: &'a dyn Fn(&Row, &str, u64) -> Result<u64, String>,
}

/// How much is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) scale: f64,
}

impl Field<'_> {
    /// Measures one row: a round that warms up, and then those that count. Within a round everybody has one turn, and
    /// who comes first changes from round to round.
    pub(crate) fn measure(&mut self, row: &Row, effort: Effort) -> Result<Measured, String> {
        let names = self.taking_part(row);
        let mut variants: Vec<Samples> =
            names.iter().map(|name| Samples { variant: (*name).to_owned(), figures: Vec::new() }).collect();
        // A program of its own has nothing to warm up, and one reading is all that it takes.
        let (warm_up, rounds) = match row.kind {
            Kind::Idle => (0, effort.rounds.min(3)),
            _ => (1, effort.rounds),
        };
        let n = if row.kind == Kind::Rate { ((row.size as f64 * effort.scale) as u64).max(1) } else { row.size };
        for round in 0..warm_up + rounds {
            for turn in 0..names.len() {
                let at = (turn + round) % names.len();
                let figure = self.round(row, names[at], n)?;
                if round >= warm_up {
                    variants[at].figures.push(figure);
                }
            }
        }
        Ok(Measured { name: row.name, unit: row.unit, higher_is_better: row.better() == Better::Higher, variants })
    }

    fn taking_part(&self, row: &Row) -> Vec<&'static str> {
        let has = |variant: &&&Variant| match row.kind {
            Kind::Idle => (variant.idle)(row.name, 1).is_some(),
            _ => (variant.round)(row.name, 1).is_some(),
        };
        let mut names: Vec<&'static str> = self.variants.iter().filter(has).map(|variant| variant.name).collect();
        if self.beam.is_some() && Beam::has(row.name) && row.name != "idle_1m_bytes_total" {
            names.push(BEAM);
        }
        names
    }

    fn round(&mut self, row: &Row, name: &str, n: u64) -> Result<f64, String> {
        if row.kind == Kind::Idle {
            let total = (self.idle)(row, name, n)? as f64;
            return Ok(if row.name == "idle_bytes" { total / n as f64 } else { total });
        }
        if name == BEAM {
            return self.beam.as_mut().ok_or("the BEAM takes no part")?.round(row.name, n);
        }
        let variant = self.variants.iter().find(|variant| variant.name == name);
        let task = variant.and_then(|variant| (variant.round)(row.name, n)).ok_or("nobody has this row")?;
        let round = self.runtime.block_on(async { tokio::spawn(task).await });
        round.map_err(|error| format!("{} of {name}: {error}", row.name))
    }
}

/// Idle processes of a variant, in this program; what they cost in all.
pub(crate) fn idle_here(runtime: &Runtime, variants: &[Variant], row: &str, name: &str, n: u64) -> Result<u64, String> {
    /// Processes before the first reading.
    const WARM: u64 = 100;
    let variant = variants.iter().find(|variant| variant.name == name).ok_or_else(|| format!("who is {name}?"))?;
    let start = |n| (variant.idle)(row, n).ok_or_else(|| format!("{name} has no row {row}"));
    idle::measure(runtime, start(WARM)?, start(n)?)
}

/// The median; of an even number the mean of the middle two.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(middle)) {
        (_, None) => f64::NAN,
        (1, Some(value)) => *value,
        (_, Some(value)) => (value + sorted[middle - 1]) / 2.0,
    }
}
