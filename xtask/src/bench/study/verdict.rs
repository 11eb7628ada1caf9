//! What is asked of the study, and whether it is kept.

use std::fmt;

use super::super::row::median;
use super::Reached;

/// What has to be reached with a number of epochs, and what is hoped for beyond it.
pub(super) struct Bar {
    pub(super) epochs: u64,
    must: Level,
    aim: Level,
}

struct Level {
    /// What half of the seeds have to reach, in rows of 357.
    median: f64,
    /// What no seed may be under.
    least: Option<f64>,
    /// CPU seconds, the median.
    cpu_s: f64,
}

pub(super) const BARS: [Bar; 2] = [
    Bar {
        epochs: 450,
        must: Level { median: 345.0, least: None, cpu_s: 1.5 },
        aim: Level { median: 346.0, least: None, cpu_s: 1.0 },
    },
    Bar {
        epochs: 1_620,
        must: Level { median: 347.0, least: Some(343.0), cpu_s: 4.0 },
        aim: Level { median: 347.0, least: Some(346.0), cpu_s: 3.0 },
    },
];

/// One thing that was asked for, and what came out.
pub(super) struct Verdict {
    is_kept: bool,
    is_aim: bool,
    what: String,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match (self.is_kept, self.is_aim) {
            (true, false) => "kept      ",
            (false, false) => "MISSED    ",
            (true, true) => "aim kept  ",
            (false, true) => "aim missed",
        };
        write!(f, "{word} {}", self.what)
    }
}

impl Bar {
    /// Holds some seeds' studies against what is asked for.
    pub(super) fn verdicts(&self, seeds: &str, reached: &[Reached]) -> Vec<Verdict> {
        let rows: Vec<f64> = reached.iter().map(|reached| reached.validation_rows).collect();
        let least = rows.iter().copied().fold(f64::INFINITY, f64::min);
        let cpu = median(&reached.iter().map(|reached| reached.cpu_s).collect::<Vec<_>>());
        let at = format!("{} epochs, seeds {seeds}:", self.epochs);
        let mut verdicts = Vec::new();
        for (is_aim, level) in [(false, &self.must), (true, &self.aim)] {
            let mut say = |is_kept, what| verdicts.push(Verdict { is_kept, is_aim, what });
            if is_aim {
                let of = rows.iter().filter(|rows| **rows >= level.median).count();
                let what =
                    format!("{at} {of} of {} seeds reach {:.0} rows, half is asked for", rows.len(), level.median);
                say(2 * of >= rows.len() && of > 0, what);
            } else {
                let middle = median(&rows);
                let what = format!("{at} median {middle:.1} of 357 rows, {:.0} is asked for", level.median);
                say(middle >= level.median, what);
            }
            if let Some(wanted) = level.least {
                say(least >= wanted, format!("{at} least {least:.0} of 357 rows, {wanted:.0} is asked for"));
            }
            let what = format!("{at} {cpu:.2} CPU s in the median, {:.1} at most is asked for", level.cpu_s);
            say(cpu <= level.cpu_s, what);
        }
        verdicts
    }
}

/// What the team reaches beside the best single sampler: more than a row less has to be ruled out with 95 %.
pub(super) fn beside_single(epochs: u64, seeds: usize, name: &str, low: f64, mean: f64) -> Verdict {
    let what = format!(
        "{epochs} epochs, {seeds} seeds: {mean:+.2} rows beside {name} alone, at least {low:+.2} with 95 %, \
         above -1 is asked for"
    );
    Verdict { is_kept: low > -1.0, is_aim: false, what }
}

#[cfg(test)]
mod tests {
    use super::super::Reached;
    use super::{BARS, beside_single};

    fn words(bar: usize, rows: &[f64], cpu_s: f64) -> Vec<String> {
        let reached: Vec<Reached> = rows.iter().map(|rows| Reached::of_peer(*rows, 0.9, 450.0, cpu_s)).collect();
        let verdicts = BARS[bar].verdicts("1 to 4", &reached);
        verdicts.iter().map(|verdict| verdict.to_string()[..10].trim_end().to_owned()).collect()
    }

    #[test]
    fn what_is_reached_is_kept_and_what_is_not_is_missed() {
        assert_eq!(words(0, &[345.0, 344.0, 346.0, 346.0], 0.9), ["kept", "kept", "aim kept", "aim kept"]);
        assert_eq!(words(0, &[344.0, 344.0, 345.0, 346.0], 1.2), ["MISSED", "kept", "aim missed", "aim missed"]);
        let kept = ["kept", "kept", "kept"];
        assert_eq!(words(1, &[346.0, 347.0, 348.0, 347.0], 3.5)[..3], kept);
        assert_eq!(words(1, &[346.0, 347.0, 348.0, 347.0], 3.5)[3..], ["aim kept", "aim kept", "aim missed"]);
        assert_eq!(words(1, &[342.0, 347.0, 348.0, 346.0], 4.5)[..3], ["MISSED", "MISSED", "MISSED"]);
    }

    #[test]
    fn the_bound_decides_and_not_the_mean() {
        assert!(beside_single(450, 60, "gp", -0.99, -0.5).to_string().starts_with("kept "));
        assert!(beside_single(450, 60, "gp", -1.0, 0.5).to_string().starts_with("MISSED "));
        assert!(beside_single(450, 60, "gp", f64::NAN, f64::NAN).to_string().starts_with("MISSED "));
    }
}
