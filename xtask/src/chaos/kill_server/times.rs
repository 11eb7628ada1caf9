//! How long after a blow a write succeeded again, as a distribution for each kind of blow and of write.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Map, Value, json};

use super::ground::Blow;

/// Times by the blow and what was written.
#[derive(Clone, Debug, Default)]
pub(super) struct Times(BTreeMap<(Blow, &'static str), Vec<Duration>>);

/// Least, median, 90th percentile and most, in milliseconds.
fn spread_ms(times: &[Duration]) -> [f64; 4] {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |share: f64| {
        let place = (sorted.len() as f64 * share).ceil() as usize;
        sorted.get(place.clamp(1, sorted.len().max(1)) - 1).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    [at(0.0), at(0.5), at(0.9), at(1.0)]
}

impl Times {
    /// Adds a time, where there is one.
    pub(super) fn add(&mut self, blow: Blow, what: &'static str, time: Option<Duration>) {
        self.0.entry((blow, what)).or_default().extend(time);
    }

    /// One object for each kind of blow and of write.
    pub(super) fn json(&self) -> Value {
        let entries = self.0.iter().map(|((blow, what), times)| {
            let [min, median, p90, max] = spread_ms(times);
            let name = format!("{} {what}", blow.name());
            (name, json!({ "count": times.len(), "min": min, "median": median, "p90": p90, "max": max }))
        });
        Value::Object(Map::from_iter(entries))
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY);
        table.set_header(["from the blow to the next", "count", "min s", "median s", "p90 s", "max s"]);
        for ((blow, what), times) in &self.0 {
            let mut cells = vec![format!("{what} ({})", blow.name()), times.len().to_string()];
            cells.extend(spread_ms(times).map(|ms| format!("{:.2}", ms / 1e3)));
            table.add_row(cells);
        }
        right_align(&mut table);
        write!(f, "{table}")
    }
}

/// Figures stand under each other.
pub(super) fn right_align(table: &mut Table) {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_the_times_themselves() {
        let times: Vec<Duration> = (1..=10).rev().map(Duration::from_secs).collect();
        assert_eq!(spread_ms(&times), [1e3, 5e3, 9e3, 10e3]);
        assert_eq!(spread_ms(&times[..1]), [10e3; 4]);
        assert_eq!(spread_ms(&[]), [0.0; 4]);
    }
}
